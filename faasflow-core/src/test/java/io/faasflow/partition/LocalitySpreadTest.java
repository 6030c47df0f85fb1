package io.faasflow.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.function.Resources;
import io.faasflow.graph.Edge;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What the default partitioner promises: limits, never worse than greedy, the same everywhere. */
@Timeout(300)
class LocalitySpreadTest {
  private static final Partitioner OURS = new LocalitySpread();
  private static final Partitioner GREEDY = new GreedyMerge();

  static void assertLimitsKept(FunctionGraph graph, List<WorkerSpec> workers, PartitionPlan plan) {
    Map<String, Integer> slots = new HashMap<>();
    Map<String, Long> memory = new HashMap<>();
    Map<String, Long> local = new HashMap<>();
    for (Node node : graph.nodes()) {
      slots.merge(plan.workerOf(node), node.resources().slots(), Integer::sum);
      memory.merge(plan.workerOf(node), node.resources().memoryBytes(), Long::sum);
    }
    for (Edge edge : graph.edges()) {
      boolean counts =
          !edge.from().equals(graph.start()) && !edge.to().operation().isVirtual();
      if (counts && plan.workerOf(edge.from()).equals(plan.workerOf(edge.to()))) {
        local.merge(plan.workerOf(edge.to()), edge.bytes(), Long::sum);
      }
    }
    for (WorkerSpec worker : workers) {
      assertThat(slots.getOrDefault(worker.name(), 0)).isLessThanOrEqualTo(worker.slots());
      assertThat(memory.getOrDefault(worker.name(), 0L)).isLessThanOrEqualTo(worker.memoryBytes());
      assertThat(local.getOrDefault(worker.name(), 0L))
          .isLessThanOrEqualTo(worker.dataQuotaBytes());
    }
    assertThat(plan.workerOf(graph.start())).isEqualTo(plan.workerOf(graph.end()));
  }

  /** Best-fit-decreasing, written again without any of the code that is tested. */
  private static boolean fitsSimply(FunctionGraph graph, List<WorkerSpec> workers) {
    List<Integer> sizes = new ArrayList<>();
    graph.nodes().forEach(node -> sizes.add(node.resources().slots()));
    sizes.sort((a, b) -> b - a);
    int[] left = workers.stream().mapToInt(WorkerSpec::slots).toArray();
    for (int size : sizes) {
      int best = -1;
      for (int w = 0; w < left.length; w++) {
        best = left[w] >= size && (best < 0 || left[w] < left[best]) ? w : best;
      }
      if (best < 0) {
        return false;
      }
      left[best] -= size;
    }
    return true;
  }

  @ParameterizedTest
  @EnumSource(Families.class)
  void plan_randomGraphsAndRoom_keepsLimitsAndIsNeverWorseThanGreedy(Families family) {
    int better = 0;
    int planned = 0;
    double ratios = 0;
    for (int seed = 0; seed < 1_200; seed++) {
      Random random = new Random(seed);
      FunctionGraph graph = family.graph(1 + random.nextInt(60), seed, 5);
      int count = 1 + random.nextInt(7);
      List<WorkerSpec> workers = Families.workers(graph, count, 0.9 + random.nextDouble()).stream()
          .map(worker -> vary(worker, random))
          .toList();
      boolean onlySlots = workers.stream()
          .allMatch(worker -> worker.memoryBytes() == WorkerSpec.UNLIMITED_BYTES
              && worker.dataQuotaBytes() == WorkerSpec.UNLIMITED_BYTES);
      PartitionPlan ours;
      try {
        ours = OURS.partition(graph, workers);
      } catch (PartitionException e) {
        assertThat(onlySlots && fitsSimply(graph, workers)).as("seed " + seed).isFalse();
        continue;
      }
      assertLimitsKept(graph, workers, ours);
      PlanExplanation mine = ours.explanation();
      assertThat(mine.crossBytes()).isGreaterThanOrEqualTo(mine.crossBytesLowerBound());
      assertThat(mine.makespanSeconds()).isGreaterThanOrEqualTo(mine.makespanLowerBoundSeconds());
      PartitionPlan greedy;
      try {
        greedy = GREEDY.partition(graph, workers);
      } catch (PartitionException e) {
        continue;
      }
      assertLimitsKept(graph, workers, greedy);
      PlanExplanation its = greedy.explanation();
      planned++;
      assertThat(mine.crossBytes()).as("seed " + seed).isLessThanOrEqualTo(its.crossBytes());
      assertThat(mine.makespanSeconds())
          .as("seed " + seed)
          .isLessThanOrEqualTo(its.makespanSeconds());
      assertThat(mine.criticalPath().seconds())
          .as("seed " + seed)
          .isLessThanOrEqualTo(its.criticalPath().seconds());
      boolean saves = mine.crossBytes() < its.crossBytes();
      better += saves || mine.makespanSeconds() < its.makespanSeconds() ? 1 : 0;
      ratios += its.crossBytes() == 0 ? 1 : (double) mine.crossBytes() / its.crossBytes();
    }
    assertThat(planned).isGreaterThan(600);
    assertThat((double) better / planned).isGreaterThan(0.5);
    assertThat(ratios / planned).isLessThan(0.7);
  }

