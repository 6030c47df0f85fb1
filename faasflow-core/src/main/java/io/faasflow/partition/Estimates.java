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
 * edge that never crossed takes the mean pace of those that did.
 *
 * <p>Where a worker has a quota for data, weights are plain sizes: the quota counts bytes.
 */
final class Estimates {
  /**
   * How many bytes the cost model's pace counts against what crossed: a few small values, which are
   * mostly overhead, say nothing about large ones.
   */
  private static final double PRIOR_BYTES = 1_000_000;

  private static final double NANOS_A_SECOND = 1e9;
  private static final double UNKNOWN = Double.NaN;

  private final FunctionGraph graph;
  private final Observations seen;
  private final double bytesPerNano; // of the cost model's network
  private final boolean timed; // whether weights are times; else they are sizes
  private final double[] declaredWhole; // the declared output, by node, as its readers count it

  // What was observed last, if anything was. By node:
  private final double[] runtime;
  private final double[] output;
  // By the index of an edge:
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
    declaredWhole = new double[nodes];
    for (Node node : graph.nodes()) {
      declaredWhole[node.id()] = declaredWhole(node);
    }
    runtime = unknown(nodes);
    output = unknown(nodes);
    crossedBytes = unknown(edges);
    crossedNanos = unknown(edges);
  }

  private double declaredWhole(Node node) {
    double whole = node.outputBytes();
    if (node.operation() instanceof Operation.Run run) {
      double parts = run.task().outputs().values().stream()
          .mapToDouble(size -> (double) size.orElse(0))
          .sum();
      whole = Math.max(whole, parts);
    }
    for (Edge edge : graph.outgoing(node)) {
      whole = Math.max(whole, (double) edge.bytes());
    }
    return whole;
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
    double bytes = PRIOR_BYTES;
    double nanos = PRIOR_BYTES / bytesPerNano;
    for (int e = 0; e < crossedBytes.length; e++) {
      crossedBytes[e] = newest(seen.crossedBytes(e, Observed.Window.BOTH), crossedBytes[e]);
      crossedNanos[e] = newest(seen.crossedNanos(e, Observed.Window.BOTH), crossedNanos[e]);
      if (isKnown(crossedBytes[e]) && isKnown(crossedNanos[e])) {
        bytes += crossedBytes[e];
        nanos += crossedNanos[e];
      }
    }
    pace = nanos / bytes;
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
    double then = crossedNanos[edge];
    double sizeThen = crossedBytes[edge];
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
          edges[e] = size(e, edge, known);
          int to = edge.to().id();
          arriving[to] += edges[e];
          largest[to] = Math.max(largest[to], edges[e]);
          changed[to] |= edges[e] != edge.bytes();
          e++;
        }
      }
    }

    private double size(int e, Edge edge, boolean sourceKnown) {
      if (!edge.data()) {
        return 0;
      }
      double whole = declaredWhole[edge.from().id()];
      double given = nodes[edge.from().id()];
      if (sourceKnown) {
        // What reads a part is taken to read the share of it that was declared.
        return edge.bytes() > 0 ? given * (edge.bytes() / whole) : given;
      }
      double crossed = newest(seen.crossedBytes(e, window), crossedBytes[e]);
      return isKnown(crossed) ? crossed : edge.bytes();
    }
  }
}
