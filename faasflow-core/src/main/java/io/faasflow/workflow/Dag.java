package io.faasflow.workflow;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Steps with explicit edges, for what no tree can say: a step that is reached on several ways runs
 * once. Immutable.
 *
 * <p>A node begins when all edges that lead to it are settled, and runs if at least one of them is
 * live; otherwise it is skipped. An edge is live when the node it leaves has completed and, if that
 * node has a switch, chose the edge. Nodes without edges that lead to them run at once. A node that
 * reads the output of another also waits for that one.
 *
 * <p>A node's step takes the output of its predecessor; where there are several predecessors, their
 * {@link Outputs}; where there is none, the input of the whole. The whole gives the outputs of the
 * nodes that no edge leaves, keyed by node.
 */
public final class Dag implements Step<Object, Outputs> {
  /**
   * A node and the edges that leave it.
   *
   * @param name unique in the dag
   * @param step what runs
   * @param next which nodes follow
   */
  public record Node(String name, Step<?, ?> step, Next next) {
    /** Refuses null. */
    public Node {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(step, "step");
      Objects.requireNonNull(next, "next");
    }
  }

  /**
   * Which nodes follow a node.
   *
   * <p>The set is closed.
   */
  public sealed interface Next permits All, FirstMatch {
    /** The names of all nodes that may follow, in the order of their mention. */
    List<String> targets();
  }

  /** All of these nodes follow; an empty list ends the path. */
  public record All(List<String> nodes) implements Next {
    /** Copies the list. */
    public All {
      nodes = List.copyOf(nodes);
    }

    @Override
    public List<String> targets() {
      return nodes;
    }
  }

  /** The node of the first choice that applies follows; none if none applies. */
  public record FirstMatch(List<Choice> choices) implements Next {
    /** Copies the list. */
    public FirstMatch {
      choices = List.copyOf(choices);
    }

    @Override
    public List<String> targets() {
      return choices.stream().map(Choice::node).distinct().toList();
    }
  }

  /**
   * A way to go.
   *
   * @param condition when; empty: always
   * @param node where to
   */
  public record Choice(Optional<Condition> condition, String node) {
    /** Refuses null. */
    public Choice {
      Objects.requireNonNull(condition, "condition");
      Objects.requireNonNull(node, "node");
    }
  }

  private final List<Node> nodes;
  private final int depth;
  private final DagOrder order;

  private Dag(List<Node> nodes) {
    this.nodes = List.copyOf(nodes);
    this.depth = Depth.above("dag", steps());
    this.order = DagOrder.of(this.nodes);
  }

  /**
   * A dag of these nodes. Names, edges and cycles are checked by {@link WorkflowBuilder#build()}.
   */
  public static Dag of(List<Node> nodes) {
    return new Dag(nodes);
  }

  /** The nodes in the order in which they were given. */
  public List<Node> nodes() {
    return nodes;
  }

  /**
   * The nodes in an order in which each comes after all that it waits for; among nodes that could
   * come next, the one that was given first.
   *
   * @throws IllegalStateException when there is a cycle, which {@link WorkflowBuilder#build()}
   *     refuses
   */
  public List<Node> inOrder() {
    if (!order.cycle().isEmpty()) {
      throw new IllegalStateException("The dag has a cycle: " + order.cycle());
    }
    return order.nodes();
  }

  /**
   * For each node that reads the output of other nodes, the names of those: edges for which the node
   * waits, and which do not make it run.
   */
  public Map<String, Set<String>> readEdges() {
    return order.readEdges();
  }

  /** The names along a cycle, the first one again at the end; empty: there is none. */
  List<String> cycle() {
    return order.cycle();
  }

  /** The steps of the nodes, in the same order. */
  public List<Step<?, ?>> steps() {
    return nodes.stream().<Step<?, ?>>map(Node::step).toList();
  }

  @Override
  public int depth() {
    return depth;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Dag that && nodes.equals(that.nodes);
  }

  @Override
  public int hashCode() {
    return nodes.hashCode();
  }

  @Override
  public String toString() {
    return "dag" + nodes.stream().map(Node::name).toList();
  }
}
