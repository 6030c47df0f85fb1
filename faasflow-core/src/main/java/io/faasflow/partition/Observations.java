package io.faasflow.partition;

import io.faasflow.graph.Edge;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * What was observed of the nodes and edges of one graph. Recording is thread-safe; windows are ended by
 * one thread at a time. What nobody observed takes one reference.
 */
final class Observations {
  private final FunctionGraph graph;
  private final AtomicReferenceArray<@Nullable Observed> runtimes; // nanoseconds, by node
  private final AtomicReferenceArray<@Nullable Observed> outputs; // bytes, by node
  private final AtomicReferenceArray<@Nullable Observed> sizes; // bytes that crossed, by edge
  private final AtomicReferenceArray<@Nullable Observed> times; // nanoseconds of those, by edge

  // Edges as they are found by their ends: by source, then sorted by target.
  private final int[] first;
  private final int[] target;
  private final int[] edge;

  Observations(FunctionGraph graph) {
    this.graph = graph;
    int nodes = graph.nodes().size();
    int edges = graph.edges().size();
    runtimes = new AtomicReferenceArray<>(nodes);
    outputs = new AtomicReferenceArray<>(nodes);
    sizes = new AtomicReferenceArray<>(edges);
    times = new AtomicReferenceArray<>(edges);
    first = new int[nodes + 1];
    target = new int[edges];
    edge = new int[edges];
    int at = 0;
    for (Node node : graph.nodes()) {
      long[] keys = new long[graph.outgoing(node).size()];
      int i = 0;
      for (Edge one : graph.outgoing(node)) {
        keys[i] = ((long) one.to().id() << 32) | (at + i);
        i++;
      }
      Arrays.sort(keys);
      for (long key : keys) {
        target[at] = (int) (key >> 32);
        edge[at++] = (int) key;
      }
      first[node.id() + 1] = at;
    }
  }

  void ran(int node, long nanos) {
    of(runtimes, checked(node)).add(nanos);
  }

  void gave(int node, long bytes) {
    of(outputs, checked(node)).add(bytes);
  }

  void transferred(int from, int to, long bytes, long nanos) {
    checked(to);
    int at = Arrays.binarySearch(target, first[checked(from)], first[from + 1], to);
    if (at >= 0) {
      of(sizes, edge[at]).add(bytes);
      of(times, edge[at]).add(nanos);
    }
  }

  private int checked(int node) {
    if (node < 0 || node >= graph.nodes().size()) {
      throw new IllegalArgumentException("There is no node " + node + " in the " + graph);
    }
    return node;
  }

  private static Observed of(AtomicReferenceArray<@Nullable Observed> all, int index) {
    Observed known = all.get(index);
    if (known != null) {
      return known;
    }
    Observed made = new Observed();
    Observed other = all.compareAndExchange(index, null, made);
    return other == null ? made : other;
  }

  OptionalDouble runtimeNanos(int node, Observed.Window window) {
    return high(runtimes, node, window);
  }

  OptionalDouble outputBytes(int node, Observed.Window window) {
    return high(outputs, node, window);
  }

  /** By the index of the edge in the graph's list. */
  OptionalDouble crossedBytes(int index, Observed.Window window) {
    return high(sizes, index, window);
  }

  /** By the index of the edge in the graph's list. */
  OptionalDouble crossedNanos(int index, Observed.Window window) {
    return high(times, index, window);
  }

  private static OptionalDouble high(
      AtomicReferenceArray<@Nullable Observed> all, int index, Observed.Window window) {
    Observed known = all.get(index);
    return known == null ? OptionalDouble.empty() : known.high(window);
  }

  /** How many outputs of a node the newer window holds. */
  long gave(int node) {
    return newer(outputs, node);
  }

  /** How many values the newer window holds that crossed on the edge of this index. */
  long crossed(int index) {
    return newer(sizes, index);
  }

  private static long newer(AtomicReferenceArray<@Nullable Observed> all, int index) {
    Observed known = all.get(index);
    return known == null ? 0 : known.newer();
  }

  void endWindow() {
    for (AtomicReferenceArray<@Nullable Observed> all : all()) {
      for (int i = 0; i < all.length(); i++) {
        Observed known = all.get(i);
        if (known != null) {
          known.endWindow();
        }
      }
    }
  }

  /** How many values the windows hold. */
  long count() {
    long count = 0;
    for (AtomicReferenceArray<@Nullable Observed> all : all()) {
      for (int i = 0; i < all.length(); i++) {
        Observed known = all.get(i);
        count += known == null ? 0 : known.count();
      }
    }
    return count;
  }

  /** How many bins all sketches have in use. */
  long bins() {
    long bins = 0;
    for (AtomicReferenceArray<@Nullable Observed> all : all()) {
      for (int i = 0; i < all.length(); i++) {
        Observed known = all.get(i);
        bins += known == null ? 0 : known.bins();
      }
    }
    return bins;
  }

  private List<AtomicReferenceArray<@Nullable Observed>> all() {
    return List.of(runtimes, outputs, sizes, times);
  }
}
