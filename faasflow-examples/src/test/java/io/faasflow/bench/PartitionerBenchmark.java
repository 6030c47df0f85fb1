package io.faasflow.bench;

import io.faasflow.function.Resources;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.partition.GreedyMerge;
import io.faasflow.partition.LocalitySpread;
import io.faasflow.partition.PartitionPlan;
import io.faasflow.partition.Partitioner;
import io.faasflow.partition.WorkerSpec;
import io.faasflow.workflow.Binding;
import io.faasflow.workflow.Dag;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How long a plan takes: graphs of the genome's shape (of the original's own scalability files) for 7
 * workers without a limit of slots, as the original was measured, and with half as many again as the
 * graph takes. One operation is one plan, without its explanation.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class PartitionerBenchmark {
  private static final int BLOCK = 22;
  private static final int SOURCES = 10;
  private static final int WORKERS = 7;
  private static final int SLOTS = 3;

  @Param({"10", "100", "200", "1000", "10000", "100000"})
  private int functions;

  @Param({"greedy", "locality"})
  private String partitioner;

  @Param({"false", "true"})
  private boolean limited;

  private Partitioner subject;
  private FunctionGraph graph;
  private List<WorkerSpec> workers;

  @Setup
  public void setUp() {
    subject = partitioner.equals("greedy") ? new GreedyMerge() : new LocalitySpread();
    graph = genome(functions);
    int slots = SLOTS * functions * 3 / 2 / WORKERS + SLOTS;
    workers = WorkerSpec.workers(WORKERS, limited ? slots : WorkerSpec.UNLIMITED_SLOTS);
  }

  @Benchmark
  public PartitionPlan plan() {
    return subject.partition(graph, workers);
  }

  private static List<Integer> reads(int i) {
    int first = i / BLOCK * BLOCK;
    int at = i - first;
    if (at == SOURCES) {
      List<Integer> sources = new ArrayList<>();
      for (int j = first; j < first + SOURCES; j++) {
        sources.add(j);
      }
      return sources;
    }
    return at > SOURCES + 1 ? List.of(first + SOURCES, first + SOURCES + 1) : List.of();
  }

  private static FunctionGraph genome(int n) {
    Random random = new Random(1);
    Map<Integer, List<String>> next = new HashMap<>();
    for (int i = 0; i < n; i++) {
      for (int from : reads(i)) {
        next.computeIfAbsent(from, any -> new ArrayList<>()).add("t" + i);
      }
    }
    List<Dag.Node> nodes = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      Map<String, Binding> inputs = new LinkedHashMap<>();
      reads(i).forEach(from -> inputs.put("p" + from, Binding.from("t" + from + ".out")));
      Task<?, ?> task = Task.named("t" + i)
          .resources(Resources.NONE.withSlots(SLOTS))
          .expectedRuntime(Duration.ofSeconds(1))
          .outputs(Map.of("out", OptionalLong.of(100L << random.nextInt(18))))
          .inputs(inputs);
      nodes.add(new Dag.Node("t" + i, task, new Dag.All(next.getOrDefault(i, List.of()))));
    }
    return FunctionGraph.of(
        Workflow.<Object>builder("genome-" + n).sequence(Dag.of(nodes)).build());
  }
}
