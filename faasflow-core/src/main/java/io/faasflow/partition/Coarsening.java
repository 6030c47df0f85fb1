package io.faasflow.partition;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Plans by levels (B. Hendrickson and R. Leland, A multilevel algorithm for partitioning graphs, 1995;
 * G. Karypis and V. Kumar, 1998): vertices that share much become one, again and again, while they fit
 * a worker; the few that are left are placed; then each level is undone and the moves that have become
 * possible are made. Stateless.
 *
 * <p>Vertices become one along edges, the heaviest edge first (as in Kruskal's spanning trees) rather
 * than in pairs: stars, which workflows are full of, would lose one leaf a level.
 */
final class Coarsening {
  /** In what order edges are looked at. */
  enum Rating {
    /** Bytes. */
    HEAVY,
    /** Bytes by the room that the two ends take: keeps groups of like sizes. */
    DENSE
  }

  private Coarsening() {}

  /**
   * Places all vertices.
   *
   * @param mostWork how much work for each of its CPUs a worker may get
   * @param shares how large a share of the largest worker a group may take, one a level, ascending
   * @return null if it found no way to keep the limits
   */
  static @Nullable Packing place(
      DataGraph graph,
      PlacementProblem problem,
      double mostWork,
      Rating rating,
      List<Double> shares,
      int passes) {
    List<DataGraph> levels = new ArrayList<>(List.of(graph));
    List<int[]> maps = new ArrayList<>();
    for (double share : shares) {
      DataGraph fine = levels.get(levels.size() - 1);
      int[] map = merge(fine, problem, mostWork, rating, share);
      int groups = Groups.count(map);
      if (groups < fine.size) {
        levels.add(fine.contract(map, groups));
        maps.add(map);
      }
    }
    Packing packing = null;
    for (int level = levels.size() - 1; level >= 0; level--) {
      Packing fine;
      if (packing == null) {
        fine = new Packing(levels.get(level), problem, mostWork);
        if (!BestFit.packNear(fine)) {
          fine = new Packing(levels.get(level), problem, mostWork);
          if (!BestFit.pack(fine)) {
            continue; // finer ones may fit where coarse ones do not
          }
        }
      } else {
        int[] map = maps.get(level);
        int[] worker = new int[map.length];
        for (int v = 0; v < map.length; v++) {
          worker[v] = packing.worker[map[v]];
        }
        fine = Packing.of(levels.get(level), problem, mostWork, worker);
      }
      Refinement.refine(fine, passes);
      packing = fine;
    }
    return packing;
  }

  private static int[] merge(
      DataGraph graph, PlacementProblem problem, double mostWork, Rating rating, double share) {
    long mostSlots = 0;
    long mostMemory = 0;
    long mostData = 0;
    double workLimit = 0;
    for (int w = 0; w < problem.workers.size(); w++) {
      WorkerSpec worker = problem.workers.get(w);
      workLimit = Math.max(workLimit, mostWork * problem.cpus(w) * share);
      mostSlots = Math.max(mostSlots, part(Packing.limit(worker.slots()), share));
      mostMemory = Math.max(mostMemory, part(worker.memoryBytes(), share));
      mostData = Math.max(mostData, part(worker.dataQuotaBytes(), share));
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
          value[edges] = rating == Rating.HEAVY
              ? graph.bytes[e]
              : graph.bytes[e] / (1.0 + graph.slots[u] + graph.slots[v]);
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

  private static long part(long limit, double share) {
    return limit == Long.MAX_VALUE ? limit : (long) (limit * share);
  }
}
