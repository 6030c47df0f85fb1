package io.faasflow.partition;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.faasflow.function.Resources;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The plan and its explanation. */
@Timeout(60)
class PlanExplanationTest {
  private static final CostModel COSTS = CostModel.DEFAULT;

  /** Two functions of a second; the first hands 50 MB to the second. */
  private static FunctionGraph pair(int slots) {
    Resources resources = Resources.NONE.withSlots(slots);
    Task<Object, Object> first = Task.<Object, Object>task("first", x -> x)
        .resources(resources)
        .expectedRuntime(Duration.ofSeconds(1))
        .expectedOutputBytes(50_000_000);
    Task<Object, Object> second = Task.<Object, Object>task("second", x -> x)
        .resources(resources)
        .expectedRuntime(Duration.ofSeconds(1));
    return FunctionGraph.of(
        Workflow.<Object>builder("pair").sequence(first).sequence(second).build());
  }

  private static PartitionPlan plan(
      FunctionGraph graph, List<WorkerSpec> workers, String... names) {
    return PartitionPlan.of("test", graph, workers, COSTS, List.of(names));
  }

  @Test
  void explanation_cutEdge_countsBytesTimeAndReason() {
    List<WorkerSpec> workers = WorkerSpec.workers(2, 3);
    PlanExplanation explanation =
        plan(pair(3), workers, "worker-1", "worker-1", "worker-2", "worker-1").explanation();
    assertThat(explanation.totalBytes()).isEqualTo(50_000_000);
    assertThat(explanation.crossBytes()).isEqualTo(50_000_000);
    assertThat(explanation.crossBytesLowerBound()).isEqualTo(50_000_000);
    // A second each, a second for the bytes, and two messages, the second one to the end.
    assertThat(explanation.makespanSeconds()).isEqualTo(3.001);
    assertThat(explanation.criticalPath().seconds()).isEqualTo(3.0);
    assertThat(explanation.criticalPath().nodes()).contains("first", "second");
    assertThat(explanation.messages()).isEqualTo(2);
    PlanExplanation.CutEdge cut = explanation.cutEdges().get(0);
    assertThat(cut.from()).isEqualTo("first");
    assertThat(cut.seconds()).isEqualTo(1.0005);
    assertThat(cut.reason())
        .isEqualTo("worker-1 has no slots left for 'second', which takes 3; "
            + "worker-2 has no slots left for 'first', which takes 3");
    assertThat(explanation.groups())
        .extracting(PlanExplanation.Group::functions)
        .containsExactly(List.of("first"), List.of("second"));
  }

  @Test
  void explanation_roomThatNobodyUsed_saysWhatMovingWouldDo() {
    List<WorkerSpec> workers = WorkerSpec.workers(2, 6);
    PlanExplanation explanation =
        plan(pair(3), workers, "worker-1", "worker-1", "worker-2", "worker-1").explanation();
    assertThat(explanation.crossBytesLowerBound()).isZero();
    assertThat(explanation.makespanLowerBoundSeconds()).isEqualTo(2.05);
    assertThat(explanation.cutEdges().get(0).reason())
        .isEqualTo("moving 'second' to worker-1 would save 50,000,000 bytes; 'test' did not try");
  }

  @Test
  void json_thereAndBack_isTheSame() throws Exception {
    FunctionGraph graph = Families.EPIGENOMICS.graph(40, 5, 3);
    PartitionPlan plan =
        new LocalitySpread().partition(graph, Families.workers(graph, 3, 1.2)).withVersion(7);
    ObjectMapper mapper = new ObjectMapper();
    String json = mapper.writeValueAsString(plan);
    PartitionPlan read = mapper.readValue(json, PartitionPlan.class);
    assertThat(read).isEqualTo(plan).hasSameHashCodeAs(plan);
    assertThat(read.version()).isEqualTo(7);
    assertThat(read.explanation()).isEqualTo(plan.explanation());
    assertThat(mapper.writeValueAsString(read)).isEqualTo(json);
  }

  @Test
  void json_withoutWorkers_isRefused() {
    assertThatThrownBy(() -> new ObjectMapper().readValue("{\"version\":1}", PartitionPlan.class))
        .hasMessageContaining("workerOfNode");
  }

