package io.faasflow.partition;

import io.faasflow.graph.FunctionGraph;
import java.util.Arrays;
import java.util.List;

/**
 * FaaSFlow's own method (Z. Li et al., FaaSFlow: Enable Efficient Workflow Execution for
 * Function-as-a-Service, ASPLOS 2022), made deterministic. Immutable.
 *
 * <p>Each node begins as a group of its own, where {@link HashSpread} puts it, or, where that worker is
 * full, where it fits best. Then, again and again: of the longest way through the graph, with an edge
 * inside a group costing the memory's time and one between groups a message and the network's time,
 * the costliest edge is taken whose two groups can be one: the group is not too large, and a worker
 * has room for it, of which the one with the least room is taken. It ends when no edge of the longest
 * way can be.
 *
 * <p>Of equal edges the one nearer to the start is taken, of equal workers the first. A group moves as
 * a whole. The start and the end are in one group from the beginning.
 *
 * <p>Each round looks at the whole graph. To end in reasonable time on graphs of many thousands of
 * nodes, after a fixed number of steps a round merges all it can along its way instead of one pair,
 * and after as many again the rest is left where it is.
 */
public final class GreedyMerge implements Partitioner {
  /** How many edges are looked at one merge a round, and again with many merges a round. */
  private static final long PATIENCE = 20_000_000;

  private final int mostNodes;

  /** Groups may be as large as workers have room. */
  public GreedyMerge() {
    this(Integer.MAX_VALUE);
  }

  /**
   * Groups are limited.
   *
   * @param mostNodes how many nodes a group may have, 1 or more
   */
  public GreedyMerge(int mostNodes) {
    if (mostNodes < 1) {
      throw new IllegalArgumentException("mostNodes must be 1 or more, was " + mostNodes);
    }
    this.mostNodes = mostNodes;
  }

  @Override
  public String name() {
    return "greedy";
  }

  @Override
  public PartitionPlan partition(FunctionGraph graph, List<WorkerSpec> workers, CostModel costs) {
    PlacementProblem problem = new PlacementProblem(graph, workers, costs);
    return problem.plan(name(), place(problem, DataGraph.of(problem)));
  }

  /** The worker of each node. */
  int[] place(PlacementProblem problem, DataGraph data) {
    return new Merging(problem, begin(problem, data), mostNodes).merge();
  }

  /** Single nodes on workers that have room for them. */
  private Packing begin(PlacementProblem problem, DataGraph data) {
    int[] hashed = HashSpread.place(problem.graph, problem.workers.size());
    Packing packing = new Packing(data, problem);
    boolean fits = true;
    for (int id = 0; id < problem.nodes && fits; id++) {
      int w = packing.fits(id, hashed[id]) ? hashed[id] : packing.bestFit(id);
      fits = w != Packing.NOWHERE;
      if (fits) {
        packing.place(id, w);
      }
    }
    if (!fits) {
      packing = new Packing(data, problem);
      if (!BestFit.pack(packing)) {
        throw BestFit.failure(name(), problem, packing);
      }
    }
    int end = problem.nodes - 1;
    packing.move(end, packing.worker[0]);
    return packing;
  }

  /** The groups and the way, as they change. Confined to one call. */
  private static final class Merging {
    private final PlacementProblem problem;
    private final Packing packing;
    private final int mostNodes;
    private final int[] group; // by node, a node that stands for its group
    private final int[] next; // the next node of the group, in a ring
    private final int[] groupSize;
    private final long[] slots; // by group
    private final long[] memory;
    private final double[] cpus;
    private final double[] finish;
    private final int[] before; // the edge by which the longest way comes to a node; -1: none
    private long steps;

    Merging(PlacementProblem problem, Packing packing, int mostNodes) {
      this.problem = problem;
      this.packing = packing;
      this.mostNodes = mostNodes;
      int n = problem.nodes;
      group = new int[n];
      next = new int[n];
      groupSize = new int[n];
      Arrays.setAll(group, i -> i);
      Arrays.setAll(next, i -> i);
      Arrays.fill(groupSize, 1);
      slots = packing.graph.slots.clone();
      memory = packing.graph.memory.clone();
      cpus = packing.graph.cpus.clone();
      finish = new double[n];
      before = new int[n];
      if (n > 1) {
        join(0, n - 1);
      }
    }

    int[] merge() {
      int[] way = new int[problem.nodes];
      boolean merged = true;
      while (merged && steps < 2 * PATIENCE) {
        int length = longestWay(way);
        merged = false;
        boolean onlyOne = steps < PATIENCE;
        for (int edge : heaviestFirst(way, length)) {
          if (tryMerge(problem.from[edge], target(edge))) {
            merged = true;
            if (onlyOne) {
              break;
            }
          }
        }
      }
      return packing.worker;
    }

    private int target(int inEdge) {
      // The targets of entering edges are in the order of the edges.
      int at = Arrays.binarySearch(problem.firstIn, inEdge);
      if (at < 0) {
        return -at - 2;
      }
      while (problem.firstIn[at + 1] == inEdge) {
        at++;
      }
      return at;
    }

