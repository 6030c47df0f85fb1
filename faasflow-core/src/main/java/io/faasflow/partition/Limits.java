package io.faasflow.partition;

import io.faasflow.graph.Edge;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Whether a placement keeps the limits of its workers. Stateless. */
final class Limits {
  private Limits() {}

  static void check(
      String partitioner,
      FunctionGraph graph,
      List<WorkerSpec> workers,
      List<String> workerOfNode) {
    if (workerOfNode.size() != graph.nodes().size()) {
      throw new IllegalArgumentException("The plan has a worker for " + workerOfNode.size()
          + " nodes; the graph has " + graph.nodes().size());
    }
    Map<String, WorkerSpec> byName = new HashMap<>();
    workers.forEach(worker -> byName.put(worker.name(), worker));
    String home = workerOfNode.get(0);
    if (!home.equals(workerOfNode.get(graph.end().id()))) {
      throw new IllegalArgumentException("A run ends where it begins; this plan has its start on "
          + home + " and its end on " + workerOfNode.get(graph.end().id()));
    }
    Map<String, Long> slots = new HashMap<>();
    Map<String, Long> memory = new HashMap<>();
    for (Node node : graph.nodes()) {
      WorkerSpec worker = byName.get(workerOfNode.get(node.id()));
      if (worker == null) {
        throw new IllegalArgumentException("There is no worker '" + workerOfNode.get(node.id())
            + "'; there are " + workers.stream().map(WorkerSpec::name).toList());
      }
      slots.merge(worker.name(), (long) node.resources().slots(), Long::sum);
      memory.merge(worker.name(), node.resources().memoryBytes(), DataGraph::sum);
      if (!node.operation().isVirtual() && node.resources().cpus() > worker.cpus()) {
        throw failure(
            partitioner,
            "puts '" + node.name() + "' with " + node.resources().cpus() + " CPUs on "
                + worker.name() + ", which has " + worker.cpus(),
            "workers with more CPUs");
      }
    }
    for (WorkerSpec worker : workers) {
      long slotsTaken = slots.getOrDefault(worker.name(), 0L);
      if (slotsTaken > Packing.limit(worker.slots())) {
        throw failure(
            partitioner,
            "puts functions with " + slotsTaken + " slots on " + worker.name() + ", which has "
                + worker.slots(),
            "workers or slots");
      }
      long memoryTaken = memory.getOrDefault(worker.name(), 0L);
      if (memoryTaken > worker.memoryBytes()) {
        throw failure(
            partitioner,
            "puts functions with " + memoryTaken + " bytes of memory on " + worker.name()
                + ", which has " + worker.memoryBytes(),
            "workers or memory");
      }
    }
    if (workers.stream().anyMatch(w -> w.dataQuotaBytes() != WorkerSpec.UNLIMITED_BYTES)) {
      checkData(partitioner, graph, workers, workerOfNode);
    }
  }

  private static void checkData(
      String partitioner,
      FunctionGraph graph,
      List<WorkerSpec> workers,
      List<String> workerOfNode) {
    PlacementProblem problem = new PlacementProblem(graph, workers, CostModel.DEFAULT);
    Map<String, Long> local = new HashMap<>();
    for (Node node : graph.nodes()) {
      int e = problem.firstOut[node.id()];
      for (Edge edge : graph.outgoing(node)) {
        String worker = workerOfNode.get(node.id());
        if (worker.equals(workerOfNode.get(edge.to().id()))) {
          local.merge(worker, problem.outBytes[e], Long::sum);
        }
        e++;
      }
    }
    for (WorkerSpec worker : workers) {
      long data = local.getOrDefault(worker.name(), 0L);
      if (data > worker.dataQuotaBytes()) {
        throw failure(
            partitioner,
            "lets functions hand " + data + " bytes to each other on " + worker.name()
                + ", which has a data quota of " + worker.dataQuotaBytes(),
            "workers, or raise the quota");
      }
    }
  }

  private static PartitionException failure(String partitioner, String what, String cure) {
    return new PartitionException("The partitioner '" + partitioner + "' " + what + ". Add " + cure
        + ", or use another partitioner");
  }
}