  private static WorkerSpec vary(WorkerSpec worker, Random random) {
    return switch (random.nextInt(8)) {
      case 0 -> worker.withMemoryBytes(200 + random.nextInt(2_000));
      case 1 -> worker.withDataQuotaBytes(10_000_000L + random.nextInt(100_000_000));
      case 2 -> worker.withCpus(1 + random.nextInt(16));
      case 3 -> worker.withSlots(worker.slots() + random.nextInt(20));
      default -> worker;
    };
  }

  @ParameterizedTest
  @CsvSource({
    "GENOME, 500, 7, 1.3, 3",
    "EPIGENOMICS, 500, 3, 1.1, 3",
    "LAYERED, 500, 5, 2.0, 3",
    "LAYERED, 4000, 5, 2.0, 3"
  })
  void plan_sameInput_samePlan(Families family, int n, int count, double room, int mostSlots) {
    FunctionGraph graph = family.graph(n, 7, mostSlots);
    List<WorkerSpec> workers = Families.workers(graph, count, room);
    PartitionPlan first = OURS.partition(graph, workers);
    assertThat(OURS.partition(family.graph(n, 7, mostSlots), workers)).isEqualTo(first);
    assertThat(GREEDY.partition(family.graph(n, 7, mostSlots), workers))
        .isEqualTo(GREEDY.partition(graph, workers));
  }

  @Test
  void plan_knownInputs_isTheOneThatEveryJvmMakes() {
    List<Integer> hashes = new ArrayList<>();
    for (Families family : Families.values()) {
      FunctionGraph graph = family.graph(120, 42, 3);
      List<WorkerSpec> workers = Families.workers(graph, 5, 1.3);
      for (Partitioner partitioner : List.of(GREEDY, OURS)) {
        // The hash of a list of strings is specified.
        hashes.add(partitioner.partition(graph, workers).workerOfNode().hashCode());
      }
    }
    assertThat(hashes).containsExactly(EXPECTED);
  }

  private static final Integer[] EXPECTED = {
    -2128518300, 2087825479, -1812575418, -2038310431, -1653880095, -1653880095
  };

  @ParameterizedTest
  @EnumSource(Families.class)
  void plan_tenThousandNodes_takesSeconds(Families family) {
    FunctionGraph graph = family.graph(10_000, 3, 3);
    List<WorkerSpec> workers = Families.workers(graph, 7, 1.5);
    long start = System.nanoTime();
    PartitionPlan plan = OURS.partition(graph, workers);
    // Well under one second on an idle machine; this guards against what grows with the square.
    assertThat(System.nanoTime() - start).isLessThan(10_000_000_000L);
    assertLimitsKept(graph, workers, plan);
  }

  @ParameterizedTest
  @EnumSource(Families.class)
  void place_hundredNodes_simulatesFewRuns(Families family) {
    for (double room : new double[] {1.1, 1.5, 20}) {
      for (int seed = 0; seed < 20; seed++) {
        FunctionGraph graph = family.graph(100, seed, 3);
        PlacementProblem problem =
            new PlacementProblem(graph, Families.workers(graph, 7, room), CostModel.DEFAULT);
        Judgement judgement = new Judgement(problem);
        new LocalitySpread().place(problem, judgement);
        // A plan's time is about that of its simulations: 20 more are a quarter of a millisecond.
        assertThat(judgement.simulations()).as("seed " + seed).isLessThanOrEqualTo(70);
      }
    }
  }

