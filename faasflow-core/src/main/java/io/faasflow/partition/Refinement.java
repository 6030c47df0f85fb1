package io.faasflow.partition;

import java.util.Arrays;

/**
 * Makes the bytes between workers fewer by moving vertices one by one (C. M. Fiduccia and R. M.
 * Mattheyses, A linear-time heuristic for improving network partitions, 1982, for any number of
 * workers), and by exchanging two where there is no room to move. Keeps all limits. Not thread-safe.
 */
final class Refinement {
  private static final int PASSES = 2;

  /** After how many moves that saved nothing a pass ends: at least so many. */
  private static final int LEAST_PATIENCE = 16;

  /** How many partners are looked at for one vertex, and for all, for each vertex. */
  private static final int EXCHANGE_SCAN = 128;

  private static final int EXCHANGES_A_VERTEX = 2;

  /** A vertex with more neighbours is not looked at again each time that one of them moves. */
  private static final int HUB = 64;

  private final Packing packing;
  private final DataGraph graph;
  private final int k;

  // Vertices that may move, those that save most first; entries may be out of date.
  private long[] gains;
  private int[] vertices;
  private int count;

  private final boolean[] locked;
  private final int[] moved;
  private final int[] origin;

  private int bestWorker; // results of bestMove
  private long bestGain;

  private Refinement(Packing packing) {
    this.packing = packing;
    graph = packing.graph;
    k = packing.workerCount();
    gains = new long[64];
    vertices = new int[64];
    locked = new boolean[graph.size];
    moved = new int[graph.size];
    origin = new int[graph.size];
  }

  /** Improves a packing that keeps all limits. Near-linear in the graph. */
  static void refine(Packing packing) {
    if (packing.workerCount() == 1) {
      return;
    }
    Refinement refinement = new Refinement(packing);
    for (int pass = 0; pass < PASSES; pass++) {
      long gain = refinement.movePass();
      gain += refinement.exchangePass();
      if (gain <= 0) {
        return;
      }
    }
  }

  /** Where a vertex saves most bytes, or loses fewest, of the workers with room that it touches. */
  private boolean bestMove(int v) {
    int own = packing.worker[v];
    long[] shared = packing.sharedBytes(v);
    bestWorker = Packing.NOWHERE;
    for (int e = graph.first[v]; e < graph.first[v + 1]; e++) {
      int w = packing.worker[graph.near[e]];
      if (w != own && w != bestWorker) {
        long gain = shared[w] - shared[own];
        boolean better = bestWorker == Packing.NOWHERE
            || gain > bestGain
            || (gain == bestGain && w < bestWorker);
        if (better && packing.fits(v, w)) {
          bestWorker = w;
          bestGain = gain;
        }
      }
    }
    packing.clearShared(v);
    return bestWorker != Packing.NOWHERE;
  }

  /** Moves each vertex at most once, then takes back what came after the best moment. */
  private long movePass() {
    Arrays.fill(locked, false);
    count = 0;
    for (int v = 0; v < graph.size; v++) {
      if (bestMove(v)) {
        add(bestGain, v);
      }
    }
    int patience = Math.max(LEAST_PATIENCE, Math.min(graph.size / 8, 2_000));
    int moves = 0;
    int kept = 0;
    long sum = 0;
    long best = 0;
    while (count > 0 && moves - kept < patience) {
      long promised = gains[0];
      int v = removeFirst();
      if (locked[v] || !bestMove(v)) {
        continue;
      }
      if (bestGain < promised) {
        add(bestGain, v);
        continue;
      }
      locked[v] = true;
      origin[moves] = packing.worker[v];
      moved[moves++] = v;
      packing.move(v, bestWorker);
      sum += bestGain;
      if (sum > best) {
        best = sum;
        kept = moves;
      }
      for (int e = graph.first[v]; e < graph.first[v + 1]; e++) {
        int other = graph.near[e];
        // A hub would be looked at again after each of its neighbours' moves: it is when it comes
        // up.
        if (!locked[other]
            && graph.first[other + 1] - graph.first[other] <= HUB
            && bestMove(other)) {
          add(bestGain, other);
        }
      }
    }
    while (moves > kept) {
      moves--;
      packing.move(moved[moves], origin[moves]);
    }
    return best;
  }

