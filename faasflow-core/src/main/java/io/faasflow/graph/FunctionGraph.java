package io.faasflow.graph;

import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jgrapht.Graph;
import org.jgrapht.graph.AsUnmodifiableGraph;
import org.jgrapht.graph.builder.GraphTypeBuilder;

/**
 * The DAG that a workflow, or the body of a foreach, compiles to. Immutable.
 *
 * <p>Nodes are tasks, foreach steps (each one node, whatever its number of instances, with a graph
 * of its own for its body) and a few virtual nodes: one start, one end, and what parallel steps and
 * switches need. There is at most one edge from a node to another.
 */
public final class FunctionGraph {
  private final String name;
  private final List<Node> nodes;
  private final List<Edge> edges; // by the node that they leave
  private final int[] firstOut; // index into edges, by node; one longer than nodes
  private final List<Edge> incoming; // by the node that they lead to
  private final int[] firstIn;

  FunctionGraph(String name, List<Node> nodes, List<Edge> unordered) {
    this.name = name;
    this.nodes = List.copyOf(nodes);
    int n = nodes.size();
    // Two counting sorts: stable and linear.
    firstOut = new int[n + 1];
    firstIn = new int[n + 1];
    for (Edge edge : unordered) {
      firstOut[edge.from().id() + 1]++;
      firstIn[edge.to().id() + 1]++;
    }
    for (int i = 0; i < n; i++) {
      firstOut[i + 1] += firstOut[i];
      firstIn[i + 1] += firstIn[i];
    }
    Edge[] bySource = new Edge[unordered.size()];
    Edge[] byTarget = new Edge[unordered.size()];
    int[] out = Arrays.copyOf(firstOut, n);
    int[] in = Arrays.copyOf(firstIn, n);
    for (Edge edge : unordered) {
      bySource[out[edge.from().id()]++] = edge;
      byTarget[in[edge.to().id()]++] = edge;
    }
    this.edges = List.of(bySource);
    this.incoming = List.of(byTarget);
  }

  /** Compiles a workflow: linear in its steps and in what they read. */
  public static FunctionGraph of(Workflow<?, ?> workflow) {
    return Compiler.compile(workflow);
  }

  /**
   * The same graph with other estimates: nodes with the same ids, names, operations and resources, and
   * the same edges. The nodes and edges are new objects, and so not equal to those of this graph; ids
   * are what goes from one to the other. The bodies of foreach nodes keep their own estimates.
   *
   * @param runtime the time of one execution, by this graph's nodes
   * @param outputBytes the size of the output, 0 or more, by this graph's nodes
   * @param bytes the size of the data on an edge, 0 or more, by this graph's edges
   * @throws IllegalArgumentException when an estimate is negative, with the node or edge
   */
  public FunctionGraph withEstimates(
      Function<Node, Duration> runtime,
      ToLongFunction<Node> outputBytes,
      ToLongFunction<Edge> bytes) {
    List<Node> estimated = new ArrayList<>(nodes.size());
    for (Node node : nodes) {
      Duration time = runtime.apply(node);
      long output = outputBytes.applyAsLong(node);
      if (time.isNegative() || output < 0) {
        throw new IllegalArgumentException("Estimates of '" + node + "' must be 0 or more, were "
            + time + " and " + output + " bytes");
      }
      estimated.add(
          new Node(node.id(), node.name(), node.operation(), time, node.resources(), output));
    }
    List<Edge> weighed = new ArrayList<>(edges.size());
    for (Edge edge : edges) {
      long size = bytes.applyAsLong(edge);
      if (size < 0) {
        throw new IllegalArgumentException(
            "Estimates of '" + edge + "' must be 0 or more, were " + size + " bytes");
      }
      weighed.add(new Edge(
          estimated.get(edge.from().id()),
          estimated.get(edge.to().id()),
          edge.control(),
          edge.data(),
          edge.choices(),
          size));
    }
    return new FunctionGraph(name, estimated, weighed);
  }

  /** The name of the workflow, or of the foreach node whose body this is. */
  public String name() {
    return name;
  }

  /** All nodes in a topological order: each comes after all that it waits for. */
  public List<Node> nodes() {
    return nodes;
  }

  /** All edges, ordered by the node that they leave. */
  public List<Edge> edges() {
    return edges;
  }

  /** The first node. */
  public Node start() {
    return nodes.get(0);
  }

  /** The last node. */
  public Node end() {
    return nodes.get(nodes.size() - 1);
  }

  /** The edges that leave a node. */
  public List<Edge> outgoing(Node node) {
    return edges.subList(firstOut[node.id()], firstOut[node.id() + 1]);
  }

  /** The edges that lead to a node. */
  public List<Edge> incoming(Node node) {
    return incoming.subList(firstIn[node.id()], firstIn[node.id() + 1]);
  }

  /**
   * The tasks of a node: its own, or those of its foreach body at any depth. Their names are what a
   * partition plan assigns.
   */
  public static List<String> tasksOf(Node node) {
    List<String> names = new ArrayList<>();
    addTasks(node, names);
    return names;
  }

  private static void addTasks(Node node, List<String> names) {
    if (node.operation() instanceof Operation.Run) {
      names.add(node.name());
    } else if (node.operation() instanceof Operation.Loop loop) {
      loop.body().nodes().forEach(inner -> addTasks(inner, names));
    }
  }

  /** The node of each task, tasks in foreach bodies included, in topological order. */
  public Map<String, Node> nodeByTask() {
    Map<String, Node> byTask = new LinkedHashMap<>();
    for (Node node : nodes) {
      tasksOf(node).forEach(task -> byTask.put(task, node));
    }
    return byTask;
  }

  /** The same graph for JGraphT's algorithms; a new, unmodifiable one, made in linear time. */
  public Graph<Node, Edge> asGraph() {
    Graph<Node, Edge> graph = GraphTypeBuilder.<Node, Edge>directed()
        .allowingMultipleEdges(false)
        .allowingSelfLoops(false)
        .edgeClass(Edge.class)
        .buildGraph();
    nodes.forEach(graph::addVertex);
    edges.forEach(edge -> graph.addEdge(edge.from(), edge.to(), edge));
    return new AsUnmodifiableGraph<>(graph);
  }

  @Override
  public String toString() {
    return "function graph '" + name + "', " + nodes.size() + " nodes, " + edges.size() + " edges";
  }
}
