package io.faasflow.engine;

import io.faasflow.function.FunctionRegistry;
import io.faasflow.graph.Edge;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import io.faasflow.graph.Operation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What one worker executes of a graph: its nodes, in the form that the hot path wants, and where the
 * others are. Immutable after construction; shared by all runs.
 */
final class Program {
  /** The worker that a master-side run has for its master. No worker of a plan has this name. */
  static final String MASTER = "master";

  /** The id of every graph's first node. */
  static final int START = 0;

  /** How a program is made. */
  record Setting(
      SchedulePattern pattern,
      String worker,
      Function<Node, String> workerOf,
      FunctionRegistry registry,
      Function<String, @Nullable FunctionLimit> limits,
      Set<String> unbound) {}

  final FunctionGraph graph;
  final @Nullable NodeCode[] nodes; // by id; null: not of this program
  final boolean[] here; // by id: whether the node executes here, so that its value is here
  final boolean isMaster; // it also has the nodes that it assigns to others
  final boolean isAssigned; // by a master, which does not tell what it skips
  final int[] predecessors; // how many, by id
  final int @Nullable [] sharedReaders; // how many, by id, where there are several
  final boolean hasDecisions;
  final boolean hasLoops;
  final int remoteEdges;
  final int functions; // nodes here that run a function
  private final Map<Long, Integer> remoteEdgeIndex = new HashMap<>();

  private Program(FunctionGraph graph, Setting setting) {
    this.graph = graph;
    int n = graph.nodes().size();
    this.nodes = new NodeCode[n];
    this.here = new boolean[n];
    boolean masterSide = setting.pattern() == SchedulePattern.MASTER_SIDE;
    this.isMaster = masterSide && setting.worker().equals(MASTER);
    this.isAssigned = masterSide && !isMaster;
    this.predecessors = new int[n];
    boolean[] mayBeSkipped = new boolean[n];
    int[] readersHere = new int[n];
    List<Set<String>> readersElsewhere = new ArrayList<>(n);
    boolean decides = false;
    boolean loops = false;
    for (Node node : graph.nodes()) {
      readersElsewhere.add(null);
      mayBeSkipped[node.id()] = mayBeSkipped(node, mayBeSkipped);
      String worker = setting.workerOf().apply(node);
      boolean isHere = worker.equals(setting.worker());
      here[node.id()] = isHere;
      for (int read : NodeCode.reads(node.operation())) {
        if (isHere) {
          readersHere[read]++;
        } else {
          Set<String> elsewhere = readersElsewhere.get(read);
          if (elsewhere == null) {
            elsewhere = new LinkedHashSet<>();
            readersElsewhere.set(read, elsewhere);
          }
          elsewhere.add(worker);
        }
      }
      if (isHere) {
        decides |= node.operation() instanceof Operation.Choose;
        loops |= node.operation() instanceof Operation.Loop;
      }
      if (isAssigned) {
        predecessors[node.id()] = 1; // the assignment
        if (isHere) {
          remoteEdgeIndex.put(key(node.id(), node.id()), remoteEdgeIndex.size());
        }
      } else if (isMaster) {
        predecessors[node.id()] = graph.incoming(node).size();
      } else if (isHere) {
        predecessors[node.id()] = graph.incoming(node).size();
        for (Edge edge : graph.incoming(node)) {
          if (!setting.workerOf().apply(edge.from()).equals(setting.worker())) {
            remoteEdgeIndex.put(key(edge.from().id(), node.id()), remoteEdgeIndex.size());
          }
        }
      }
    }
    this.remoteEdges = remoteEdgeIndex.size();
    int own = 0;
    for (Node node : graph.nodes()) {
      own += counts(node) ? 1 : 0;
    }
    this.functions = own;
    this.hasDecisions = decides || loops;
    this.hasLoops = loops;
    boolean shared = false;
    for (int i = 0; i < n; i++) {
      shared |= readersHere[i] > 1;
    }
    this.sharedReaders = shared ? new int[n] : null;
    for (Node node : graph.nodes()) {
      int id = node.id();
      if (sharedReaders != null && readersHere[id] > 1) {
        sharedReaders[id] = readersHere[id];
      }
      if (here[id] || isMaster) {
        Set<String> elsewhere = readersElsewhere.get(id);
        nodes[id] = new NodeCode(
            this,
            node,
            mayBeSkipped[id] && !isAssigned,
            readersHere[id] > 0,
            elsewhere == null || !here[id] ? 0 : elsewhere.size(),
            setting);
      }
    }
    for (NodeCode code : nodes) {
      if (code != null) {
        code.link(this);
      }
    }
  }

  static Program of(FunctionGraph graph, Setting setting) {
    return new Program(graph, setting);
  }

  /**
   * Whether the node is part of this worker's share of the progress. A master counts what it assigns,
   * but for loops, whose instances only their worker knows.
   */
  boolean counts(Node node) {
    boolean isLoop = node.operation() instanceof Operation.Loop;
    return !node.operation().isVirtual()
        && (isMaster ? !isLoop : here[node.id()] && (isLoop || !isAssigned));
  }

  /** A node can be skipped if each edge that could make it run may turn out dead. */
  private boolean mayBeSkipped(Node node, boolean[] known) {
    boolean controlled = false;
    for (Edge edge : graph.incoming(node)) {
      if (edge.control()) {
        controlled = true;
        if (edge.choices().isEmpty() && !known[edge.from().id()]) {
          return false;
        }
      }
    }
    return controlled;
  }

  private static long key(int from, int to) {
    return ((long) from << 32) | to;
  }

  /** The index of an edge from another worker; -1 if there is none here. */
  int remoteEdge(int from, int to) {
    return remoteEdgeIndex.getOrDefault(key(from, to), -1);
  }

  /** The code of a node that is known to be here. */
  NodeCode code(int id) {
    NodeCode code = nodes[id];
    if (code == null) {
      throw new IllegalStateException(graph.nodes().get(id) + " is on another worker");
    }
    return code;
  }
}
