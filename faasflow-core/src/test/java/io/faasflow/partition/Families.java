package io.faasflow.partition;

import io.faasflow.function.Resources;
import io.faasflow.graph.FunctionGraph;
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
import java.util.Set;
import java.util.TreeSet;

/** Generated graphs of the families that partitioners are measured on. The same seed, the same graph. */
enum Families {
  /** Blocks: 10 functions into one, and that one and another one into 10. */
  GENOME {
    @Override
    List<Integer> reads(int i, int n, Random random) {
      int first = i / 22 * 22;
      int at = i % 22;
      if (at == 10) {
        return range(first, first + 10);
      }
      return at > 11 ? List.of(first + 10, first + 11) : List.of();
    }
  },

  /** One into many chains of four, which end in one; two more follow. */
  EPIGENOMICS {
    @Override
    List<Integer> reads(int i, int n, Random random) {
      int width = Math.max(1, (n - 4) / 4);
      if (i == 0) {
        return List.of();
      }
      if (i <= 4 * width) {
        return List.of(Math.max(0, i - width));
      }
      return i == 4 * width + 1 ? range(3 * width + 1, 4 * width + 1) : List.of(i - 1);
    }
  },

  /** Layers, each node reads up to three of the layer above. */
  LAYERED {
    @Override
    List<Integer> reads(int i, int n, Random random) {
      int width = Math.max(2, (int) Math.sqrt(n));
      int layer = i / width;
      Set<Integer> reads = new TreeSet<>();
      int count = layer == 0 ? 0 : 1 + random.nextInt(3);
      for (int j = 0; j < count; j++) {
        reads.add((layer - 1) * width + random.nextInt(width));
      }
      return List.copyOf(reads);
    }
  };

  abstract List<Integer> reads(int i, int n, Random random);

  private static List<Integer> range(int from, int to) {
    List<Integer> range = new ArrayList<>();
    for (int i = from; i < to; i++) {
      range.add(i);
    }
    return range;
  }

  /**
   * A graph.
   *
   * @param mostSlots a task takes 1 to so many
   */
  FunctionGraph graph(int n, long seed, int mostSlots) {
    Random random = new Random(seed);
    List<List<Integer>> reads = new ArrayList<>();
    Map<Integer, List<String>> next = new HashMap<>();
    for (int i = 0; i < n; i++) {
      reads.add(reads(i, n, random));
      for (int from : reads.get(i)) {
        next.computeIfAbsent(from, any -> new ArrayList<>()).add("t" + i);
      }
    }
    List<Dag.Node> nodes = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      Map<String, Binding> inputs = new LinkedHashMap<>();
      reads.get(i).forEach(from -> inputs.put("p" + from, Binding.from("t" + from + ".out")));
      // From 100 bytes to 13 MB, small ones more often.
      long bytes = 100L << random.nextInt(18);
      Task<?, ?> task = Task.named("t" + i)
          .resources(new Resources(0, random.nextInt(100), 1 + random.nextInt(mostSlots)))
          .expectedRuntime(Duration.ofMillis(random.nextInt(2_000)))
          .outputs(Map.of("out", OptionalLong.of(bytes + random.nextInt(100))))
          .inputs(inputs);
      nodes.add(new Dag.Node("t" + i, task, new Dag.All(next.getOrDefault(i, List.of()))));
    }
    return FunctionGraph.of(
        Workflow.<Object>builder(name().toLowerCase(java.util.Locale.ROOT) + "-" + n)
            .sequence(Dag.of(nodes))
            .build());
  }

  static long slots(FunctionGraph graph) {
    return graph.nodes().stream().mapToLong(node -> node.resources().slots()).sum();
  }

  /** Workers that together have so many times the slots that a graph takes. */
  static List<WorkerSpec> workers(FunctionGraph graph, int count, double room) {
    double each = Families.slots(graph) * room / count;
    return WorkerSpec.workers(count, (int) each + 1);
  }
}