  /** Exchanges vertices that would save bytes elsewhere, but find no room, with such that are there. */
  private long exchangePass() {
    long saved = 0;
    int[] byWorker = new int[graph.size];
    int[] place = new int[graph.size]; // in byWorker
    int[] start = null;
    int patience = EXCHANGES_A_VERTEX * graph.size;
    for (int v = 0; v < graph.size && patience > 0; v++) {
      if (graph.first[v + 1] - graph.first[v] > HUB) {
        continue;
      }
      int wanted = wanted(v);
      if (wanted == Packing.NOWHERE || packing.fits(v, wanted)) {
        continue;
      }
      if (start == null) {
        start = sortByWorker(byWorker, place);
      }
      int scanned = 0;
      for (int i = start[wanted]; i < start[wanted + 1] && scanned < EXCHANGE_SCAN; i++) {
        int u = byWorker[i];
        if (graph.first[u + 1] - graph.first[u] > HUB) {
          continue;
        }
        scanned++;
        patience--;
        long gain = exchange(v, u);
        if (gain > 0) {
          saved += gain;
          byWorker[place[v]] = u;
          byWorker[i] = v;
          place[u] = place[v];
          place[v] = i;
          break;
        }
      }
    }
    return saved;
  }

  /** The worker on which a vertex would save most bytes if it had room. */
  private int wanted(int v) {
    int own = packing.worker[v];
    int best = own;
    long[] shared = packing.sharedBytes(v);
    for (int e = graph.first[v]; e < graph.first[v + 1]; e++) {
      int w = packing.worker[graph.near[e]];
      if (shared[w] > shared[best]) {
        best = w;
      }
    }
    packing.clearShared(v);
    return best == own ? Packing.NOWHERE : best;
  }

  /** Exchanges two vertices if that saves bytes and fits; returns how many bytes. */
  private long exchange(int v, int u) {
    int own = packing.worker[v];
    int other = packing.worker[u];
    long before = packing.shared(v, own) + packing.shared(u, other);
    if (packing.shared(v, other) + packing.shared(u, own) <= before) {
      return 0; // and less than that if they share data with each other
    }
    packing.remove(v);
    packing.remove(u);
    long after = packing.shared(v, other) + packing.shared(u, own);
    long gain = after - before;
    if (gain > 0 && packing.fits(v, other)) {
      packing.place(v, other);
      if (packing.fits(u, own)) {
        packing.place(u, own);
        return gain;
      }
      packing.remove(v);
    }
    packing.place(v, own);
    packing.place(u, other);
    return 0;
  }

  private int[] sortByWorker(int[] byWorker, int[] place) {
    int[] start = new int[k + 1];
    for (int v = 0; v < graph.size; v++) {
      start[packing.worker[v] + 1]++;
    }
    for (int w = 0; w < k; w++) {
      start[w + 1] += start[w];
    }
    int[] at = Arrays.copyOf(start, k);
    for (int v = 0; v < graph.size; v++) {
      place[v] = at[packing.worker[v]]++;
      byWorker[place[v]] = v;
    }
    return start;
  }

  // A binary heap: the greatest gain first; of equal ones, the lower vertex.

  private boolean goesBefore(long gain, int v, int at) {
    return gain > gains[at] || (gain == gains[at] && v < vertices[at]);
  }

  private void add(long gain, int v) {
    if (count == gains.length) {
      gains = Arrays.copyOf(gains, 2 * count);
      vertices = Arrays.copyOf(vertices, 2 * count);
    }
    int at = count++;
    while (at > 0 && goesBefore(gain, v, (at - 1) >> 1)) {
      int above = (at - 1) >> 1;
      gains[at] = gains[above];
      vertices[at] = vertices[above];
      at = above;
    }
    gains[at] = gain;
    vertices[at] = v;
  }

  private int removeFirst() {
    int first = vertices[0];
    count--;
    long gain = gains[count];
    int v = vertices[count];
    int at = 0;
    while (2 * at + 1 < count) {
      int below = 2 * at + 1;
      if (below + 1 < count && goesBefore(gains[below + 1], vertices[below + 1], below)) {
        below++;
      }
      if (goesBefore(gain, v, below)) {
        break;
      }
      gains[at] = gains[below];
      vertices[at] = vertices[below];
      at = below;
    }
    gains[at] = gain;
    vertices[at] = v;
    return first;
  }
}
