package io.faasflow.partition;

import io.faasflow.graph.Node;
import java.util.Arrays;
import java.util.List;

/**
 * Bin packing by best-fit-decreasing (D. S. Johnson, Near-optimal bin packing algorithms, 1973): the
 * largest first, each to the worker with the least room that is enough. Stateless.
 */
final class BestFit {
  private BestFit() {}

  /** The vertices, the largest first; of equally large ones, the lower number. */
  static int[] bySize(DataGraph graph, List<WorkerSpec> workers) {
    long mostSlots = 1;
    long mostMemory = 1;
    for (WorkerSpec worker : workers) {
      mostSlots = Math.max(mostSlots, worker.slots());
      mostMemory = Math.max(mostMemory, worker.memoryBytes());
    }
    double[] size = new double[graph.size];
    for (int v = 0; v < graph.size; v++) {
      size[v] =
          Math.max(graph.slots[v] / (double) mostSlots, graph.memory[v] / (double) mostMemory);
    }
    return descending(size);
  }

  /** The indexes of the values, the greatest value first; of equal ones, the lower index. */
  static int[] descending(double[] values) {
    int n = values.length;
    int[] order = new int[n];
    Arrays.setAll(order, i -> i);
    int[] merged = new int[n];
    // A merge sort from the bottom up: stable, and without the boxes that a comparator needs.
    for (int width = 1; width < n; width *= 2) {
      for (int from = 0; from < n; from += 2 * width) {
        int middle = Math.min(from + width, n);
        int to = Math.min(middle + width, n);
        int left = from;
        int right = middle;
        for (int i = from; i < to; i++) {
          boolean takeLeft =
              right == to || (left < middle && values[order[left]] >= values[order[right]]);
          merged[i] = takeLeft ? order[left++] : order[right++];
        }
      }
      int[] swap = order;
      order = merged;
      merged = swap;
    }
    return order;
  }

  /** Places all vertices that are nowhere; false if one fits no worker, which stays nowhere. */
  static boolean pack(Packing packing) {
    boolean all = true;
    for (int v : bySize(packing.graph, packing.workers)) {
      if (packing.worker[v] == Packing.NOWHERE) {
        int w = packing.bestFit(v);
        if (w == Packing.NOWHERE) {
          all = false;
        } else {
          packing.place(v, w);
        }
      }
    }
    return all;
  }

  /** Like {@link #pack}, but prefers, of the workers with room, the one that shares most bytes. */
  static boolean packNear(Packing packing) {
    DataGraph graph = packing.graph;
    for (int v : bySize(graph, packing.workers)) {
      long[] shared = packing.sharedBytes(v);
      int best = Packing.NOWHERE;
      for (int w = 0; w < packing.workerCount(); w++) {
        if (best == Packing.NOWHERE
            || shared[w] > shared[best]
            || (shared[w] == shared[best] && packing.compareRoom(w, best) < 0)) {
          best = packing.fits(v, w) ? w : best;
        }
      }
      packing.clearShared(v);
      if (best == Packing.NOWHERE) {
        return false;
      }
      packing.place(v, best);
    }
    return true;
  }

  /** Says which limit cannot be kept, after {@link #pack} of single nodes has failed. */
  static PartitionException failure(String partitioner, PlacementProblem problem, Packing packing) {
    int lost = 0;
    while (packing.worker[lost] != Packing.NOWHERE) {
      lost++;
    }
    Node node = problem.graph.nodes().get(lost);
    long slotsNeeded = Arrays.stream(problem.slots).sum();
    long slots = 0;
    long memoryNeeded = 0;
    long memory = 0;
    double cpus = 0;
    int mostSlots = 0;
    long mostMemory = 0;
    for (WorkerSpec worker : problem.workers) {
      slots += worker.slots();
      memory = DataGraph.sum(memory, worker.memoryBytes());
      cpus = Math.max(cpus, worker.cpus());
      mostSlots = Math.max(mostSlots, worker.slots());
      mostMemory = Math.max(mostMemory, worker.memoryBytes());
    }
    for (long one : problem.memory) {
      memoryNeeded = DataGraph.sum(memoryNeeded, one);
    }
    String name = "'" + node.name() + "'";
    String why;
    if (problem.declaredCpus[lost] > cpus) {
      why = name + " takes " + problem.declaredCpus[lost] + " CPUs; the largest worker has " + cpus;
    } else if (problem.slots[lost] > mostSlots) {
      why = name + " takes " + problem.slots[lost] + " slots; the largest worker has " + mostSlots;
    } else if (problem.memory[lost] > mostMemory) {
      why = name + " takes " + problem.memory[lost] + " bytes of memory; the largest worker has "
          + mostMemory;
    } else if (slotsNeeded > slots) {
      why = "its tasks take " + slotsNeeded + " slots; all workers together have " + slots;
    } else if (memoryNeeded > memory) {
      why = "its tasks take " + memoryNeeded + " bytes of memory; all workers together have "
          + memory;
    } else {
      why = "no worker has room left for " + name + ": " + rest(problem, packing, lost);
    }
    return new PartitionException("The partitioner '" + partitioner + "' finds no place for "
        + problem.graph.name() + ": " + why + ". Add workers, give them more, or declare less");
  }

  /** Where each of the first few workers lacks room. */
  private static String rest(PlacementProblem problem, Packing packing, int node) {
    StringBuilder text = new StringBuilder();
    int shown = Math.min(5, packing.workerCount());
    for (int w = 0; w < shown; w++) {
      text.append(w == 0 ? "" : "; ").append(lack(problem, packing, node, w));
    }
    return packing.workerCount() > shown ? text + "; and so on" : text.toString();
  }

  /** Which room a worker lacks for a node that does not fit. */
  static String lack(PlacementProblem problem, Packing packing, int node, int w) {
    WorkerSpec spec = packing.workers.get(w);
    if (problem.declaredCpus[node] > spec.cpus()) {
      return spec.name() + " has " + spec.cpus() + " CPUs of " + problem.declaredCpus[node];
    }
    if (packing.slots(w) + problem.slots[node] > Packing.limit(spec.slots())) {
      return spec.name() + " has " + (spec.slots() - packing.slots(w)) + " of "
          + problem.slots[node] + " slots";
    }
    if (problem.memory[node] > spec.memoryBytes() - packing.memory(w)) {
      return spec.name() + " has " + (spec.memoryBytes() - packing.memory(w)) + " of "
          + problem.memory[node] + " bytes of memory";
    }
    return spec.name() + " may hold " + (spec.dataQuotaBytes() - packing.local(w))
        + " more bytes of data between its tasks";
  }
}
