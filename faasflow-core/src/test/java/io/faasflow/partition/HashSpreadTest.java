package io.faasflow.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.function.Resources;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import io.faasflow.workflow.Foreach;
import io.faasflow.workflow.Parallel;
import io.faasflow.workflow.RandomWorkflows;
import io.faasflow.workflow.Sequence;
import io.faasflow.workflow.Step;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HashSpreadTest {
  private static final List<WorkerSpec> THREE = WorkerSpec.workers(3, WorkerSpec.UNLIMITED_SLOTS);
  private final Partitioner partitioner = new HashSpread();

  private static FunctionGraph graph(Step<?, ?>... steps) {
    return FunctionGraph.of(
        Workflow.builder("w").sequence(Sequence.untyped(List.of(steps))).build());
  }

  @Test
  void partition_tasks_goWhereTheirNamesHashTo() {
    // python3: int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], 'big') % 3 + 1
    FunctionGraph graph = graph(
        Task.named("split"),
        Parallel.untyped(List.of(Task.named("count"), Task.named("größe"))),
        Foreach.untyped(new Foreach.Flow(), Task.named("each")),
        Task.pass("merge"),
        Task.named("#odd"));
    PartitionPlan plan = partitioner.partition(graph, THREE);
    assertThat(plan.assignment(graph))
        .isEqualTo(Map.of(
            "split", "worker-1",
            "count", "worker-2",
            "größe", "worker-1",
            "each", "worker-1",
            "merge", "worker-1",
            "#odd", "worker-1"));
    assertThat(plan.workerOf(graph.start())).isEqualTo("worker-1");
    assertThat(plan.workerOf(graph.end())).isEqualTo("worker-1");
    assertThat(partitioner.name()).isEqualTo("hash");
  }

  @Test
  void partition_virtualNodes_areWhereAPredecessorIs() {
    for (long seed = 0; seed < 500; seed++) {
      FunctionGraph graph = FunctionGraph.of(RandomWorkflows.workflow(seed));
      PartitionPlan plan = partitioner.partition(graph, THREE);
      assertThat(plan.workerOfNode()).hasSameSizeAs(graph.nodes());
      assertThat(plan.workerOf(graph.start())).isEqualTo(plan.workerOf(graph.end()));
      for (Node node : graph.nodes()) {
        if (FunctionGraph.tasksOf(node).isEmpty()
            && !node.equals(graph.start())
            && !node.equals(graph.end())) {
          assertThat(graph.incoming(node).stream().map(edge -> plan.workerOf(edge.from())))
              .contains(plan.workerOf(node));
        }
      }
      assertThat(partitioner.partition(FunctionGraph.of(RandomWorkflows.workflow(seed)), THREE))
          .isEqualTo(plan);
    }
  }

  @Test
  void partition_manyTasks_areSpreadEvenly() {
    List<Step<?, ?>> tasks = new ArrayList<>();
    for (int i = 0; i < 7_000; i++) {
      tasks.add(Task.named("task-" + i));
    }
    FunctionGraph graph = graph(Parallel.untyped(tasks));
    Map<String, Integer> counts = new HashMap<>();
    partitioner
        .partition(graph, WorkerSpec.workers(7, WorkerSpec.UNLIMITED_SLOTS))
        .assignment(graph)
        .values()
        .forEach(worker -> counts.merge(worker, 1, Integer::sum));
    assertThat(counts).hasSize(7);
    assertThat(Collections.min(counts.values())).isGreaterThan(900);
    assertThat(Collections.max(counts.values())).isLessThan(1_100);
  }

  @Test
  void partition_oneWorker_hasAll() {
    FunctionGraph graph = FunctionGraph.of(RandomWorkflows.workflow(5));
    assertThat(partitioner.partition(graph, WorkerSpec.workers(1, 1_000)).workers())
        .containsExactly("worker-1");
  }

  @Test
  void partition_slotsThatDoNotFit_isRefused() {
    FunctionGraph graph = graph(Task.named("a").resources(new Resources(0, 0, 2)));
    assertThatThrownBy(() -> partitioner.partition(graph, WorkerSpec.workers(3, 1)))
        .isInstanceOf(PartitionException.class)
        .hasMessageContainingAll("'hash'", "2 slots", "has 1");
  }
}
