package io.faasflow.partition;

import io.faasflow.graph.Edge;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import io.faasflow.graph.Operation;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What the nodes and edges of a graph are taken to cost, from what was observed of them and, where
 * nothing was, from what is declared. Confined to one thread at a time.
 *
 * <p>Each estimate is a 99th percentile. What was observed last stands until there is something newer:
 * the branch that a switch has not taken for a while does not become what it was declared to be.
 *
 * <p>The weight of an edge is the time that its data takes between workers, in bytes of a network as
 * fast as the {@link CostModel} says, since that is what partitioners understand. Only an edge that
 * crosses workers shows that time. When its ends come together it keeps the last one, in proportion to
 * the size of the data; else it would look cheap as soon as it is local, and be cut, and merged again. An
 * edge that never crossed is taken to be as its source's other edges, and if none of these crossed takes
 * the mean pace of all that did.
 *
 * <p>What an edge carries is a share of what its source gives: the declared one until it is seen. The
 * same share is used whether the edge crosses or not, else it too would look cheap as soon as it is local.
 *
 * <p>Where a worker has a quota for data, weights are plain sizes: the quota counts bytes.
 */
final class Estimates {
  /**
   * How many bytes the cost model's pace counts against what crossed: a few small values, which are
   * mostly overhead, say nothing about large ones.
   */
  private static final double PRIOR_BYTES = 1_000_000;

  /** In what share of runs an edge must cross, so that its sizes can be compared with its source's. */
  private static final double OFTEN = 0.5;

  private static final double NANOS_A_SECOND = 1e9;
  private static final double UNKNOWN = Double.NaN;

  private final FunctionGraph graph;
  private final Observations seen;
  private final double bytesPerNano; // of the cost model's network
  private final boolean timed; // whether weights are times; else they are sizes

  // What was observed last, if anything was. By node:
  private final double[] runtime;
  private final double[] output;
  private final double[] sourceBytes; // the mean of its edges that crossed
  private final double[] sourceNanos;
  // By the index of an edge:
  private final double[] share; // of its source's output; as declared until it is seen
  private final double[] crossedBytes;
  private final double[] crossedNanos; // in the same reads

  private double pace; // nanoseconds a byte, where an edge has no time of its own

  Estimates(FunctionGraph graph, Observations seen, CostModel costs, List<WorkerSpec> workers) {
    this.graph = graph;
    this.seen = seen;
    bytesPerNano = costs.networkBytesPerSecond() / NANOS_A_SECOND;
    pace = 1 / bytesPerNano;
    timed = workers.stream().allMatch(w -> w.dataQuotaBytes() == WorkerSpec.UNLIMITED_BYTES);
    int nodes = graph.nodes().size();
    int edges = graph.edges().size();
    runtime = unknown(nodes);
    output = unknown(nodes);
    sourceBytes = unknown(nodes);
    sourceNanos = unknown(nodes);
    share = declaredShares(graph);
    crossedBytes = unknown(edges);
    crossedNanos = unknown(edges);
  }

  /** What an edge carries of all that its source gives; all of it where that is not declared. */
  private static double[] declaredShares(FunctionGraph graph) {
    double[] shares = new double[graph.edges().size()];
    int e = 0;
    for (Node node : graph.nodes()) {
      List<Edge> edges = graph.outgoing(node);
      long whole = Math.max(
          node.outputBytes(), edges.stream().mapToLong(Edge::bytes).max().orElse(0));
      for (Edge edge : edges) {
        shares[e++] = edge.bytes() > 0 ? (double) edge.bytes() / whole : 1;
      }
    }
    return shares;
  }

  private static double[] unknown(int length) {
    double[] values = new double[length];
    Arrays.fill(values, UNKNOWN);
    return values;
  }

  /** Takes notice of what was observed since the last time. */
  void update() {
    for (int id = 0; id < runtime.length; id++) {
      runtime[id] = newest(seen.runtimeNanos(id, Observed.Window.BOTH), runtime[id]);
      output[id] = newest(seen.outputBytes(id, Observed.Window.BOTH), output[id]);
    }
    double allBytes = PRIOR_BYTES;
    double allNanos = PRIOR_BYTES / bytesPerNano;
    int e = 0;
    for (Node node : graph.nodes()) {
      int id = node.id();
      int crossed = 0;
      double bytes = 0;
      double nanos = 0;
      for (int last = e + graph.outgoing(node).size(); e < last; e++) {
        share[e] = share(id, e);
        crossedBytes[e] = newest(seen.crossedBytes(e, Observed.Window.BOTH), crossedBytes[e]);
        crossedNanos[e] = newest(seen.crossedNanos(e, Observed.Window.BOTH), crossedNanos[e]);
        if (isKnown(crossedBytes[e]) && isKnown(crossedNanos[e])) {
          crossed++;
          bytes += crossedBytes[e];
          nanos += crossedNanos[e];
        }
      }
      sourceBytes[id] = bytes / crossed; // of no edges: unknown
      sourceNanos[id] = nanos / crossed;
      allBytes += bytes;
      allNanos += nanos;
    }
    pace = allNanos / allBytes;
  }

