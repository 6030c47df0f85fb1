package io.faasflow.partition;

import io.faasflow.graph.FunctionGraph;
import java.util.List;

/**
 * SPI: decides which worker runs which node. Implementations are thread-safe, and deterministic:
 * the same graph and workers give the same plan in any JVM.
 */
public interface Partitioner {
  /** The name by which configuration and the command line know it. */
  String name();

  /**
   * Makes a plan.
   *
   * @param graph what is to run
   * @param workers where it can run, at least one, with different names
   * @throws PartitionException when no plan fits the workers
   */
  PartitionPlan partition(FunctionGraph graph, List<WorkerSpec> workers);
}
