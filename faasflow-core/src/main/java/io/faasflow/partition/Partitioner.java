package io.faasflow.partition;

import io.faasflow.graph.FunctionGraph;
import java.util.List;

/**
 * SPI: decides which worker runs which node. Implementations are thread-safe, and deterministic:
 * the same graph, workers and costs give the same plan in any JVM. They end with {@link
 * PartitionPlan#of}, which checks what they decided.
 */
public interface Partitioner {
  /** The name by which configuration and the command line know it. */
  String name();

  /**
   * Makes a plan, of version 1.
   *
   * @param graph what is to run
   * @param workers where it can run, at least one, with different names
   * @param costs what data and messages cost
   * @throws PartitionException when no plan is found that fits the workers
   */
  PartitionPlan partition(FunctionGraph graph, List<WorkerSpec> workers, CostModel costs);

  /**
   * Makes a plan with {@linkplain CostModel#DEFAULT default costs}.
   *
   * @param graph what is to run
   * @param workers where it can run, at least one, with different names
   * @throws PartitionException when no plan is found that fits the workers
   */
  default PartitionPlan partition(FunctionGraph graph, List<WorkerSpec> workers) {
    return partition(graph, workers, CostModel.DEFAULT);
  }
}
