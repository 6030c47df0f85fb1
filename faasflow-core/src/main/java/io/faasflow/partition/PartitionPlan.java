package io.faasflow.partition;

import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which worker runs which node of a function graph. Immutable.
 *
 * @param version counts the plans that one workflow had, from 1
 * @param workerOfNode the name of each node's worker, by the node's id
 */
public record PartitionPlan(int version, List<String> workerOfNode) {
  /** Copies the list. */
  public PartitionPlan {
    if (version < 1) {
      throw new IllegalArgumentException("version must be 1 or more, was " + version);
    }
    workerOfNode = List.copyOf(workerOfNode);
  }

  /** The worker that runs a node. */
  public String workerOf(Node node) {
    return workerOfNode.get(node.id());
  }

  /** The workers that run anything, in the order of their first node. */
  public Set<String> workers() {
    return new LinkedHashSet<>(workerOfNode);
  }

  /** The worker of each task, those in foreach bodies included, in the order of the graph. */
  public Map<String, String> assignment(FunctionGraph graph) {
    Map<String, String> assignment = new LinkedHashMap<>();
    graph.nodeByTask().forEach((task, node) -> assignment.put(task, workerOf(node)));
    return assignment;
  }

  /**
   * Gives the plan back if the slots that its nodes take fit their workers.
   *
   * @throws PartitionException when they do not
   */
  PartitionPlan checked(String partitioner, FunctionGraph graph, List<WorkerSpec> workers) {
    Map<String, Long> taken = new HashMap<>();
    for (Node node : graph.nodes()) {
      taken.merge(workerOf(node), (long) node.resources().slots(), Long::sum);
    }
    for (WorkerSpec worker : workers) {
      long slots = taken.getOrDefault(worker.name(), 0L);
      if (slots > worker.slots() && worker.slots() != WorkerSpec.UNLIMITED_SLOTS) {
        throw new PartitionException("The partitioner '"
            + partitioner
            + "' puts functions with "
            + slots
            + " slots on "
            + worker.name()
            + ", which has "
            + worker.slots()
            + ". Add workers or slots, or use another partitioner");
      }
    }
    return this;
  }
}
