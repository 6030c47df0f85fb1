package io.faasflow.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.graph.FunctionGraph;
import io.faasflow.workflow.Foreach;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PartitionPlanTest {
  @Test
  void plan_theGivenListChanges_staysAsItWas() {
    List<String> workers = new ArrayList<>(List.of("b", "a", "b"));
    PartitionPlan plan = new PartitionPlan(1, workers);
    workers.clear();
    assertThat(plan.workerOfNode()).containsExactly("b", "a", "b");
    assertThat(plan.workers()).containsExactly("b", "a");
    assertThat(plan).isEqualTo(new PartitionPlan(1, List.of("b", "a", "b")));
    assertThat(plan).isNotEqualTo(new PartitionPlan(2, List.of("b", "a", "b")));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1})
  void plan_versionBelowOne_isRefused(int version) {
    assertThatThrownBy(() -> new PartitionPlan(version, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(String.valueOf(version));
  }

  @Test
  void assignment_ofTasksInAForeach_isThatOfItsNode() {
    FunctionGraph graph = FunctionGraph.of(Workflow.<List<String>>builder("w")
        .foreach(all -> all, Task.<String>pass("a").then(Task.pass("b")))
        .sequence(Task.pass("c"))
        .build());
    PartitionPlan plan = new PartitionPlan(3, List.of("x", "y", "z", "x"));
    assertThat(plan.assignment(graph)).isEqualTo(Map.of("a", "y", "b", "y", "c", "z"));
    assertThat(List.copyOf(plan.assignment(graph).keySet())).containsExactly("a", "b", "c");
  }

  @Test
  void workers_soMany_areNumberedFromOne() {
    assertThat(WorkerSpec.workers(2, 5))
        .containsExactly(new WorkerSpec("worker-1", 5), new WorkerSpec("worker-2", 5));
    assertThatThrownBy(() -> WorkerSpec.workers(0, 5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0");
  }

  @Test
  void worker_nonsense_isRefused() {
    assertThatThrownBy(() -> new WorkerSpec(" ", 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("blank");
    assertThatThrownBy(() -> new WorkerSpec("a", -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1");
    assertThatThrownBy(() -> new WorkerSpec(null, 1)).isInstanceOf(NullPointerException.class);
    assertThat(new WorkerSpec("a", 0).slots()).isZero();
  }

  // Foreach is in the graph as one node, so its whole body has one worker.
  @Test
  void assignment_nestedForeach_isTheOutermostNodes() {
    FunctionGraph graph = FunctionGraph.of(Workflow.<List<List<String>>>builder("w")
        .foreach(all -> all, Foreach.of((List<String> one) -> one, Task.<String>pass("a")))
        .build());
    assertThat(new PartitionPlan(1, List.of("x", "y", "x")).assignment(graph))
        .isEqualTo(Map.of("a", "y"));
  }
}