  @Test
  void place_everythingFitsOneWorkerInTheLeastTime_looksNoFurther() {
    FunctionGraph graph = two(Resources.NONE, Resources.NONE);
    PlacementProblem problem =
        new PlacementProblem(graph, WorkerSpec.workers(2, 9), CostModel.DEFAULT);
    Judgement judgement = new Judgement(problem);
    new LocalitySpread().place(problem, judgement);
    assertThat(judgement.simulations()).as("greedy's and the one on one worker").isEqualTo(2);
  }

  @Test
  void makespan_moreThanTheLimit_isInfiniteElseTheSame() {
    for (Families family : Families.values()) {
      for (int seed = 0; seed < 50; seed++) {
        FunctionGraph graph = family.graph(40, seed, 3);
        List<WorkerSpec> workers = Families.workers(graph, 3, 2).stream()
            .map(worker -> worker.withCpus(2))
            .toList();
        PlacementProblem problem = new PlacementProblem(graph, workers, CostModel.DEFAULT);
        Simulation simulation = new Simulation(problem);
        int[] worker = HashSpread.place(graph, 3);
        double makespan = simulation.makespan(worker);
        assertThat(simulation.makespan(worker, makespan)).isEqualTo(makespan);
        assertThat(simulation.makespan(worker, Math.nextDown(makespan))).isInfinite();
      }
    }
  }

  @Test
  void plan_smallGraphs_isNearTheBestOfAll() {
    int graphs = 0;
    int best = 0;
    double excess = 0;
    for (int seed = 0; seed < 150; seed++) {
      Random random = new Random(seed);
      Families family = List.of(Families.values()).get(seed % 3);
      FunctionGraph graph = family.graph(4 + random.nextInt(5), seed, 3);
      List<WorkerSpec> workers = Families.workers(graph, 2 + seed % 2, 1.2);
      PlacementProblem problem = new PlacementProblem(graph, workers, CostModel.DEFAULT);
      Judgement judgement = new Judgement(problem);
      int[] greedy;
      try {
        greedy = new GreedyMerge().place(problem, DataGraph.of(problem));
      } catch (PartitionException e) {
        continue;
      }
      judgement.setStandard(greedy);
      everyPlacement(problem, judgement);
      Judgement.Score score = judgement.score(new LocalitySpread().place(problem));
      long optimum = judgement.fewestBytes();
      graphs++;
      best += score.bytes() == optimum ? 1 : 0;
      assertThat(score.bytes()).isGreaterThanOrEqualTo(optimum);
      excess += (score.bytes() - optimum) / (double) Math.max(1, problem.totalBytes);
    }
    assertThat(graphs).isGreaterThan(100);
    // Against the fewest bytes that any placement reaches which is no worse than greedy in all.
    assertThat((double) best / graphs).as("share of optimal plans").isGreaterThan(0.9);
    assertThat(excess / graphs)
        .as("mean share of all bytes that need not cross")
        .isLessThan(0.01);
  }

  /** Offers each placement of the tasks; what is virtual goes where the start is. */
  private static void everyPlacement(PlacementProblem problem, Judgement judgement) {
    int[] tasks =
        IntStream.range(0, problem.nodes).filter(id -> !problem.virtual[id]).toArray();
    int k = problem.workers.size();
    int combinations = 1;
    for (int i = 0; i < tasks.length; i++) {
      combinations *= k;
    }
    for (int code = 0; code < combinations; code++) {
      int[] worker = new int[problem.nodes];
      long[] slots = new long[k];
      int rest = code;
      boolean fits = true;
      for (int task : tasks) {
        worker[task] = rest % k;
        rest /= k;
        slots[worker[task]] += problem.slots[task];
        fits &= slots[worker[task]] <= problem.workers.get(worker[task]).slots();
      }
      for (int home = 0; home < k && fits; home++) {
        int[] placed = worker.clone();
        for (int id = 0; id < problem.nodes; id++) {
          placed[id] = problem.virtual[id] ? home : placed[id];
        }
        judgement.offer(placed);
      }
    }
  }

