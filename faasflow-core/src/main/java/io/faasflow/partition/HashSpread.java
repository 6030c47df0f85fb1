package io.faasflow.partition;

import io.faasflow.graph.Edge;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;

/**
 * Spreads tasks by a hash of their names, as a platform does that knows nothing of the data.
 * Immutable.
 *
 * <p>A task goes to the worker whose number is the first 8 bytes (big endian, unsigned) of the
 * SHA-256 of its name, modulo the number of workers. A virtual node goes where the first node is
 * that it follows; the start and the end go with the first task.
 */
public final class HashSpread implements Partitioner {
  @Override
  public String name() {
    return "hash";
  }

  @Override
  public PartitionPlan partition(FunctionGraph graph, List<WorkerSpec> workers, CostModel costs) {
    PlacementProblem problem = new PlacementProblem(graph, workers, costs);
    return problem.plan(name(), place(graph, workers.size()));
  }

  /** The worker of each node. */
  static int[] place(FunctionGraph graph, int workers) {
    int[] plan = new int[graph.nodes().size()];
    Arrays.fill(plan, -1);
    MessageDigest sha256 = sha256();
    for (Node node : graph.nodes()) {
      if (!node.name().startsWith("#") || !FunctionGraph.tasksOf(node).isEmpty()) {
        byte[] hash = sha256.digest(node.name().getBytes(StandardCharsets.UTF_8));
        long number = ByteBuffer.wrap(hash).getLong();
        plan[node.id()] = (int) Long.remainderUnsigned(number, workers);
      }
    }
    int home = Arrays.stream(plan).filter(worker -> worker >= 0).findFirst().orElse(0);
    plan[graph.start().id()] = home;
    plan[graph.end().id()] = home;
    for (Node node : graph.nodes()) {
      if (plan[node.id()] < 0) {
        List<Edge> incoming = graph.incoming(node);
        plan[node.id()] =
            incoming.isEmpty() ? home : plan[incoming.get(0).from().id()];
      }
    }
    return plan;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform must have SHA-256", e);
    }
  }
}
