package io.faasflow.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.function.Resources;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.workflow.Parallel;
import io.faasflow.workflow.RandomWorkflows;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.util.List;
import org.junit.jupiter.api.Test;

class AllOnOneTest {
  private final Partitioner partitioner = new AllOnOne();

  @Test
  void partition_anyGraph_isOnTheFirstWorker() {
    for (long seed = 0; seed < 100; seed++) {
      FunctionGraph graph = FunctionGraph.of(RandomWorkflows.workflow(seed));
      PartitionPlan plan =
          partitioner.partition(graph, WorkerSpec.workers(3, WorkerSpec.UNLIMITED_SLOTS));
      assertThat(plan.version()).isEqualTo(1);
      assertThat(plan.workers()).containsExactly("worker-1");
      assertThat(plan.workerOfNode()).hasSameSizeAs(graph.nodes());
    }
    assertThat(partitioner.name()).isEqualTo("all-on-one");
  }

  private static FunctionGraph withSlots(int a, int b) {
    Task<String, String> one = Task.<String>pass("a").resources(new Resources(0, 0, a));
    Task<String, String> other = Task.<String>pass("b").resources(new Resources(0, 0, b));
    return FunctionGraph.of(
        Workflow.<String>builder("w").sequence(Parallel.of(one, other)).build());
  }

  @Test
  void partition_moreSlotsThanTheWorkerHas_saysHowManyAndTheCure() {
    assertThat(partitioner.partition(withSlots(2, 1), WorkerSpec.workers(2, 3))).isNotNull();
    assertThatThrownBy(() -> partitioner.partition(withSlots(2, 2), WorkerSpec.workers(2, 3)))
        .isInstanceOf(PartitionException.class)
        .hasMessageContainingAll("'all-on-one'", "4 slots", "worker-1", "has 3", "Add workers");
  }

  @Test
  void partition_slotsBeyondIntegers_areCounted() {
    int max = Integer.MAX_VALUE;
    assertThatThrownBy(
            () -> partitioner.partition(withSlots(max, max), WorkerSpec.workers(1, max - 1)))
        .isInstanceOf(PartitionException.class)
        .hasMessageContaining("4294967294 slots");
    assertThat(partitioner.partition(
            withSlots(max, max), WorkerSpec.workers(1, WorkerSpec.UNLIMITED_SLOTS)))
        .isNotNull();
  }

  @Test
  void partition_firstWorkerFull_doesNotTryTheNext() {
    assertThatThrownBy(() -> partitioner.partition(
            withSlots(1, 1), List.of(new WorkerSpec("small", 1), new WorkerSpec("big", 9))))
        .isInstanceOf(PartitionException.class)
        .hasMessageContaining("small");
  }
}
