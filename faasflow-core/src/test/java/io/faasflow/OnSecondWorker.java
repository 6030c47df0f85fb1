package io.faasflow;

import io.faasflow.graph.FunctionGraph;
import io.faasflow.partition.CostModel;
import io.faasflow.partition.PartitionPlan;
import io.faasflow.partition.Partitioner;
import io.faasflow.partition.WorkerSpec;
import java.util.Collections;
import java.util.List;

/** Has the tasks that it names on the second worker, and all else on the first. */
record OnSecondWorker(List<String> tasks) implements Partitioner {
  @Override
  public String name() {
    return "on second worker";
  }

  @Override
  public PartitionPlan partition(FunctionGraph graph, List<WorkerSpec> workers, CostModel costs) {
    return new PartitionPlan(
        1,
        graph.nodes().stream()
            .map(node -> !Collections.disjoint(FunctionGraph.tasksOf(node), tasks))
            .map(isThere -> workers.get(isThere ? 1 : 0).name())
            .toList());
  }
}
