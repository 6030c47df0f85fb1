package io.faasflow.partition;

import io.faasflow.graph.FunctionGraph;
import java.util.Collections;
import java.util.List;

/** Puts everything on the first worker, so that nothing travels. Immutable. */
public final class AllOnOne implements Partitioner {
  @Override
  public String name() {
    return "all-on-one";
  }

  @Override
  public PartitionPlan partition(FunctionGraph graph, List<WorkerSpec> workers, CostModel costs) {
    return PartitionPlan.of(
        name(),
        graph,
        workers,
        costs,
        Collections.nCopies(graph.nodes().size(), workers.get(0).name()));
  }
}
