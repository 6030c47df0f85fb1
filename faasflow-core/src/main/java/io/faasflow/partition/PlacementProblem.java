package io.faasflow.partition;

import io.faasflow.graph.Edge;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import io.faasflow.graph.Operation;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A graph, workers and costs as arrays, for code that looks at each edge many times. Immutable after
 * construction; nodes are their ids, workers their places in the list.
 *
 * <p>Bytes count on an edge when a task of the graph made the data and a task of the graph will read
 * it, through virtual nodes or directly. What the run is given and what it gives does not count: it
 * comes from and goes to the outside, wherever that is.
 */
final class PlacementProblem {
  /** What a task takes that declares no CPUs. */
  private static final double UNDECLARED_CPUS = 1;

  private static final double MILLI = 1000;

  final FunctionGraph graph;
  final List<WorkerSpec> workers;
  final CostModel costs;
  final int nodes;

  // By node.
  final boolean[] virtual;
  final double[] runtime; // seconds of one instance
  final int[] instances; // 1 or more
  final int[] atOnce; // 1 or more
  final int[] milliCpus;
  final double[] declaredCpus;
  final long[] slots;
  final long[] memory;
  final int[] rank; // 0 for the node from which the way to the end is longest; topological
  final int[] byRank;
  final double[] toEnd; // seconds from a node's beginning to the end of the run, at least

  // Edges: leaving ones by source, entering ones by target.
  final int[] firstOut;
  final int[] to;
  final long[] outBytes;
  final int[] firstIn;
  final int[] from;
  final long[] inBytes;
  final long totalBytes;

  // By worker.
  final int[] workerMilliCpus;
  final long[] mostSlots;
  final long[] mostMemory;
  final double[] mostCpus; // that a task may declare
  final long[] mostData; // bytes between its tasks
  final boolean limitsData; // whether any worker does
  final double latency; // seconds of a message

  PlacementProblem(FunctionGraph graph, List<WorkerSpec> workers, CostModel costs) {
    this.graph = graph;
    this.workers = checked(workers);
    this.costs = costs;
    latency = CostModel.seconds(costs.messageLatency());
    nodes = graph.nodes().size();
    virtual = new boolean[nodes];
    runtime = new double[nodes];
    instances = new int[nodes];
    atOnce = new int[nodes];
    milliCpus = new int[nodes];
    declaredCpus = new double[nodes];
    slots = new long[nodes];
    memory = new long[nodes];
    for (Node node : graph.nodes()) {
      describe(node);
    }
    int edges = graph.edges().size();
    firstOut = new int[nodes + 1];
    to = new int[edges];
    outBytes = new long[edges];
    firstIn = new int[nodes + 1];
    from = new int[edges];
    inBytes = new long[edges];
    boolean[] feeds = feedsATask();
    long most = Long.MAX_VALUE / (2L * Math.max(1, edges)); // so that no sum overflows
    int out = 0;
    int in = 0;
    long total = 0;
    for (Node node : graph.nodes()) {
      for (Edge edge : graph.outgoing(node)) {
        to[out] = edge.to().id();
        outBytes[out] = Math.min(most, counted(edge, feeds));
        total += outBytes[out++];
      }
      firstOut[node.id() + 1] = out;
      for (Edge edge : graph.incoming(node)) {
        from[in] = edge.from().id();
        inBytes[in++] = Math.min(most, counted(edge, feeds));
      }
      firstIn[node.id() + 1] = in;
    }
    totalBytes = total;
    int k = workers.size();
    workerMilliCpus = new int[k];
    mostSlots = new long[k];
    mostMemory = new long[k];
    mostCpus = new double[k];
    mostData = new long[k];
    boolean anyLimit = false;
    for (int w = 0; w < k; w++) {
      WorkerSpec worker = workers.get(w);
      workerMilliCpus[w] =
          milli(Double.isInfinite(worker.cpus()) ? costs.assumedCpus() : worker.cpus());
      mostSlots[w] = Packing.limit(worker.slots());
      mostMemory[w] = worker.memoryBytes();
      mostCpus[w] = worker.cpus();
      mostData[w] = worker.dataQuotaBytes();
      anyLimit |= mostData[w] != WorkerSpec.UNLIMITED_BYTES;
    }
    limitsData = anyLimit;
    toEnd = secondsToEnd();
    // Of equally long ways the lower id goes first, and ids are topological.
    byRank = BestFit.descending(toEnd);
    rank = new int[nodes];
    for (int i = 0; i < nodes; i++) {
      rank[byRank[i]] = i;
    }
  }

  private static List<WorkerSpec> checked(List<WorkerSpec> workers) {
    if (workers.isEmpty()) {
      throw new IllegalArgumentException("There must be at least 1 worker");
    }
    Set<String> names = new HashSet<>();
    for (WorkerSpec worker : workers) {
      if (!names.add(worker.name())) {
        throw new IllegalArgumentException("Two workers are named '" + worker.name() + "'");
      }
    }
    return List.copyOf(workers);
  }

