package io.faasflow.partition;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Places in two levels (after B. Hendrickson and R. Leland, A multilevel algorithm for partitioning
 * graphs, 1995): vertices that share much become one as long as they fit a worker; the few that are
 * left are placed, and moved; then they are taken apart, and the moves that have become possible are
 * made. Stateless.
 *
 * <p>Vertices become one along edges, the heaviest edge first (as in Kruskal's spanning trees) rather
 * than in pairs: stars, which workflows are full of, would lose one leaf a level.
 */
final class Coarsening {
  private Coarsening() {}

  /**
   * Places all vertices.
   *
   * @param mostWork how much work for each of its CPUs a worker may get
   * @return null if it found no way to keep the limits
   */
  static @Nullable Packing place(DataGraph graph, PlacementProblem problem, double mostWork) {
    int[] group = merge(graph, problem, mostWork);
    Packing coarse = pack(graph.contract(group, Groups.count(group)), problem, mostWork);
    Packing fine;
    if (coarse == null) {
      fine = pack(graph, problem, mostWork); // single vertices may fit where groups do not
    } else {
      Refinement.refine(coarse);
      int[] worker = new int[graph.size];
      Arrays.setAll(worker, v -> coarse.worker[group[v]]);
      fine = Packing.of(graph, problem, mostWork, worker);
    }
    if (fine != null) {
      Refinement.refine(fine);
    }
    return fine;
  }

  private static @Nullable Packing pack(
      DataGraph graph, PlacementProblem problem, double mostWork) {
    Packing near = new Packing(graph, problem, mostWork);
    if (BestFit.packNear(near)) {
      return near;
    }
    Packing simple = new Packing(graph, problem, mostWork);
    return BestFit.pack(simple) ? simple : null;
  }

  private static int[] merge(DataGraph graph, PlacementProblem problem, double mostWork) {
    long mostSlots = 0;
    long mostMemory = 0;
    long mostData = 0;
    double workLimit = 0;
    for (int w = 0; w < problem.workers.size(); w++) {
      workLimit = Math.max(workLimit, mostWork * problem.cpus(w));
      mostSlots = Math.max(mostSlots, problem.mostSlots[w]);
      mostMemory = Math.max(mostMemory, problem.mostMemory[w]);
      mostData = Math.max(mostData, problem.mostData[w]);
    }
    int edges = 0;
    int[] a = new int[graph.near.length / 2];
    int[] b = new int[a.length];
    long[] bytes = new long[a.length];
    double[] value = new double[a.length];
    for (int v = 0; v < graph.size; v++) {
      for (int e = graph.first[v]; e < graph.first[v + 1]; e++) {
        int u = graph.near[e];
        if (u < v) {
          a[edges] = u;
          b[edges] = v;
          bytes[edges] = graph.bytes[e];
          value[edges] = graph.bytes[e];
          edges++;
        }
      }
    }
    long[] slots = graph.slots.clone();
    long[] memory = graph.memory.clone();
    long[] inner = graph.inner.clone();
    double[] work = graph.work.clone();
    boolean limitsData = mostData != WorkerSpec.UNLIMITED_BYTES;
    Groups groups = new Groups(graph.size);
    for (int edge : BestFit.descending(Arrays.copyOf(value, edges))) {
      int x = groups.find(a[edge]);
      int y = groups.find(b[edge]);
      if (x == y) {
        inner[x] += limitsData ? bytes[edge] : 0;
      } else if (slots[x] + slots[y] <= mostSlots
          && memory[x] <= mostMemory - memory[y]
          && work[x] + work[y] <= workLimit
          && (!limitsData || inner[x] + inner[y] + bytes[edge] <= mostData)) {
        int both = groups.unite(x, y);
        int gone = both == x ? y : x;
        slots[both] += slots[gone];
        memory[both] += memory[gone];
        work[both] += work[gone];
        inner[both] += inner[gone] + (limitsData ? bytes[edge] : 0);
      }
    }
    return groups.numbered();
  }
}
