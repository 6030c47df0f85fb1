package io.faasflow.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The longest way through a function graph. Immutable.
 *
 * @param nodes the nodes on it, from the first to the last
 * @param length the sum of the costs of its nodes and edges
 */
public record CriticalPath(List<Node> nodes, double length) {
  /** Copies the list. */
  public CriticalPath {
    nodes = List.copyOf(nodes);
  }

  /**
   * Finds the longest way; of equally long ones, the one through nodes of lower id. Linear in nodes
   * and edges.
   *
   * @param nodeCost the cost of a node, 0 or more
   * @param edgeCost the cost of an edge, 0 or more
   */
  public static CriticalPath of(
      FunctionGraph graph, ToDoubleFunction<Node> nodeCost, ToDoubleFunction<Edge> edgeCost) {
    int n = graph.nodes().size();
    double[] finish = new double[n];
    int[] before = new int[n];
    int last = 0;
    for (Node node : graph.nodes()) {
      double ready = 0;
      before[node.id()] = -1;
      for (Edge edge : graph.incoming(node)) {
        double arrival = finish[edge.from().id()] + edgeCost.applyAsDouble(edge);
        int from = edge.from().id();
        int best = before[node.id()];
        if (best < 0 || arrival > ready || (arrival == ready && from < best)) {
          ready = arrival;
          before[node.id()] = from;
        }
      }
      finish[node.id()] = ready + nodeCost.applyAsDouble(node);
      if (finish[node.id()] > finish[last]) {
        last = node.id();
      }
    }
    List<Node> path = new ArrayList<>();
    for (int at = last; at >= 0; at = before[at]) {
      path.add(graph.nodes().get(at));
    }
    Collections.reverse(path);
    return new CriticalPath(path, finish[last]);
  }
}