  private void describe(Node node) {
    int id = node.id();
    virtual[id] = node.operation().isVirtual();
    instances[id] = 1;
    atOnce[id] = 1;
    milliCpus[id] = milli(UNDECLARED_CPUS);
    slots[id] = node.resources().slots();
    memory[id] = node.resources().memoryBytes();
    if (virtual[id]) {
      return; // it takes room only if it declares some, and never runs
    }
    runtime[id] = CostModel.seconds(node.runtime());
    declaredCpus[id] = node.resources().cpus();
    if (declaredCpus[id] > 0) {
      milliCpus[id] = milli(declaredCpus[id]);
    }
    if (node.operation() instanceof Operation.Loop loop) {
      instances[id] = Math.max(1, loop.expectedInstances());
      atOnce[id] = Math.max(1, Math.min(loop.concurrency(), instances[id]));
    }
  }

  private static int milli(double cpus) {
    return (int) Math.max(1, Math.min(Integer.MAX_VALUE / 2.0, cpus * MILLI));
  }

  /** Whether what is sent to a node reaches a task, by node. */
  private boolean[] feedsATask() {
    boolean[] feeds = new boolean[nodes];
    for (int id = nodes - 1; id >= 0; id--) {
      Node node = graph.nodes().get(id);
      feeds[id] = !virtual[id];
      for (Edge edge : graph.outgoing(node)) {
        feeds[id] |= edge.bytes() > 0 && feeds[edge.to().id()];
      }
    }
    return feeds;
  }

  private static long counted(Edge edge, boolean[] feeds) {
    boolean outside = edge.from().operation() instanceof Operation.Start;
    return outside || !feeds[edge.to().id()] ? 0 : edge.bytes();
  }

  private double[] secondsToEnd() {
    double[] seconds = new double[nodes];
    for (int id = nodes - 1; id >= 0; id--) {
      double longest = 0;
      for (int e = firstOut[id]; e < firstOut[id + 1]; e++) {
        longest = Math.max(longest, transfer(outBytes[e]) + seconds[to[e]]);
      }
      int waves = (instances[id] - 1) / atOnce[id] + 1;
      seconds[id] = longest + runtime[id] * waves;
    }
    return seconds;
  }

  /** Nodes and edges, which is what looking at all of it costs. */
  int size() {
    return nodes + to.length;
  }

  /** Seconds that data takes within a worker. */
  double local(long bytes) {
    return bytes / costs.memoryBytesPerSecond();
  }

  /** Seconds that data takes between workers, without the message's own time. */
  double remote(long bytes) {
    return bytes / costs.networkBytesPerSecond();
  }

  /** Seconds that data takes on the faster way. */
  double transfer(long bytes) {
    return Math.min(local(bytes), latency + remote(bytes));
  }

  /** How many instances of a node run at a time on a worker. */
  private int width(int node, int worker) {
    return Math.max(1, Math.min(atOnce[node], workerMilliCpus[worker] / milliCpus[node]));
  }

  /** The CPUs that a node takes of a worker while it runs. */
  int taken(int node, int worker) {
    return (int) Math.min(workerMilliCpus[worker], (long) width(node, worker) * milliCpus[node]);
  }

  /** The seconds that a node runs on a worker that does nothing else. */
  double seconds(int node, int worker) {
    int waves = (instances[node] - 1) / width(node, worker) + 1;
    return runtime[node] * waves;
  }

  /** CPU seconds of all instances of a node. */
  double work(int node) {
    return runtime[node] * instances[node] * (milliCpus[node] / MILLI);
  }

  double cpus(int worker) {
    return workerMilliCpus[worker] / MILLI;
  }

  /**
   * The longest way through the graph when nothing waits for a CPU and a message takes no time; each
   * node counts one instance. A worker of -1 everywhere means that all share one.
   */
  double longestWay(int[] worker) {
    double[] finish = new double[nodes];
    double longest = 0;
    for (int id = 0; id < nodes; id++) {
      double ready = 0;
      for (int e = firstIn[id]; e < firstIn[id + 1]; e++) {
        double transfer = worker[from[e]] == worker[id] ? local(inBytes[e]) : remote(inBytes[e]);
        ready = Math.max(ready, finish[from[e]] + transfer);
      }
      finish[id] = ready + runtime[id];
      longest = Math.max(longest, finish[id]);
    }
    return longest;
  }

  /** Bytes on edges whose ends are on different workers. */
  long crossBytes(int[] worker) {
    long bytes = 0;
    for (int id = 0; id < nodes; id++) {
      for (int e = firstOut[id]; e < firstOut[id + 1]; e++) {
        bytes += worker[id] == worker[to[e]] ? 0 : outBytes[e];
      }
    }
    return bytes;
  }

  /** Edges whose ends are on different workers. */
  int crossEdges(int[] worker) {
    int edges = 0;
    for (int id = 0; id < nodes; id++) {
      for (int e = firstOut[id]; e < firstOut[id + 1]; e++) {
        edges += worker[id] == worker[to[e]] ? 0 : 1;
      }
    }
    return edges;
  }

  PartitionPlan plan(String partitioner, int[] worker) {
    List<String> names =
        Arrays.stream(worker).mapToObj(w -> workers.get(w).name()).toList();
    return PartitionPlan.of(partitioner, graph, workers, costs, names);
  }
}
