package io.faasflow.partition;

import java.util.Arrays;
import java.util.Optional;

/**
 * Places the units of a packing anew. A unit is what shares data on a worker, directly or by others;
 * so whatever worker a unit goes to, no byte crosses that did not cross before, and what is left to
 * gain is time. Confined to one thread.
 */
final class UnitSpread {
  private static final int MOST_CORES = 64;

  private final PlacementProblem problem;
  private final int[] unit; // by node
  private final DataGraph units;
  private final Packing origin; // the units where the packing has them

  UnitSpread(PlacementProblem problem, Packing packing) {
    this.problem = problem;
    unit = packing.units();
    units = packing.graph.contract(unit, Groups.count(unit));
    int[] worker = new int[units.size];
    for (int id = 0; id < problem.nodes; id++) {
      worker[unit[id]] = packing.worker[id];
    }
    origin = Packing.of(units, problem, worker);
  }

  /** The units where they came from. */
  Packing asTheyAre() {
    return origin.copy();
  }

  /**
   * The units with most work first, each where the work for a CPU is least (R. L. Graham's LPT rule,
   * 1969).
   */
  Optional<Packing> balanced() {
    Packing packing = new Packing(units, problem);
    for (int u : BestFit.descending(units.work)) {
      int best = Packing.NOWHERE;
      double least = 0;
      for (int w = 0; w < packing.workerCount(); w++) {
        double load = (packing.work(w) + units.work[u]) / problem.cpus(w);
        if ((best == Packing.NOWHERE || load < least) && packing.fits(u, w)) {
          best = w;
          least = load;
        }
      }
      if (best == Packing.NOWHERE) {
        return Optional.empty();
      }
      packing.place(u, best);
    }
    return Optional.of(packing);
  }

  /**
   * The nodes in the order of their ranks; the first node of each unit takes the unit to where that
   * node would end first (H. Topcuoglu, S. Hariri and M. Wu's HEFT, 2002, for units).
   */
  Optional<Packing> earliest() {
    int k = problem.workers.size();
    Packing packing = new Packing(units, problem);
    double[] finish = new double[problem.nodes];
    double[][] cores = new double[k][];
    for (int w = 0; w < k; w++) {
      cores[w] = new double[(int) Math.max(1, Math.min(MOST_CORES, problem.cpus(w)))];
    }
    double[] nearReady = new double[k];
    for (int node : problem.byRank) {
      int u = unit[node];
      Arrivals arrivals = new Arrivals(node, packing, finish, nearReady);
      if (packing.worker[u] == Packing.NOWHERE && !units.isFree(u)) {
        int best = Packing.NOWHERE;
        double bestEnd = 0;
        for (int w = 0; w < k; w++) {
          double start = Math.max(arrivals.at(w), cores[w][earliest(cores[w])]);
          double end = start + problem.seconds(node, w);
          boolean better = best == Packing.NOWHERE
              || end < bestEnd
              || (end == bestEnd && packing.work(w) < packing.work(best));
          if (better && packing.fits(u, w)) {
            best = w;
            bestEnd = end;
          }
        }
        if (best == Packing.NOWHERE) {
          return Optional.empty();
        }
        packing.place(u, best);
      }
      int w = packing.worker[u];
      if (w == Packing.NOWHERE) {
        finish[node] = arrivals.anywhere();
      } else {
        double start = arrivals.at(w);
        if (!problem.virtual[node]) {
          int core = earliest(cores[w]);
          start = Math.max(start, cores[w][core]);
          cores[w][core] = start + problem.seconds(node, w);
        }
        finish[node] = start + problem.seconds(node, w);
      }
    }
    for (int u = 0; u < units.size; u++) {
      if (packing.worker[u] == Packing.NOWHERE) {
        packing.place(u, 0); // attached to their neighbours below
      }
    }
    return Optional.of(packing);
  }

  private static int earliest(double[] cores) {
    int best = 0;
    for (int i = 1; i < cores.length; i++) {
      best = cores[i] < cores[best] ? i : best;
    }
    return best;
  }

  /** When the inputs of a node would be there, by worker: from the two latest of other workers. */
  private final class Arrivals {
    private final double[] near; // by worker: the latest from that worker, when the node is there
    private double far;
    private int farFrom = Packing.NOWHERE;
    private double secondFar;
    private double free;

    Arrivals(int node, Packing packing, double[] finish, double[] near) {
      this.near = near;
      Arrays.fill(near, 0);
      for (int e = problem.firstIn[node]; e < problem.firstIn[node + 1]; e++) {
        int before = problem.from[e];
        int w = packing.worker[unit[before]];
        if (w == Packing.NOWHERE) {
          free = Math.max(free, finish[before]);
          continue;
        }
        near[w] = Math.max(near[w], finish[before] + problem.local(problem.inBytes[e]));
        double arrival = finish[before] + problem.latency + problem.remote(problem.inBytes[e]);
        if (w == farFrom) {
          far = Math.max(far, arrival);
        } else if (arrival > far) {
          secondFar = far;
          far = arrival;
          farFrom = w;
        } else {
          secondFar = Math.max(secondFar, arrival);
        }
      }
    }

    double at(int w) {
      return Math.max(Math.max(near[w], free), w == farFrom ? secondFar : far);
    }

    double anywhere() {
      double latest = free;
      for (double one : near) {
        latest = Math.max(latest, one);
      }
      return latest;
    }
  }

  /** A packing of the nodes: each where its unit is. */
  Packing expand(Packing packing, DataGraph data) {
    int[] worker = new int[unit.length];
    for (int id = 0; id < worker.length; id++) {
      worker[id] = packing.worker[unit[id]];
    }
    return Packing.of(data, problem, worker);
  }

  /**
   * The worker of each node. Nodes that take nothing and share nothing, the start and the end among
   * them, go where most of their neighbours are, so that few messages are sent.
   */
  int[] nodes(Packing packing) {
    int[] worker = new int[problem.nodes];
    boolean[] known = new boolean[problem.nodes];
    for (int id = 0; id < problem.nodes; id++) {
      known[id] = !units.isFree(unit[id]);
      worker[id] = packing.worker[unit[id]];
    }
    int[] votes = new int[problem.workers.size()];
    int end = problem.nodes - 1;
    Arrays.fill(votes, 0);
    vote(0, worker, known, votes);
    vote(end, worker, known, votes);
    int home = winner(votes, 0);
    worker[0] = home;
    worker[end] = home;
    known[0] = true;
    known[end] = true;
    for (int id = 1; id < end; id++) {
      if (!known[id]) {
        Arrays.fill(votes, 0);
        vote(id, worker, known, votes);
        worker[id] = winner(votes, home);
        known[id] = true;
      }
    }
    return worker;
  }

  private void vote(int id, int[] worker, boolean[] known, int[] votes) {
    for (int e = problem.firstIn[id]; e < problem.firstIn[id + 1]; e++) {
      votes[worker[problem.from[e]]] += known[problem.from[e]] ? 1 : 0;
    }
    for (int e = problem.firstOut[id]; e < problem.firstOut[id + 1]; e++) {
      votes[worker[problem.to[e]]] += known[problem.to[e]] ? 1 : 0;
    }
  }

  private static int winner(int[] votes, int preferred) {
    int best = preferred;
    for (int w = 0; w < votes.length; w++) {
      best = votes[w] > votes[best] ? w : best;
    }
    return best;
  }

  /** The units and what they share. */
  DataGraph graph() {
    return units;
  }
}
