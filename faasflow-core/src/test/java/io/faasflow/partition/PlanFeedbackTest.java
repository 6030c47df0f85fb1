package io.faasflow.partition;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.faasflow.graph.Edge;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is learnt from runs, and that it neither flaps nor forgets: a simulated system, a manual clock. */
@Timeout(300)
class PlanFeedbackTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int EQUAL_BYTES = 200_000;

  /** Runs that do as they are told, and tell the feedback. */
  private static final class Loads {
    final FunctionGraph declared;
    final List<WorkerSpec> workers;
    final PlanFeedback feedback;
    final List<PartitionPlan> plans = new ArrayList<>();
    final double[] bytes; // what each node gives, on average
    final double[] slowness; // how many times longer than the network should what it gives takes
    DoubleUnaryOperator noise = DoubleUnaryOperator.identity();
    long now;

    Loads(FunctionGraph declared, List<WorkerSpec> workers, FeedbackOptions options) {
      this.declared = declared;
      this.workers = workers;
      PartitionPlan first = new LocalitySpread().partition(declared, workers);
      plans.add(first);
      feedback = new PlanFeedback(
          declared, workers, CostModel.DEFAULT, new LocalitySpread(), options, first, 0);
      bytes = new double[declared.nodes().size()];
      Arrays.fill(bytes, EQUAL_BYTES);
      slowness = new double[bytes.length];
      Arrays.fill(slowness, 1);
    }

    /** Runs one after the other, one each five seconds. */
    void run(int runs) {
      for (int i = 0; i < runs; i++) {
        now += 5 * SECOND;
        PartitionPlan plan = feedback.current();
        for (Node node : declared.nodes()) {
          if (node.operation().isVirtual()) {
            continue;
          }
          int id = node.id();
          long given = (long) noise.applyAsDouble(bytes[id]);
          feedback.ran(id, (long) noise.applyAsDouble((double) node.runtime().toNanos()));
          feedback.gave(id, given);
          for (Edge edge : declared.outgoing(node)) {
            if (edge.data() && !plan.workerOf(node).equals(plan.workerOf(edge.to()))) {
              long nanos = (long) noise.applyAsDouble(
                  slowness[id] * given * SECOND / CostModel.DEFAULT.networkBytesPerSecond());
              feedback.transferred(id, edge.to().id(), given, nanos);
            }
          }
        }
        if (feedback.runEnded(now)) {
          feedback.replan(now).ifPresent(plans::add);
        }
      }
    }

    /** The graph as it really is, without noise: edges in bytes of the network as it should be. */
    FunctionGraph real() {
      return declared.withEstimates(
          Node::runtime,
          node -> (long) bytes[node.id()],
          edge -> edge.data() && !edge.from().operation().isVirtual()
              ? (long) (slowness[edge.from().id()] * bytes[edge.from().id()])
              : 0);
    }

    Judgement.Score score(PartitionPlan plan) {
      PlacementProblem problem = new PlacementProblem(real(), workers, CostModel.DEFAULT);
      List<String> names = workers.stream().map(WorkerSpec::name).toList();
      return new Judgement(problem)
          .score(plan.workerOfNode().stream().mapToInt(names::indexOf).toArray());
    }

    Judgement.Score best() {
      return score(new LocalitySpread().partition(real(), workers));
    }

    PartitionPlan current() {
      return feedback.current();
    }

    void assertVersionsCountUp() {
      for (int i = 0; i < plans.size(); i++) {
        assertThat(plans.get(i).version()).isEqualTo(i + 1);
      }
      assertThat(current()).isEqualTo(plans.get(plans.size() - 1));
    }

    void assertNoPlanCameBack() {
      Set<List<String>> seen = new HashSet<>();
      plans.forEach(plan -> assertThat(seen.add(plan.workerOfNode())).isTrue());
    }
  }

  /** Layers of functions with equal outputs and more than fits one worker. */
  private static FunctionGraph layers(int functions, long seed) {
    FunctionGraph graph = Families.LAYERED.graph(functions, seed, 1);
    return graph.withEstimates(
        node -> node.operation().isVirtual() ? Duration.ZERO : Duration.ofMillis(50),
        node -> 0,
        edge -> edge.data() && !edge.from().equals(graph.start()) ? EQUAL_BYTES : 0);
  }

  private static Loads layeredLoads(long seed) {
    FunctionGraph graph = layers(60, seed);
    return new Loads(graph, Families.workers(graph, 3, 1.5), FeedbackOptions.DEFAULT);
  }

  private static void skew(Loads loads, Random random) {
    Arrays.setAll(loads.bytes, i -> random.nextInt(8) == 0 ? 20e6 : 20e3);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void plan_skewedSizes_keepsTheHeavyOnesLocal(long seed) {
    Loads loads = layeredLoads(seed);
    skew(loads, new Random(seed));
    Judgement.Score before = loads.score(loads.current());
    loads.run(1_000);
    Judgement.Score after = loads.score(loads.current());
    // As few bytes as the partitioner sends that knows the sizes: some, where greedy is quicker so.
    assertThat(after.bytes())
        .isLessThanOrEqualTo(Math.max(before.bytes() / 10, loads.best().bytes()));
    assertThat(after.makespan()).isLessThan(0.8 * before.makespan());
    assertThat(after.makespan()).isLessThan(1.02 * loads.best().makespan());
    assertThat(loads.plans).hasSizeBetween(2, 3);
    loads.assertVersionsCountUp();
    loads.run(2_000);
    assertThat(loads.plans).as("no more plans once it has converged").hasSizeBetween(2, 3);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void plan_driftingSizes_followsWithFewVersions(long seed) {
    Loads loads = layeredLoads(seed);
    Random random = new Random(seed);
    int phases = 6;
    for (int phase = 0; phase < phases; phase++) {
      skew(loads, random);
      loads.run(800);
      // By a tenth another plan would have paid.
      assertThat(loads.score(loads.current()).makespan())
          .as("phase %s", phase)
          .isLessThan(1.1 * loads.best().makespan());
    }
    assertThat(loads.plans).hasSizeBetween(3, 2 + phases);
    loads.assertVersionsCountUp();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void plan_wrongShares_areLearnt(long seed) {
    // Each function reads all of an output, and was declared to read a fiftieth of it.
    FunctionGraph whole = layers(60, seed);
    FunctionGraph graph = whole.withEstimates(Node::runtime, node -> 50 * EQUAL_BYTES, Edge::bytes);
    Loads loads = new Loads(graph, Families.workers(graph, 3, 1.5), FeedbackOptions.DEFAULT);
    skew(loads, new Random(seed));
    loads.run(3_000);
    assertThat(loads.score(loads.current()).makespan())
        .isLessThan(1.05 * loads.best().makespan());
    assertThat(loads.plans).hasSizeLessThanOrEqualTo(5);
    loads.assertNoPlanCameBack();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void plan_slowFunctions_areKnownByOneEdge(long seed) {
    // Some of those that the first plan cuts: all of their edges, of which it shows a few.
    Loads loads = layeredLoads(seed);
    for (Edge edge : loads.declared.edges()) {
      if (edge.data()
          && edge.from().id() % 3 == 0
          && !loads.current().workerOf(edge.from()).equals(loads.current().workerOf(edge.to()))) {
        loads.slowness[edge.from().id()] = 40;
      }
    }
    loads.run(5_000);
    assertThat(loads.score(loads.current()).bytes()).isLessThan(2 * loads.best().bytes());
    assertThat(loads.score(loads.current()).makespan())
        .isLessThan(1.02 * loads.best().makespan());
    assertThat(loads.plans).as("not one plan a function").hasSizeBetween(2, 3);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0.5", "2, 0.5", "3, 0.5", "4, 0.5", "5, 0.5", "1, 1", "2, 1", "3, 1", "4, 1", "5, 1"
  })
  void plan_logNormalNoise_doesNotFlap(long seed, double deviation) {
    Random random = new Random(seed);
    Loads loads = layeredLoads(seed);
    loads.noise = mean -> mean * Math.exp(deviation * random.nextGaussian());
    loads.run(5_000);
    assertThat(loads.plans).hasSizeLessThanOrEqualTo(3);
    loads.assertNoPlanCameBack();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void plan_heavyNoise_doesNotFlap(long seed) {
    Random random = new Random(seed);
    Loads loads = layeredLoads(seed);
    // Pareto, without a finite variance: of 200 values the largest is often 30 times the mean.
    loads.noise = mean -> 0.4 * mean * Math.pow(1 - random.nextDouble(), -1 / 1.5);
    loads.run(5_000);
    assertThat(loads.plans).hasSizeLessThanOrEqualTo(3);
    loads.assertNoPlanCameBack();
  }

  /** Makes the quicker of two plans, so that cutting is tempting. */
  private record Quicker(PartitionPlan one, PartitionPlan other) implements Partitioner {
    @Override
    public String name() {
      return "quicker";
    }

    @Override
    public PartitionPlan partition(FunctionGraph graph, List<WorkerSpec> workers, CostModel costs) {
      PartitionPlan first = PartitionPlan.of(name(), graph, workers, costs, one.workerOfNode());
      PartitionPlan second = PartitionPlan.of(name(), graph, workers, costs, other.workerOfNode());
      return first.explanation().makespanSeconds() <= second.explanation().makespanSeconds()
          ? first
          : second;
    }
  }

  @Test
  void plan_slowEdge_isMergedAndNotCutAgain() {
    FunctionGraph graph = FunctionGraph.of(Workflow.<Integer>builder("fork")
        .sequence(task("a", (Integer x) -> x).expectedOutputBytes(1_000_000))
        .parallel(
            task("b", (Integer x) -> x).expectedRuntime(Duration.ofSeconds(1)),
            task("c", (Integer x) -> x).expectedRuntime(Duration.ofSeconds(1)))
        .build());
    List<WorkerSpec> workers = TWO.stream().map(worker -> worker.withCpus(1)).toList();
    int a = graph.nodeByTask().get("a").id();
    int c = graph.nodeByTask().get("c").id();
    List<String> names = new ArrayList<>();
    graph.nodes().forEach(any -> names.add("worker-1"));
    PartitionPlan together = new PartitionPlan(1, names);
    names.set(c, "worker-2");
    PartitionPlan apart = new PartitionPlan(1, names);
    Partitioner quicker = new Quicker(together, apart);
    assertThat(quicker.partition(graph, workers))
        .as("cutting pays, as declared")
        .isEqualTo(apart);
    PlanFeedback feedback = new PlanFeedback(
        graph,
        workers,
        CostModel.DEFAULT,
        quicker,
        FeedbackOptions.DEFAULT.withMinInterval(Duration.ZERO),
        apart,
        0);
    List<PartitionPlan> plans = new ArrayList<>();
    for (int i = 1; i <= 5_000; i++) {
      feedback.gave(a, 1_000_000);
      if (feedback.current().workerOfNode().equals(apart.workerOfNode())) {
        feedback.transferred(a, c, 1_000_000, 3 * SECOND);
      }
      feedback.runEnded(i);
      feedback.replan(i).ifPresent(plans::add);
    }
    assertThat(plans).containsExactly(together.withVersion(2));
  }

  /** Two tasks; the second reads 10 MB of the first. */
  private static FunctionGraph pair() {
    return FunctionGraph.of(Workflow.<Integer>builder("pair")
        .sequence(task("a", (Integer x) -> x)
            .expectedRuntime(Duration.ofSeconds(1))
            .expectedOutputBytes(10_000_000))
        .sequence(task("b", (Integer x) -> x).expectedRuntime(Duration.ofSeconds(1)))
        .build());
  }

  private static final List<WorkerSpec> TWO = WorkerSpec.workers(2, 10);
  private static final PartitionPlan APART =
      new PartitionPlan(7, List.of("worker-1", "worker-1", "worker-2", "worker-1"));

  private static PlanFeedback pairFeedback(List<WorkerSpec> workers, FeedbackOptions options) {
    return new PlanFeedback(
        pair(), workers, CostModel.DEFAULT, new LocalitySpread(), options, APART, 0);
  }

  private static void runPair(PlanFeedback feedback, long bytes, long transferNanos) {
    feedback.ran(1, SECOND);
    feedback.gave(1, bytes);
    feedback.ran(2, SECOND);
    if (transferNanos > 0) {
      feedback.transferred(1, 2, bytes, transferNanos);
    }
  }

  private static Edge between(FunctionGraph graph, int from, int to) {
    return graph.edges().stream()
        .filter(edge -> edge.from().id() == from && edge.to().id() == to)
        .findFirst()
        .orElseThrow();
  }

  /** Two looks, the second of which decides. */
  private static Optional<PartitionPlan> lookTwice(PlanFeedback feedback, long transferNanos) {
    for (int look = 1; look <= 2; look++) {
      runPair(feedback, 10_000_000, transferNanos);
      assertThat(feedback.runEnded(look)).isTrue();
      Optional<PartitionPlan> plan = feedback.replan(look);
      if (look == 2) {
        return plan;
      }
      assertThat(plan).isEmpty();
    }
    throw new AssertionError("there are two looks");
  }

  @Test
  void replan_gainAtTheThreshold_decides() {
    FeedbackOptions often = new FeedbackOptions(0, Duration.ZERO, 1);
    PlanFeedback probe = pairFeedback(TWO, often);
    lookTwice(probe, SECOND / 4);
    PlanExplanation apart = PartitionPlan.of(
            "test", probe.estimates(), TWO, CostModel.DEFAULT, APART.workerOfNode())
        .explanation();
    // Nothing crosses any more: all of the transfer and both messages are saved.
    double saved = apart.crossBytes() / CostModel.DEFAULT.networkBytesPerSecond() + 0.001;
    double share = saved / apart.makespanSeconds();
    assertThat(saved).isEqualTo(0.251, within(0.251 * Observed.ERROR));

    assertThat(lookTwice(pairFeedback(TWO, often.withMinGain(share - 1e-6)), SECOND / 4))
        .hasValueSatisfying(plan -> {
          assertThat(plan.version()).isEqualTo(8);
          assertThat(plan.workers()).hasSize(1);
        });
    assertThat(lookTwice(pairFeedback(TWO, often.withMinGain(share + 1e-6)), SECOND / 4))
        .isEmpty();
  }

  @Test
  void replan_beforeRunsAndInterval_doesNotLook() {
    FeedbackOptions options = new FeedbackOptions(0.1, Duration.ofSeconds(10), 3);
    PlanFeedback feedback = pairFeedback(TWO, options);
    runPair(feedback, 10_000_000, SECOND);
    assertThat(feedback.runEnded(20 * SECOND)).as("too few runs").isFalse();
    assertThat(feedback.runEnded(20 * SECOND)).as("too few runs").isFalse();
    assertThat(feedback.replan(20 * SECOND)).isEmpty();
    assertThat(feedback.runEnded(10 * SECOND - 1)).as("too early").isFalse();
    assertThat(feedback.replan(10 * SECOND - 1)).isEmpty();
    assertThat(feedback.runEnded(10 * SECOND)).isTrue();
    assertThat(feedback.replan(10 * SECOND))
        .as("the first look has nothing to compare")
        .isEmpty();
    runPair(feedback, 10_000_000, SECOND);
    for (int i = 0; i < 5; i++) {
      assertThat(feedback.runEnded(20 * SECOND - 1)).isFalse();
      assertThat(feedback.replan(20 * SECOND - 1)).isEmpty();
    }
    assertThat(feedback.current()).isSameAs(APART);
    assertThat(feedback.replan(20 * SECOND)).isPresent();
    assertThat(feedback.replan(20 * SECOND)).isEmpty();
    assertThat(feedback.current().version()).isEqualTo(8);
  }

  @Test
  void replan_clockThatOverflows_staysDue() {
    PlanFeedback feedback = new PlanFeedback(
        pair(),
        TWO,
        CostModel.DEFAULT,
        new LocalitySpread(),
        FeedbackOptions.DEFAULT.withMinRuns(1),
        APART,
        Long.MAX_VALUE - SECOND);
    assertThat(feedback.runEnded(Long.MAX_VALUE)).isFalse();
    assertThat(feedback.runEnded(Long.MIN_VALUE + 60 * SECOND)).isTrue();
  }

  @Test
  void replan_noPlanFits_keepsTheCurrentOne() {
    PlanFeedback feedback = new PlanFeedback(
        pair(),
        TWO,
        CostModel.DEFAULT,
        new Partitioner() {
          @Override
          public String name() {
            return "none";
          }

          @Override
          public PartitionPlan partition(
              FunctionGraph graph, List<WorkerSpec> workers, CostModel costs) {
            throw new PartitionException("Nothing fits");
          }
        },
        new FeedbackOptions(0, Duration.ZERO, 1),
        APART,
        0);
    assertThat(lookTwice(feedback, SECOND)).isEmpty();
    assertThat(feedback.current()).isSameAs(APART);
  }

  @Test
  void estimates_edgeThatIsLocalAgain_keepsItsTimeInProportion() {
    PlanFeedback feedback = pairFeedback(TWO, new FeedbackOptions(0.9, Duration.ZERO, 1));
    assertThat(between(feedback.estimates(), 1, 2).bytes()).isEqualTo(10_000_000);
    runPair(feedback, 10_000_000, 2 * SECOND); // ten times slower than the network should be
    long slow = between(feedback.estimates(), 1, 2).bytes();
    assertThat(slow).isCloseTo(100_000_000, within(3_000_000L));
    for (int i = 1; i < 2_000; i++) {
      runPair(feedback, 5_000_000, 0);
      feedback.runEnded(i);
      feedback.replan(i);
    }
    assertThat(between(feedback.estimates(), 1, 2).bytes()).isCloseTo(slow / 2, within(3_000_000L));
    assertThat(between(feedback.estimates(), 2, 3).bytes()).isZero();
  }

  @Test
  void estimates_edgeThatNeverCrossed_takesThePaceOfTheOthers() {
    FunctionGraph graph = layers(20, 1);
    PlanFeedback feedback = new PlanFeedback(
        graph,
        TWO,
        CostModel.DEFAULT,
        new LocalitySpread(),
        FeedbackOptions.DEFAULT,
        new AllOnOne().partition(graph, WorkerSpec.workers(1, 100)),
        0);
    List<Edge> data = graph.edges().stream().filter(edge -> edge.bytes() > 0).toList();
    Edge one = data.get(0);
    feedback.transferred(one.from().id(), one.to().id(), 100_000_000, SECOND / 5);
    // A tenth of the declared time; the prior still counts a little.
    Edge other = data.get(data.size() - 1);
    assertThat(between(feedback.estimates(), other.from().id(), other.to().id()).bytes())
        .isBetween(EQUAL_BYTES / 11L, EQUAL_BYTES / 8L);
  }

  @Test
  void estimates_edgeThatNeverCrossed_isAsTheOthersOfItsSource() {
    FunctionGraph graph = layers(20, 1);
    PlanFeedback feedback = new PlanFeedback(
        graph,
        TWO,
        CostModel.DEFAULT,
        new LocalitySpread(),
        FeedbackOptions.DEFAULT,
        new AllOnOne().partition(graph, WorkerSpec.workers(1, 100)),
        0);
    Node source = graph.nodes().stream()
        .filter(node -> !node.operation().isVirtual() && graph.outgoing(node).size() > 1)
        .findFirst()
        .orElseThrow();
    List<Edge> edges = graph.outgoing(source);
    double network = CostModel.DEFAULT.networkBytesPerSecond();
    feedback.transferred(source.id(), edges.get(0).to().id(), EQUAL_BYTES, (long)
        (40 * EQUAL_BYTES * SECOND / network));
    FunctionGraph estimates = feedback.estimates();
    assertThat(between(estimates, source.id(), edges.get(1).to().id()).bytes())
        .isCloseTo(40 * EQUAL_BYTES, withinPercentage(7));
  }

  @Test
  void estimates_partThatIsSentWithAll_keepsTheWeightThatItShowed() {
    // The reader is declared to read a tenth of what is given; all of it is sent.
    FunctionGraph graph = pair()
        .withEstimates(Node::runtime, node -> 10_000_000, edge -> edge.data() ? 1_000_000 : 0);
    PlanFeedback feedback = new PlanFeedback(
        graph,
        TWO,
        CostModel.DEFAULT,
        new LocalitySpread(),
        new FeedbackOptions(0.9, Duration.ZERO, 1),
        APART,
        0);
    runPair(feedback, 10_000_000, 0);
    assertThat(between(feedback.estimates(), 1, 2).bytes())
        .as("as declared, until it crossed")
        .isCloseTo(1_000_000, withinPercentage(4));
    for (int i = 0; i < 3_000; i++) {
      runPair(feedback, 10_000_000, i < 1_000 ? SECOND / 5 : 0);
      feedback.runEnded(i);
      feedback.replan(i);
    }
    assertThat(between(feedback.estimates(), 1, 2).bytes())
        .isCloseTo(10_000_000, withinPercentage(7));
  }

  @Test
  void estimates_workersWithAQuota_areSizes() {
    List<WorkerSpec> workers =
        TWO.stream().map(worker -> worker.withDataQuotaBytes(1L << 30)).toList();
    PlanFeedback feedback = pairFeedback(workers, FeedbackOptions.DEFAULT);
    runPair(feedback, 20_000_000, 10 * SECOND);
    assertThat(between(feedback.estimates(), 1, 2).bytes()).isCloseTo(20_000_000, within(600_000L));
  }

  @Test
  void estimates_nothingObserved_areTheDeclaredOnes() {
    FunctionGraph graph = switching();
    FunctionGraph estimates = feedback(graph).estimates();
    for (Node node : graph.nodes()) {
      Node same = estimates.nodes().get(node.id());
      assertThat(same.runtime()).isEqualTo(node.runtime());
      assertThat(same.outputBytes()).isEqualTo(node.outputBytes());
    }
    assertThat(estimates.edges().stream().map(Edge::bytes).toList())
        .isEqualTo(graph.edges().stream().map(Edge::bytes).toList());
  }

  private static PlanFeedback feedback(FunctionGraph graph) {
    return new PlanFeedback(
        graph,
        TWO,
        CostModel.DEFAULT,
        new LocalitySpread(),
        new FeedbackOptions(0.1, Duration.ZERO, 1),
        new AllOnOne().partition(graph, TWO),
        0);
  }

  /** A foreach, and a switch whose branches give 1 and 2 MB. */
  private static FunctionGraph switching() {
    return FunctionGraph.of(Workflow.<List<Integer>>builder("switching")
        .foreach(
            list -> list,
            task("each", (Integer x) -> x)
                .expectedRuntime(Duration.ofMillis(10))
                .expectedOutputBytes(1_000))
        .sequence(task("sum", (List<Integer> all) -> all.size()).expectedOutputBytes(500))
        .switchOn(
            (Integer sum) -> sum > 1,
            s -> s.when(true, task("many", (Integer x) -> x).expectedOutputBytes(1_000_000))
                .otherwise(task("few", (Integer x) -> x).expectedOutputBytes(2_000_000)))
        .sequence(task("last", (Integer x) -> x))
        .build());
  }

  @Test
  void estimates_foreachAndSwitch_areLearntAndKept() {
    FunctionGraph graph = switching();
    PlanFeedback feedback = feedback(graph);
    int each = graph.nodeByTask().get("each").id();
    int sum = graph.nodeByTask().get("sum").id();
    int few = graph.nodeByTask().get("few").id();
    int last = graph.nodeByTask().get("last").id();
    feedback.gave(few, 8_000_000);
    for (int i = 0; i < 2_000; i++) {
      feedback.ran(each, SECOND);
      feedback.gave(each, 50_000);
      feedback.runEnded(i); // the branch is never taken again
      feedback.replan(i);
    }
    FunctionGraph estimates = feedback.estimates();
    assertThat(estimates.nodes().get(each).runtime().toMillis()).isBetween(970L, 1_030L);
    assertThat(between(estimates, each, sum).bytes()).isBetween(48_500L, 51_500L);
    Node merge = estimates.incoming(estimates.nodes().get(last)).get(0).from();
    assertThat(merge.outputBytes()).as("the larger branch").isBetween(7_760_000L, 8_240_000L);
    assertThat(between(estimates, merge.id(), last).bytes()).isEqualTo(merge.outputBytes());
  }

  @Test
  void windows_merged_giveTheQuantileOfAll() {
    Observed windows = new Observed();
    Random random = new Random(1);
    long[] values = new long[10_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = (long) (1e6 * Math.exp((i < 4_000 ? 1 : 2) * random.nextGaussian()));
      if (i == 4_000) {
        windows.endWindow();
      }
      windows.add(values[i]);
    }
    assertThat(windows.high(Observed.Window.BOTH))
        .hasValueCloseTo(percentile(values), withinPercentage(101 * Observed.ERROR));
    assertThat(windows.high(Observed.Window.OLDER))
        .hasValueCloseTo(
            percentile(Arrays.copyOf(values, 4_000)), withinPercentage(101 * Observed.ERROR));
    assertThat(windows.high(Observed.Window.NEWER))
        .hasValueCloseTo(
            percentile(Arrays.copyOfRange(values, 4_000, values.length)),
            withinPercentage(101 * Observed.ERROR));
    windows.endWindow();
    windows.endWindow();
    assertThat(windows.high(Observed.Window.BOTH)).isEmpty();
    assertThat(windows.count()).isZero();
  }

  private static double percentile(long[] values) {
    long[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[(int) (0.99 * (sorted.length - 1))];
  }

  @Test
  void recording_manyThreads_losesNothing() throws Exception {
    FunctionGraph graph = pair();
    Observations seen = new Observations(graph);
    int threads = 8;
    int each = 20_000;
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      CountDownLatch start = new CountDownLatch(1);
      List<Future<?>> futures = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        futures.add(executor.submit(() -> {
          start.await();
          for (int i = 0; i < each; i++) {
            seen.ran(1, i);
            seen.gave(2, i);
            seen.transferred(1, 2, i, i);
          }
          return null;
        }));
      }
      start.countDown();
      for (Future<?> future : futures) {
        future.get(60, TimeUnit.SECONDS);
      }
    } finally {
      executor.shutdownNow();
    }
    assertThat(seen.count()).isEqualTo(4L * threads * each);
    assertThat(seen.runtimeNanos(1, Observed.Window.NEWER).getAsDouble())
        .isEqualTo(0.99 * each, within(0.99 * each * Observed.ERROR));
  }

  @Test
  void memory_tenThousandNodes_isBounded() {
    FunctionGraph graph = layers(10_000, 1);
    Observations seen = new Observations(graph);
    assertThat(seen.bins()).isZero();
    Random random = new Random(1);
    for (int window = 0; window < 3; window++) {
      seen.endWindow();
      for (int i = 0; i < 100; i++) {
        for (Node node : graph.nodes()) {
          seen.ran(node.id(), (long) (1e6 * Math.exp(random.nextGaussian())));
          seen.gave(node.id(), (long) (1e5 * Math.exp(random.nextGaussian())));
        }
      }
    }
    // 8 bytes each: 20,000 quantities with two windows take some 25 MB.
    assertThat(8 * seen.bins()).isBetween(1L << 20, 30L << 20);
  }

  @Test
  void memory_valuesOfAllMagnitudes_isBounded() {
    Observed observed = new Observed();
    Random random = new Random(1);
    for (int i = 0; i < 1_000_000; i++) {
      observed.add((long) Math.pow(10, 18 * random.nextDouble()));
    }
    observed.add(Long.MAX_VALUE);
    observed.add(-1);
    assertThat(observed.bins()).isLessThanOrEqualTo(Observed.MOST_BINS);
    assertThat(observed.high(Observed.Window.NEWER).getAsDouble())
        .isEqualTo(Math.pow(10, 18 * 0.99), within(0.1 * Math.pow(10, 18 * 0.99)));
  }

  @Test
  void wrongArguments_areRefused() {
    PlanFeedback feedback = pairFeedback(TWO, FeedbackOptions.DEFAULT);
    assertThatThrownBy(() -> feedback.ran(4, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no node 4")
        .hasMessageContaining("'pair'");
    assertThatThrownBy(() -> feedback.transferred(1, -1, 1, 1))
        .isInstanceOf(IllegalArgumentException.class);
    feedback.transferred(2, 1, 5, 5); // no such edge: does not count
    assertThatThrownBy(() -> new PlanFeedback(
            pair(),
            WorkerSpec.workers(1, 1),
            CostModel.DEFAULT,
            new AllOnOne(),
            FeedbackOptions.DEFAULT,
            APART,
            0))
        .hasMessageContaining("worker-2");
    assertThatThrownBy(() -> new PlanFeedback(
            switching(), TWO, CostModel.DEFAULT, new AllOnOne(), FeedbackOptions.DEFAULT, APART, 0))
        .hasMessageContaining("4 nodes");
    assertThatThrownBy(() -> FeedbackOptions.DEFAULT.withMinGain(1))
        .hasMessageContaining("minGain");
    assertThatThrownBy(() -> FeedbackOptions.DEFAULT.withMinRuns(0))
        .hasMessageContaining("minRuns");
    assertThatThrownBy(() -> FeedbackOptions.DEFAULT.withMinInterval(Duration.ofNanos(-1)))
        .hasMessageContaining("minInterval");
  }
}
