package io.faasflow.partition;

import java.util.Arrays;

/**
 * What happens, in time, when a plan is followed: list scheduling (R. L. Graham, Bounds on
 * multiprocessing timing anomalies, 1969) with transfers.
 *
 * <p>A node becomes ready when the data of its last predecessor has arrived: after the memory's time
 * on the same worker, after a message and the network's time from another; transfers run side by
 * side. A worker starts ready nodes as its CPUs are free, first the one from which the way to the end
 * is longest; what does not fit waits, and what is behind it too. Virtual nodes take no time. Both
 * branches of a switch run.
 *
 * <p>Confined to one thread. Its arrays are used again by each run.
 */
final class Simulation {
  /** By how much sums of the same times differ at most, by the order of their terms. */
  private static final double ROUNDING = 1e-9;

  private final PlacementProblem problem;
  private final int[] waitingFor;
  private final double[] readyAt;
  private final double[] finishAt;
  private final int[] free;
  private final double[] busyUntil;

  // Events, the earliest first; of equally early ones, the lower code. A code is twice the node's
  // rank, plus 1 when it is the end of the node.
  private final double[] times;
  private final int[] codes;
  private int events;
  private int runs;

  // Ready nodes by their ranks: a heap a worker.
  private final int[][] ready;
  private final int[] readyCount;

  Simulation(PlacementProblem problem) {
    this.problem = problem;
    int n = problem.nodes;
    int k = problem.workers.size();
    waitingFor = new int[n];
    readyAt = new double[n];
    finishAt = new double[n];
    free = new int[k];
    busyUntil = new double[k];
    times = new double[n + 1]; // a node has at most one event at a time
    codes = new int[n + 1];
    ready = new int[k][4];
    readyCount = new int[k];
  }

  /** The seconds from the start to the end of a run. */
  double makespan(int[] worker) {
    return makespan(worker, Double.POSITIVE_INFINITY);
  }

  /** The same; infinite as soon as it is known to be more than the limit. */
  double makespan(int[] worker, double limit) {
    runs++;
    double hopeless = limit * (1 + ROUNDING);
    int n = problem.nodes;
    for (int id = 0; id < n; id++) {
      waitingFor[id] = problem.firstIn[id + 1] - problem.firstIn[id];
    }
    Arrays.fill(readyAt, 0);
    Arrays.fill(busyUntil, 0);
    System.arraycopy(problem.workerMilliCpus, 0, free, 0, free.length);
    Arrays.fill(readyCount, 0);
    events = 0;
    for (int id = 0; id < n; id++) {
      if (waitingFor[id] == 0) {
        addEvent(0, problem.rank[id] * 2);
      }
    }
    double last = 0;
    while (events > 0) {
      double now = times[0];
      last = now;
      int code = removeEvent();
      int node = problem.byRank[code >> 1];
      int at = worker[node];
      if ((code & 1) == 0) {
        if (problem.virtual[node]) {
          finish(node, now, worker);
        } else {
          addReady(at, problem.rank[node]);
        }
      } else {
        free[at] += problem.taken(node, at);
        finish(node, now, worker);
      }
      // Whatever else happens at this moment comes first: a better node may become ready.
      if ((events == 0 || times[0] > now) && startAll(now) > hopeless) {
        return Double.POSITIVE_INFINITY;
      }
    }
    return last > limit ? Double.POSITIVE_INFINITY : last;
  }

  /** When the last node of a worker ended, in the last run. */
  double busyUntil(int worker) {
    return busyUntil[worker];
  }

  /** Starts what can be; returns when the run ends at the earliest, given what was started. */
  private double startAll(double now) {
    double end = now;
    for (int w = 0; w < free.length; w++) {
      while (readyCount[w] > 0) {
        int node = problem.byRank[ready[w][0]];
        int taken = problem.taken(node, w);
        if (taken > free[w]) {
          break;
        }
        removeReady(w);
        free[w] -= taken;
        end = Math.max(end, now + problem.toEnd[node]);
        addEvent(now + problem.seconds(node, w), problem.rank[node] * 2 + 1);
      }
    }
    return end;
  }

  /** How many runs were simulated. */
  int runs() {
    return runs;
  }

  private void finish(int node, double now, int[] worker) {
    finishAt[node] = now;
    int here = worker[node];
    busyUntil[here] = now;
    for (int e = problem.firstOut[node]; e < problem.firstOut[node + 1]; e++) {
      int next = problem.to[e];
      double transfer = worker[next] == here
          ? problem.local(problem.outBytes[e])
          : problem.latency + problem.remote(problem.outBytes[e]);
      readyAt[next] = Math.max(readyAt[next], now + transfer);
      if (--waitingFor[next] == 0) {
        addEvent(readyAt[next], problem.rank[next] * 2);
      }
    }
  }

  // Binary heaps.

  private void addEvent(double time, int code) {
    int at = events++;
    while (at > 0) {
      int above = (at - 1) >> 1;
      if (times[above] < time || (times[above] == time && codes[above] < code)) {
        break;
      }
      times[at] = times[above];
      codes[at] = codes[above];
      at = above;
    }
    times[at] = time;
    codes[at] = code;
  }

  private int removeEvent() {
    int first = codes[0];
    double time = times[--events];
    int code = codes[events];
    int at = 0;
    while (true) {
      int below = 2 * at + 1;
      if (below >= events) {
        break;
      }
      if (below + 1 < events
          && (times[below + 1] < times[below]
              || (times[below + 1] == times[below] && codes[below + 1] < codes[below]))) {
        below++;
      }
      if (time < times[below] || (time == times[below] && code < codes[below])) {
        break;
      }
      times[at] = times[below];
      codes[at] = codes[below];
      at = below;
    }
    times[at] = time;
    codes[at] = code;
    return first;
  }

  private void addReady(int worker, int rank) {
    int at = readyCount[worker]++;
    if (at == ready[worker].length) {
      ready[worker] = Arrays.copyOf(ready[worker], 2 * at);
    }
    int[] heap = ready[worker];
    while (at > 0 && heap[(at - 1) >> 1] > rank) {
      heap[at] = heap[(at - 1) >> 1];
      at = (at - 1) >> 1;
    }
    heap[at] = rank;
  }

  private void removeReady(int worker) {
    int[] heap = ready[worker];
    int count = --readyCount[worker];
    int rank = heap[count];
    int at = 0;
    while (2 * at + 1 < count) {
      int below = 2 * at + 1;
      if (below + 1 < count && heap[below + 1] < heap[below]) {
        below++;
      }
      if (rank < heap[below]) {
        break;
      }
      heap[at] = heap[below];
      at = below;
    }
    heap[at] = rank;
  }
}