    private double cost(int edge, int target) {
      return group[problem.from[edge]] == group[target]
          ? problem.local(problem.inBytes[edge])
          : problem.latency + problem.remote(problem.inBytes[edge]);
    }

    /** Fills in the edges of the longest way, the last first; returns how many. */
    private int longestWay(int[] way) {
      int last = 0;
      for (int id = 0; id < problem.nodes; id++) {
        double ready = 0;
        int best = -1;
        for (int e = problem.firstIn[id]; e < problem.firstIn[id + 1]; e++) {
          double arrival = finish[problem.from[e]] + cost(e, id);
          if (best < 0 || arrival > ready) {
            ready = arrival;
            best = e;
          }
        }
        before[id] = best;
        finish[id] = ready + problem.runtime[id];
        if (finish[id] > finish[last]) {
          last = id;
        }
      }
      steps += problem.from.length;
      int length = 0;
      for (int id = last; before[id] >= 0; id = problem.from[before[id]]) {
        way[length++] = before[id];
      }
      // They are sorted after this: what that costs counts, too, or chains would take quadratic
      // time.
      steps += (long) length * (Integer.SIZE - Integer.numberOfLeadingZeros(length));
      return length;
    }

    /** The edges of the way between groups, costliest first, then nearer to the start. */
    private int[] heaviestFirst(int[] way, int length) {
      int[] edges = new int[length];
      double[] costs = new double[length];
      int count = 0;
      for (int i = length - 1; i >= 0; i--) {
        int target = target(way[i]);
        if (group[problem.from[way[i]]] != group[target]) {
          edges[count] = way[i];
          costs[count++] = cost(way[i], target);
        }
      }
      int[] sorted = BestFit.descending(Arrays.copyOf(costs, count));
      for (int i = 0; i < count; i++) {
        sorted[i] = edges[sorted[i]];
      }
      return sorted;
    }

    private boolean tryMerge(int a, int b) {
      if (group[a] == group[b] || groupSize[group[a]] + groupSize[group[b]] > mostNodes) {
        return false;
      }
      int best = bestFit(a, b);
      if (best == Packing.NOWHERE) {
        return false;
      }
      move(a, best);
      move(b, best);
      join(a, b);
      return true;
    }

    /** The worker with the least room, apart from the two groups, that is enough for both. */
    private int bestFit(int a, int b) {
      long slotsNeeded = slots[group[a]] + slots[group[b]];
      long memoryNeeded = DataGraph.sum(memory[group[a]], memory[group[b]]);
      double cpusNeeded = Math.max(cpus[group[a]], cpus[group[b]]);
      int best = Packing.NOWHERE;
      long bestSlots = 0;
      long bestMemory = 0;
      for (int w = 0; w < packing.workerCount(); w++) {
        WorkerSpec spec = packing.workers.get(w);
        long slotsLeft = Packing.limit(spec.slots()) - packing.slots(w);
        long memoryLeft = spec.memoryBytes() - packing.memory(w);
        if (packing.worker[a] == w) {
          slotsLeft += slots[group[a]];
          memoryLeft += memory[group[a]];
        }
        if (packing.worker[b] == w) {
          slotsLeft += slots[group[b]];
          memoryLeft += memory[group[b]];
        }
        boolean better = best == Packing.NOWHERE
            || slotsLeft < bestSlots
            || (slotsLeft == bestSlots && memoryLeft < bestMemory);
        if (better
            && slotsNeeded <= slotsLeft
            && memoryNeeded <= memoryLeft
            && cpusNeeded <= spec.cpus()
            && mayHoldData(a, b, w)) {
          best = w;
          bestSlots = slotsLeft;
          bestMemory = memoryLeft;
        }
      }
      return best;
    }

    private boolean mayHoldData(int a, int b, int w) {
      if (packing.workers.get(w).dataQuotaBytes() == WorkerSpec.UNLIMITED_BYTES) {
        return true;
      }
      int wasA = packing.worker[a];
      int wasB = packing.worker[b];
      move(a, w);
      move(b, w);
      boolean may = packing.local(w) <= packing.workers.get(w).dataQuotaBytes();
      move(a, wasA);
      move(b, wasB);
      return may;
    }

    private void move(int a, int w) {
      if (packing.worker[a] == w) {
        return;
      }
      int one = a;
      do {
        packing.move(one, w);
        one = next[one];
        steps++;
      } while (one != a);
    }

    /** Two rings become one; the smaller group takes the number of the larger. */
    private void join(int a, int b) {
      int keep = groupSize[group[a]] >= groupSize[group[b]] ? a : b;
      int lost = keep == a ? b : a;
      int to = group[keep];
      int from = group[lost];
      groupSize[to] += groupSize[from];
      slots[to] += slots[from];
      memory[to] = DataGraph.sum(memory[to], memory[from]);
      cpus[to] = Math.max(cpus[to], cpus[from]);
      int one = lost;
      do {
        group[one] = to;
        one = next[one];
      } while (one != lost);
      int after = next[keep];
      next[keep] = next[lost];
      next[lost] = after;
    }
  }
}
