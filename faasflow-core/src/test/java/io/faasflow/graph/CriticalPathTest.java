package io.faasflow.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.faasflow.function.Resources;
import io.faasflow.workflow.RandomWorkflows;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

class CriticalPathTest {
  /** A random graph whose edges lead upwards, given in any order. */
  private static FunctionGraph random(Random random) {
    int n = 1 + random.nextInt(9);
    List<Node> nodes = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      nodes.add(new Node(i, "n" + i, new Operation.Start(), Duration.ZERO, Resources.NONE, 0));
    }
    List<Edge> edges = new ArrayList<>();
    for (int from = 0; from < n; from++) {
      for (int to = from + 1; to < n; to++) {
        if (random.nextInt(3) == 0) {
          Edge edge =
              new Edge(nodes.get(from), nodes.get(to), true, true, List.of(), random.nextInt(4));
          edges.add(random.nextInt(edges.size() + 1), edge);
        }
      }
    }
    return new FunctionGraph("random", nodes, edges);
  }

  /** All ways from a node on, each with its nodes; the longest is found by trying all. */
  private static double longest(
      FunctionGraph graph, Node from, ToDoubleFunction<Node> nodes, ToDoubleFunction<Edge> edges) {
    double best = 0;
    for (Edge edge : graph.outgoing(from)) {
      best = Math.max(best, edges.applyAsDouble(edge) + longest(graph, edge.to(), nodes, edges));
    }
    return nodes.applyAsDouble(from) + best;
  }

  @Test
  void of_randomGraphs_isTheLongestOfAllWays() {
    Random random = new Random(8);
    for (int round = 0; round < 3_000; round++) {
      FunctionGraph graph = random(random);
      int[] costs = random.ints(graph.nodes().size(), 0, 5).toArray();
      ToDoubleFunction<Node> nodeCost = node -> costs[node.id()];
      double best = 0;
      for (Node node : graph.nodes()) {
        best = Math.max(best, longest(graph, node, nodeCost, Edge::bytes));
      }
      CriticalPath path = CriticalPath.of(graph, nodeCost, Edge::bytes);
      assertThat(path.length()).isEqualTo(best);
      assertThat(length(graph, path.nodes(), nodeCost)).isEqualTo(best);
    }
  }

  /** The length along the nodes, which must be a way. */
  private static double length(
      FunctionGraph graph, List<Node> path, ToDoubleFunction<Node> nodeCost) {
    double length = 0;
    for (int i = 0; i < path.size(); i++) {
      Node node = path.get(i);
      length += nodeCost.applyAsDouble(node);
      if (i + 1 < path.size()) {
        Node next = path.get(i + 1);
        length += graph.outgoing(node).stream()
            .filter(edge -> edge.to().equals(next))
            .findFirst()
            .orElseThrow()
            .bytes();
      }
    }
    return length;
  }

  @Test
  void of_equallyLongWays_goesThroughNodesOfLowerId() {
    Node[] n = new Node[4];
    for (int i = 0; i < n.length; i++) {
      n[i] = new Node(i, "n" + i, new Operation.Start(), Duration.ZERO, Resources.NONE, 0);
    }
    Edge e01 = new Edge(n[0], n[1], true, true, List.of(), 0);
    Edge e02 = new Edge(n[0], n[2], true, true, List.of(), 0);
    Edge e13 = new Edge(n[1], n[3], true, true, List.of(), 0);
    Edge e23 = new Edge(n[2], n[3], true, true, List.of(), 0);
    for (List<Edge> order : List.of(List.of(e01, e02, e13, e23), List.of(e23, e13, e02, e01))) {
      FunctionGraph graph = new FunctionGraph("diamond", List.of(n), order);
      assertThat(CriticalPath.of(graph, node -> 1, edge -> 0).nodes())
          .containsExactly(n[0], n[1], n[3]);
    }
  }

  @Test
  void of_costsOfZero_isTheFirstNode() {
    FunctionGraph graph = FunctionGraph.of(RandomWorkflows.workflow(1));
    CriticalPath path = CriticalPath.of(graph, node -> 0, edge -> 0);
    assertThat(path.length()).isZero();
    assertThat(path.nodes()).containsExactly(graph.start());
  }

  @Test
  void of_fractions_areNotRounded() {
    Random random = new Random(9);
    FunctionGraph graph = random(random);
    CriticalPath path = CriticalPath.of(graph, node -> 0.1, edge -> 0.01);
    int nodes = path.nodes().size();
    assertThat(path.length()).isEqualTo(nodes * 0.1 + (nodes - 1) * 0.01, within(1e-9));
  }
}