  /**
   * The share that an edge is seen to carry. Both sizes must be of the same runs; of an edge that
   * crossed in few of them, as while the last runs of an older plan end, the largest value says little.
   */
  private double share(int source, int edge) {
    OptionalDouble given = seen.outputBytes(source, Observed.Window.NEWER);
    OptionalDouble crossed = seen.crossedBytes(edge, Observed.Window.NEWER);
    boolean often = seen.crossed(edge) >= OFTEN * seen.gave(source);
    return often && crossed.isPresent() && given.isPresent() && given.getAsDouble() > 0
        ? Math.min(1, crossed.getAsDouble() / given.getAsDouble())
        : share[edge];
  }

  private static double newest(OptionalDouble now, double last) {
    return now.isPresent() ? now.getAsDouble() : last;
  }

  private static boolean isKnown(double value) {
    return !Double.isNaN(value);
  }

  /** The graph as it looked in a window; what was not observed in it is as it was last. */
  FunctionGraph graph(Observed.Window window) {
    Sizes sizes = new Sizes(window);
    long[] weights = new long[sizes.edges.length];
    for (int e = 0; e < weights.length; e++) {
      double weight = timed ? nanos(e, sizes.edges[e], window) * bytesPerNano : sizes.edges[e];
      // Data is data, however fast it goes: an edge without bytes is only a message.
      weights[e] = sizes.edges[e] > 0 ? Math.max(1, Math.round(weight)) : 0;
    }
    int[] next = new int[1]; // edges are asked for in their order
    return graph.withEstimates(
        node -> {
          double nanos = newest(seen.runtimeNanos(node.id(), window), runtime[node.id()]);
          return isKnown(nanos) ? Duration.ofNanos(Math.round(nanos)) : node.runtime();
        },
        node -> Math.round(sizes.nodes[node.id()]),
        edge -> weights[next[0]++]);
  }

  /** The time that an edge's data takes, or would take, between workers. */
  private double nanos(int edge, double bytes, Observed.Window window) {
    OptionalDouble now = seen.crossedNanos(edge, window);
    if (now.isPresent()) {
      return now.getAsDouble();
    }
    boolean own = isKnown(crossedNanos[edge]) && isKnown(crossedBytes[edge]);
    int source = graph.edges().get(edge).from().id();
    double then = own ? crossedNanos[edge] : sourceNanos[source];
    double sizeThen = own ? crossedBytes[edge] : sourceBytes[source];
    if (!isKnown(then) || !isKnown(sizeThen)) {
      return bytes * pace;
    }
    // Less data takes less time. For more, the pace of a small value would count its overhead again
    // and again.
    return bytes < sizeThen ? then * (bytes / sizeThen) : then + (bytes - sizeThen) * pace;
  }

  /** The sizes of what nodes give and edges carry. */
  private final class Sizes {
    final double[] nodes = new double[graph.nodes().size()];
    final double[] edges = new double[graph.edges().size()];
    private final Observed.Window window;

    Sizes(Observed.Window window) {
      this.window = window;
      double[] arriving = new double[nodes.length]; // all that a node reads
      double[] largest = new double[nodes.length]; // the most that it reads from one
      boolean[] changed = new boolean[nodes.length]; // whether any of it is not as declared
      int e = 0;
      for (Node node : graph.nodes()) {
        int id = node.id();
        double given = newest(seen.outputBytes(id, window), output[id]);
        boolean known = isKnown(given);
        nodes[id] = known ? given : node.outputBytes();
        if (!known && changed[id] && node.operation() instanceof Operation.Join) {
          known = true;
          nodes[id] = arriving[id];
        } else if (!known && changed[id] && node.operation() instanceof Operation.Merge) {
          known = true;
          nodes[id] = largest[id];
        }
        for (Edge edge : graph.outgoing(node)) {
          edges[e] = size(e, edge, known ? nodes[id] : UNKNOWN);
          int to = edge.to().id();
          arriving[to] += edges[e];
          largest[to] = Math.max(largest[to], edges[e]);
          changed[to] |= edges[e] != edge.bytes();
          e++;
        }
      }
    }

    private double size(int e, Edge edge, double given) {
      if (!edge.data()) {
        return 0;
      }
      if (isKnown(given)) {
        return given * share[e];
      }
      double crossed = newest(seen.crossedBytes(e, window), crossedBytes[e]);
      return isKnown(crossed) ? crossed : edge.bytes();
    }
  }
}