  @Test
  void of_limitsNotKept_namesWorkerAndLimit() {
    List<WorkerSpec> workers = List.of(new WorkerSpec("w", 5));
    assertThatThrownBy(() -> plan(pair(3), workers, "w", "w", "w", "w"))
        .isInstanceOf(PartitionException.class)
        .hasMessage("The partitioner 'test' puts functions with 6 slots on w, which has 5. "
            + "Add workers or slots, or use another partitioner");
    assertThatThrownBy(() -> plan(
            pair(1), List.of(new WorkerSpec("w", 5).withDataQuotaBytes(10)), "w", "w", "w", "w"))
        .isInstanceOf(PartitionException.class)
        .hasMessageContaining("50000000 bytes")
        .hasMessageContaining("quota of 10");
  }

  @Test
  void of_placementThatMakesNoSense_isRefused() {
    List<WorkerSpec> workers = WorkerSpec.workers(2, 9);
    assertThatThrownBy(() -> plan(pair(1), workers, "worker-1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 nodes; the graph has 4");
    assertThatThrownBy(() -> plan(pair(1), workers, "worker-1", "x", "worker-1", "worker-1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no worker 'x'");
    assertThatThrownBy(() -> plan(pair(1), workers, "worker-1", "worker-1", "worker-1", "worker-2"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("ends where it begins");
    assertThatThrownBy(() -> plan(pair(1), workers, "worker-1", "worker-1", "worker-1", "worker-1")
            .withVersion(0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void simulation_moreTasksThanCpus_takesTurns() {
    Task<Object, Object> one = second("a");
    FunctionGraph graph = FunctionGraph.of(Workflow.<Object>builder("three")
        .parallel(one, second("b"), second("c"))
        .build());
    List<WorkerSpec> workers = List.of(new WorkerSpec("w", 9).withCpus(2));
    PlanExplanation explanation = new AllOnOne().partition(graph, workers).explanation();
    assertThat(explanation.makespanSeconds()).isEqualTo(2.0);
    assertThat(explanation.criticalPath().seconds()).isEqualTo(1.0);
    assertThat(explanation.makespanLowerBoundSeconds()).isEqualTo(1.5);
  }

  private static Task<Object, Object> second(String name) {
    return Task.<Object, Object>task(name, x -> x).expectedRuntime(Duration.ofSeconds(1));
  }

  @Test
  void simulation_foreach_runsItsInstancesInWaves() {
    FunctionGraph graph = FunctionGraph.of(Workflow.<List<Integer>>builder("waves")
        .foreach(
            items -> items, task("item", (Integer x) -> x).expectedRuntime(Duration.ofSeconds(1)))
        .build());
    assertThat(new AllOnOne()
            .partition(graph, WorkerSpec.workers(1, 9))
            .explanation()
            .makespanSeconds())
        .isEqualTo(1.0);
  }

  @Test
  void costModel_nonsense_isRefused() {
    assertThatThrownBy(() -> COSTS.withNetworkBytesPerSecond(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("networkBytesPerSecond");
    assertThatThrownBy(() -> COSTS.withMemoryBytesPerSecond(Double.NaN))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> COSTS.withAssumedCpus(-1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> COSTS.withMessageLatency(Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new WorkerSpec("w", -1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new WorkerSpec("w", 1).withCpus(0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void greedy_groupLimit_isKept() {
    FunctionGraph graph = Families.EPIGENOMICS.graph(40, 5, 3);
    PartitionPlan all =
        new GreedyMerge().partition(graph, WorkerSpec.workers(4, WorkerSpec.UNLIMITED_SLOTS));
    PartitionPlan limited =
        new GreedyMerge(2).partition(graph, WorkerSpec.workers(4, WorkerSpec.UNLIMITED_SLOTS));
    assertThat(limited.explanation().crossBytes())
        .isGreaterThan(all.explanation().crossBytes());
    assertThatThrownBy(() -> new GreedyMerge(0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void greedy_chain_becomesOneGroup() {
    FunctionGraph graph = pair(1);
    PartitionPlan plan = new GreedyMerge().partition(graph, WorkerSpec.workers(5, 9));
    assertThat(plan.workers()).hasSize(1);
    assertThat(plan.workerOfNode()).isEqualTo(Collections.nCopies(4, plan.workerOf(graph.start())));
  }
}
