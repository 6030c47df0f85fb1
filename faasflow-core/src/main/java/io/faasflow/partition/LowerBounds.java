package io.faasflow.partition;

import java.util.Arrays;

/** What no plan can go below. Stateless. */
final class LowerBounds {
  private LowerBounds() {}

  /**
   * The longer of two times: the longest way if everything were on one worker, with each node on the
   * worker where it takes least; and all work, shared by all CPUs.
   */
  static double makespan(PlacementProblem problem) {
    double[] finish = new double[problem.nodes];
    double longest = 0;
    double work = 0;
    int widest = 0;
    long cpus = 0;
    for (int w = 0; w < problem.workers.size(); w++) {
      widest = problem.workerMilliCpus[w] > problem.workerMilliCpus[widest] ? w : widest;
      cpus += problem.workerMilliCpus[w];
    }
    for (int id = 0; id < problem.nodes; id++) {
      double ready = 0;
      for (int e = problem.firstIn[id]; e < problem.firstIn[id + 1]; e++) {
        ready = Math.max(ready, finish[problem.from[e]] + problem.transfer(problem.inBytes[e]));
      }
      finish[id] = ready + problem.seconds(id, widest);
      longest = Math.max(longest, finish[id]);
      // A task that wants more CPUs than there are takes those that there are, no longer.
      double least = Double.POSITIVE_INFINITY;
      for (int w = 0; w < problem.workers.size() && problem.runtime[id] > 0; w++) {
        least = Math.min(least, problem.seconds(id, w) * problem.taken(id, w));
      }
      work += problem.runtime[id] > 0 ? least : 0;
    }
    return Math.max(longest, work / cpus);
  }

  /**
   * The bytes that must cross because what shares data is too large for a worker: a connected part
   * that takes the room of m workers is cut into m, for which at least m - 1 of its edges are cut;
   * the lightest ones, at best.
   */
  static long crossBytes(PlacementProblem problem, DataGraph data) {
    long mostSlots = 0;
    long mostMemory = 0;
    for (WorkerSpec worker : problem.workers) {
      mostSlots = Math.max(mostSlots, Packing.limit(worker.slots()));
      mostMemory = Math.max(mostMemory, worker.memoryBytes());
    }
    Packing together = Packing.of(data, problem, new int[data.size]);
    int[] part = together.units();
    int parts = Groups.count(part);
    long[] slots = new long[parts];
    long[] memory = new long[parts];
    for (int v = 0; v < data.size; v++) {
      slots[part[v]] += data.slots[v];
      memory[part[v]] = DataGraph.sum(memory[part[v]], data.memory[v]);
    }
    long[] cuts = new long[parts];
    boolean any = false;
    for (int p = 0; p < parts; p++) {
      cuts[p] = Math.max(pieces(slots[p], mostSlots), pieces(memory[p], mostMemory)) - 1;
      any |= cuts[p] > 0;
    }
    return any ? lightest(data, part, parts, cuts) : 0;
  }

  private static long pieces(long size, long most) {
    return size <= most || most == 0 ? 1 : (size - 1) / most + 1;
  }

  private static long lightest(DataGraph data, int[] part, int parts, long[] cuts) {
    int[] count = new int[parts];
    for (int v = 0; v < data.size; v++) {
      for (int e = data.first[v]; e < data.first[v + 1]; e++) {
        count[part[v]] += data.near[e] < v ? 1 : 0;
      }
    }
    long[][] bytes = new long[parts][];
    Arrays.setAll(bytes, p -> new long[cuts[p] > 0 ? count[p] : 0]);
    Arrays.fill(count, 0);
    for (int v = 0; v < data.size; v++) {
      for (int e = data.first[v]; e < data.first[v + 1]; e++) {
        int p = part[v];
        if (data.near[e] < v && cuts[p] > 0) {
          bytes[p][count[p]++] = data.bytes[e];
        }
      }
    }
    long sum = 0;
    for (int p = 0; p < parts; p++) {
      Arrays.sort(bytes[p]);
      for (int i = 0; i < cuts[p] && i < bytes[p].length; i++) {
        sum += bytes[p][i];
      }
    }
    return sum;
  }
}
