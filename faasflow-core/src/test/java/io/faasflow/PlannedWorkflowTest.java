package io.faasflow;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.faasflow.engine.Containers;
import io.faasflow.engine.Deployment;
import io.faasflow.engine.DirectTransport;
import io.faasflow.engine.SchedulePattern;
import io.faasflow.engine.WorkerEngine;
import io.faasflow.engine.WorkerLimits;
import io.faasflow.function.FunctionRegistry;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.partition.AllOnOne;
import io.faasflow.partition.CostModel;
import io.faasflow.partition.PartitionPlan;
import io.faasflow.partition.Partitioner;
import io.faasflow.partition.WorkerSpec;
import io.faasflow.store.InHeapStore;
import io.faasflow.time.VirtualClock;
import io.faasflow.workflow.Workflow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PlannedWorkflowTest {
  private static Deployment deployment(String id) {
    FunctionGraph graph = FunctionGraph.of(
        Workflow.<Integer>builder("w").sequence(task("t", (Integer x) -> x)).build());
    List<WorkerSpec> workers = WorkerSpec.workers(1, WorkerSpec.UNLIMITED_SLOTS);
    PartitionPlan plan = new AllOnOne().partition(graph, workers);
    String worker = workers.get(0).name();
    WorkerEngine engine = new WorkerEngine(
        worker,
        Runnable::run,
        new DirectTransport(),
        new InHeapStore(),
        new VirtualClock(),
        WorkerLimits.NONE,
        0);
    return WorkerEngine.deploy(
        id,
        "w",
        graph,
        plan,
        SchedulePattern.WORKER_SIDE,
        FunctionRegistry.empty(),
        null,
        Containers.NONE,
        null,
        Map.of(worker, engine));
  }

  @Test
  void replace_ofAWorkflowThatWasDroppedMeanwhile_dropsTheNewPlanToo() {
    List<String> undeployed = new ArrayList<>();
    PlannedWorkflow planned = new PlannedWorkflow(deployment("w#1"), null, null, undeployed::add);
    planned.drop();
    planned.replace(deployment("w#2"));
    assertThat(undeployed).containsExactly("w#1", "w#2");
  }

  /** Gives a plan that was made elsewhere. */
  private record Made(PartitionPlan plan) implements Partitioner {
    @Override
    public String name() {
      return "made";
    }

    @Override
    public PartitionPlan partition(FunctionGraph graph, List<WorkerSpec> workers, CostModel costs) {
      return plan;
    }
  }

  @Test
  void plan_thatIsNotOneOfTheWorkflow_isRefusedBeforeTheRun() throws Exception {
    Workflow<Integer, Integer> workflow =
        Workflow.<Integer>builder("w").sequence(task("t", (Integer x) -> x)).build();
    FunctionGraph graph = FunctionGraph.of(workflow);
    List<WorkerSpec> workers = WorkerSpec.workers(2, WorkerSpec.UNLIMITED_SLOTS);
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode json = mapper.valueToTree(new AllOnOne().partition(graph, workers));
    ArrayNode places = (ArrayNode) json.get("workerOfNode");
    places.set(places.size() - 1, workers.get(1).name());
    assertRefused(workflow, mapper.treeToValue(json, PartitionPlan.class), "begins on");
    places.remove(0);
    assertRefused(workflow, mapper.treeToValue(json, PartitionPlan.class), "another definition");
  }

  private static void assertRefused(
      Workflow<Integer, Integer> workflow, PartitionPlan plan, String why) {
    try (FaasFlow flow =
        FaasFlow.builder().workers(2).partitioner(new Made(plan)).build()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> flow.start(workflow, 1))
          .withMessageContaining("'w'")
          .withMessageContaining(why);
      assertThat(flow.activeRuns()).isEmpty();
    }
  }
}
