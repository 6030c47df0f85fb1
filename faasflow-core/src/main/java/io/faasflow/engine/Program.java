package io.faasflow.engine;

import io.faasflow.function.FunctionInterceptor;
import io.faasflow.function.FunctionRegistry;
import io.faasflow.graph.Edge;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import io.faasflow.graph.Operation;
import io.faasflow.run.NodeState;
import io.faasflow.run.RunId;
import io.faasflow.store.Composite;
import io.faasflow.store.Output;
import io.faasflow.store.WorkerStore;
import io.faasflow.workflow.Task;
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

  /**
   * An edge that a message tells of.
   *
   * @param index its number among all such edges of the program
   * @param to the node here that it leads to
   * @param choices with which choices it is live; null: with all
   */
  @SuppressWarnings("ArrayRecordComponent") // private to the engine, never compared
  record RemoteEdge(int index, int to, int @Nullable [] choices) {}

  /** How a program is made. */
  record Setting(
      SchedulePattern pattern,
      String worker,
      Function<Node, String> workerOf,
      FunctionRegistry registry,
      @Nullable FunctionInterceptor interceptor,
      ContainedFunctions contained,
      Function<Task<?, ?>, Admission.@Nullable Claim> limits,
      Set<String> unbound,
      @Nullable DataOwner owner) {
    /** The same for the body of a foreach, which is where the foreach is. */
    Setting inLoop() {
      return new Setting(
          SchedulePattern.WORKER_SIDE,
          worker,
          inner -> worker,
          registry,
          interceptor,
          contained,
          limits,
          unbound,
          owner);
    }
  }

  /**
   * Where workers have stores of their own, whose data they keep.
   *
   * @param workflow the workflow's name
   * @param forms the forms of its values
   */
  record DataOwner(String workflow, List<Composite.Form> forms) {}

  final FunctionGraph graph;
  final @Nullable NodeCode[] nodes; // by id; null: not of this program
  final boolean[] here; // by id: whether the node executes here, so that its value is here
  final boolean isMaster; // it also has the nodes that it assigns to others
  final boolean isAssigned; // by a master, which tells of skipped nodes only who reads them
  final int[] predecessors; // how many, by id
  final int @Nullable [] sharedReaders; // how many, by id, where there are several
  final boolean hasDecisions;
  final boolean hasLoops;
  final boolean hasCompensations; // bodies of loops included
  final boolean hasPolicies;
  final @Nullable Output @Nullable [] outputs; // by id; null: workers have no stores of their own
  final int remoteEdges;
  final int functions; // nodes here that run a function
  private final long[] nanosToEnd; // by id, at least
  private final Map<Integer, List<RemoteEdge>> remoteEdgesFrom = new HashMap<>();
  private final Map<Integer, List<Warming.Next>> toWarm = new HashMap<>(); // by id

  private Program(FunctionGraph graph, Setting setting) {
    this.graph = graph;
    int n = graph.nodes().size();
    this.nanosToEnd = nanosToEnd(graph);
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
    int edges = 0;
    for (Node node : graph.nodes()) {
      readersElsewhere.add(null);
      mayBeSkipped[node.id()] = mayBeSkipped(node, mayBeSkipped);
      String worker = setting.workerOf().apply(node);
      boolean isHere = worker.equals(setting.worker());
      here[node.id()] = isHere;
      for (int read : Reads.of(node.operation())) {
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
      if (isHere || isMaster) {
        decides |= node.operation() instanceof Operation.Choose
            || (node.operation() instanceof Operation.Run run && run.hasFallback());
      }
      if (isHere) {
        loops |= node.operation() instanceof Operation.Loop;
      }
      if (isAssigned) {
        predecessors[node.id()] = 1; // the assignment
        if (isHere) {
          edges = addRemoteEdge(node.id(), edges, node.id(), null);
        }
      } else if (isMaster) {
        predecessors[node.id()] = graph.incoming(node).size();
      } else if (isHere) {
        predecessors[node.id()] = graph.incoming(node).size();
        for (Edge edge : graph.incoming(node)) {
          if (!setting.workerOf().apply(edge.from()).equals(setting.worker())) {
            edges = addRemoteEdge(edge.from().id(), edges, node.id(), NodeCode.choices(edge));
          }
        }
      }
    }
    this.remoteEdges = edges;
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
    this.outputs =
        setting.owner() == null ? null : outputs(setting.owner(), readersHere, readersElsewhere);
    this.sharedReaders = shared ? new int[n] : null;
    for (Node node : graph.nodes()) {
      int id = node.id();
      if (sharedReaders != null && readersHere[id] > 1) {
        sharedReaders[id] = readersHere[id];
      }
      if (here[id]) {
        List<Warming.Next> first = setting.contained().atTheBeginning(node, setting);
        if (!first.isEmpty()) {
          toWarm.put(id, first);
        }
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
    boolean policies = false;
    for (NodeCode code : nodes) {
      policies |= code != null && code.policy != null;
    }
    this.hasPolicies = policies;
    Map<Long, Integer> remoteIndex = new HashMap<>();
    remoteEdgesFrom
        .values()
        .forEach(leaving -> leaving.sort((a, b) -> mostUrgentFirst(a.to(), b.to())));
    remoteEdgesFrom.forEach((from, leaving) ->
        leaving.forEach(edge -> remoteIndex.put(NodeCode.key(from, edge.to()), edge.index())));
    boolean undoable = false;
    for (NodeCode code : nodes) {
      undoable |=
          code != null && (code.isUndoable() || (code.body != null && code.body.hasCompensations));
    }
    this.hasCompensations = undoable;
    for (NodeCode code : nodes) {
      if (code != null) {
        code.link(this, remoteIndex);
      }
    }
  }

  /**
   * From the beginning of each node to the end of the graph, by the declared runtimes. Functions count
   * one nanosecond more, so that without runtimes the way with most functions is the longest.
   */
  private static long[] nanosToEnd(FunctionGraph graph) {
    List<Node> nodes = graph.nodes();
    long[] nanos = new long[nodes.size()];
    for (int id = nodes.size() - 1; id >= 0; id--) {
      Node node = nodes.get(id);
      long longest = 0;
      for (Edge edge : graph.outgoing(node)) {
        longest = Math.max(longest, nanos[edge.to().id()]);
      }
      double own = node.operation().isVirtual()
          ? 0
          : 1 + node.runtime().toSeconds() * 1e9 + node.runtime().toNanosPart();
      nanos[id] = (long) (longest + own);
    }
    return nanos;
  }

  /**
   * Compares nodes by how long the run still takes from there, the longest first: what is begun late
   * should be what has time. (List scheduling by the critical path, as in T. C. Hu, Parallel sequencing
   * and assembly line problems, 1961.)
   */
  int mostUrgentFirst(int node, int other) {
    int order = Long.compare(nanosToEnd[other], nanosToEnd[node]);
    return order == 0 ? Integer.compare(node, other) : order;
  }

  private @Nullable Output[] outputs(
      DataOwner owner, int[] readersHere, List<Set<String>> readersElsewhere) {
    @Nullable Output[] all = new Output[readersHere.length];
    for (Node node : graph.nodes()) {
      int id = node.id();
      Set<String> elsewhere = here[id] ? readersElsewhere.get(id) : null;
      // The input belongs to the caller, or to the list that the item is of: no gain in moving it.
      boolean isRead = readersHere[id] > 0 && (id != START || !here[id]);
      if (isRead || elsewhere != null) {
        List<String> workers = elsewhere == null ? List.of() : List.copyOf(elsewhere);
        all[id] =
            new Output(owner.workflow(), id, node.name(), readersHere[id], workers, owner.forms());
      }
    }
    return all;
  }

  /** What this worker has of the workflow's functions, those in loops included. */
  List<WorkerStore.FunctionShare> shares() {
    List<WorkerStore.FunctionShare> all = new ArrayList<>();
    addShares(1, all);
    return all;
  }

  private void addShares(int instances, List<WorkerStore.FunctionShare> all) {
    for (NodeCode code : nodes) {
      if (code == null || !here[code.id]) {
        continue;
      }
      if (code.node.operation() instanceof Operation.Run run && !run.isVirtual()) {
        long memory = run.task().resources().memoryBytes();
        int most = code.limit == null ? instances : Math.min(instances, code.limit.mostAtOnce());
        all.add(new WorkerStore.FunctionShare(run.task().function(), memory, most));
      } else if (code.body != null && code.node.operation() instanceof Operation.Loop loop) {
        long inner =
            (long) instances * Math.max(1, Math.min(loop.expectedInstances(), loop.concurrency()));
        code.body.addShares((int) Math.min(Integer.MAX_VALUE, inner), all);
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

  /** Shows the nodes that count as they are before anything has come here. */
  void showUntouched(Onlooker onlooker) {
    for (Node node : graph.nodes()) {
      if (counts(node)) {
        onlooker.see(node.id(), NodeState.WAITING, 0, Onlooker.UNKNOWN);
      }
    }
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

  private int addRemoteEdge(int from, int index, int to, int @Nullable [] choices) {
    remoteEdgesFrom
        .computeIfAbsent(from, any -> new ArrayList<>())
        .add(new RemoteEdge(index, to, choices));
    return index + 1;
  }

  /** Has the containers ready that a node of the run's own graph begins with, if it is here. */
  void prewarm(int id, RunId run) {
    toWarm.getOrDefault(id, List.of()).forEach(next -> next.prewarm(run, List.of()));
  }

  /** The edges from a node of another worker to nodes here. */
  List<RemoteEdge> remoteEdges(int from) {
    return remoteEdgesFrom.getOrDefault(from, List.of());
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