  @Test
  void plan_oneWorkerWithRoom_putsAllThere() {
    FunctionGraph graph = Families.GENOME.graph(30, 1, 3);
    PartitionPlan plan = OURS.partition(graph, WorkerSpec.workers(1, WorkerSpec.UNLIMITED_SLOTS));
    assertThat(plan.workers()).containsExactly("worker-1");
    assertThat(plan.explanation().messages()).isZero();
  }

  private static FunctionGraph two(Resources first, Resources second) {
    return FunctionGraph.of(Workflow.<Object>builder("pair")
        .sequence(Task.<Object, Object>task("first", x -> x).resources(first))
        .sequence(Task.<Object, Object>task("second", x -> x).resources(second))
        .build());
  }

  @Test
  void plan_cannotFit_saysWhichLimit() {
    Resources slots = Resources.NONE.withSlots(3);
    assertThatThrownBy(() -> OURS.partition(two(slots, slots), WorkerSpec.workers(2, 2)))
        .isInstanceOf(PartitionException.class)
        .hasMessageContaining("'first' takes 3 slots; the largest worker has 2");
    assertThatThrownBy(() -> OURS.partition(two(slots, slots), WorkerSpec.workers(1, 5)))
        .isInstanceOf(PartitionException.class)
        .hasMessageContaining("its tasks take 6 slots; all workers together have 5");
    Resources memory = Resources.NONE.withMemoryBytes(100);
    assertThatThrownBy(() -> OURS.partition(
            two(memory, memory), List.of(new WorkerSpec("w", 9).withMemoryBytes(150))))
        .isInstanceOf(PartitionException.class)
        .hasMessageContaining("200 bytes of memory; all workers together have 150");
    Resources cpus = Resources.NONE.withCpus(4);
    assertThatThrownBy(
            () -> OURS.partition(two(cpus, cpus), List.of(new WorkerSpec("w", 9).withCpus(2))))
        .isInstanceOf(PartitionException.class)
        .hasMessageContaining("'first' takes 4.0 CPUs; the largest worker has 2.0");
    Resources two = Resources.NONE.withSlots(2);
    assertThatThrownBy(() -> GREEDY.partition(
            FunctionGraph.of(Workflow.<Object>builder("three")
                .sequence(Task.<Object, Object>task("a", x -> x).resources(two))
                .sequence(Task.<Object, Object>task("b", x -> x).resources(two))
                .sequence(Task.<Object, Object>task("c", x -> x).resources(two))
                .build()),
            WorkerSpec.workers(2, 3)))
        .isInstanceOf(PartitionException.class)
        .hasMessageContaining("no worker has room left for 'c': worker-1 has 1 of 2 slots")
        .hasMessageContaining("Add workers");
  }

  @Test
  void plan_wantsEqualNames_refuses() {
    FunctionGraph graph = Families.GENOME.graph(3, 1, 3);
    WorkerSpec worker = new WorkerSpec("w", 9);
    assertThatThrownBy(() -> OURS.partition(graph, List.of(worker, worker)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'w'");
    assertThatThrownBy(() -> OURS.partition(graph, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void plan_parallelTasksWithoutData_usesAllWorkers() {
    FunctionGraph graph = FunctionGraph.of(Workflow.<Object>builder("wide")
        .parallel(
            second("a"),
            second("b"),
            second("c"),
            second("d"),
            second("e"),
            second("f"),
            second("g"),
            second("h"))
        .build());
    List<WorkerSpec> workers =
        Arrays.asList(new WorkerSpec("a", 99).withCpus(2), new WorkerSpec("b", 99).withCpus(2));
    PlanExplanation explanation = OURS.partition(graph, workers).explanation();
    assertThat(explanation.makespanSeconds()).isBetween(2.0, 2.01);
    assertThat(explanation.groups()).hasSize(2);
  }

  private static Task<Object, Object> second(String name) {
    return Task.<Object, Object>task(name, x -> x).expectedRuntime(Duration.ofSeconds(1));
  }
}
