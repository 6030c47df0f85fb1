package io.faasflow.partition;

import io.faasflow.graph.FunctionGraph;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps together what shares data, and spreads what does not: the default for several workers.
 * Immutable.
 *
 * <p>Several placements are made, and the best is taken: fewest bytes between workers; of these, the
 * shortest makespan in a simulation in which workers have limited CPUs and transfers take time. It is
 * never worse than what {@link GreedyMerge} gives for the same workers and costs, in bytes, in
 * makespan, and in the longest way through the graph: that placement is made too, and one that is
 * worse than it in any of these is not taken. A placement is found whenever best-fit-decreasing
 * finds one.
 *
 * <p>How: nodes are merged along their heaviest edges; the groups are placed, taken apart, and refined
 * by moves ({@code Coarsening}, {@code Refinement}). What shares data on a worker is a unit then, and
 * units are placed anew by rules that look at time ({@code UnitSpread}). Where time needs more of a
 * balance, greedy's own units are placed so, and moved to where they share most ({@code Descent}). In the
 * end units leave the worker that ends last while that helps. The time grows little faster than the graph.
 */
public final class LocalitySpread implements Partitioner {
  /** How much more than an equal share of all work a worker may get, where time needs a balance. */
  private static final List<Double> BALANCES = List.of(1.6, 1.15);

  private static final List<Double> ONE_BALANCE = List.of(1.4);

  /** Up to how many nodes more than one balance is tried. */
  private static final int SMALL = 3_000;

  /**
   * How many nodes and edges may be simulated in moving many units at a time, one at a time, and the
   * ends of the run.
   */
  private static final int DESCENDED_SIZE = 600_000;

  private static final int RELIEVED_SIZE = 60_000;

  private static final int SETTLED_SIZE = 60_000;

  private static final int LEAST_DESCENTS = 6;

  private static final int MOST_DESCENTS = 36;

  private static final int MOST_RELIEFS = 6;

  /** Up to how many nodes single moves are tried, and how many of them. */
  private static final int TINY = 32;

  private static final int POLISHES = 600;

  @Override
  public String name() {
    return "locality";
  }

  @Override
  public PartitionPlan partition(FunctionGraph graph, List<WorkerSpec> workers, CostModel costs) {
    PlacementProblem problem = new PlacementProblem(graph, workers, costs);
    return problem.plan(name(), place(problem));
  }

  /** The worker of each node. */
  int[] place(PlacementProblem problem) {
    return place(problem, new Judgement(problem));
  }

  /** The same, with what judges the placements on the way. */
  int[] place(PlacementProblem problem, Judgement judgement) {
    DataGraph data = DataGraph.of(problem);
    Packing greedy = standard(problem, data, judgement);
    offerSingle(problem, data, judgement);
    if (!judgement.isUnbeatable()) {
      search(problem, data, greedy, judgement);
    }
    return judgement.best().orElseThrow(() -> {
      Packing simple = new Packing(data, problem);
      BestFit.pack(simple);
      return BestFit.failure(name(), problem, simple);
    });
  }

  private static @Nullable Packing standard(
      PlacementProblem problem, DataGraph data, Judgement judgement) {
    if (problem.workers.size() == 1) {
      return null;
    }
    try {
      int[] standard = new GreedyMerge().place(problem, data);
      judgement.setStandard(standard);
      return Packing.of(data, problem, standard);
    } catch (PartitionException e) {
      return null; // no standard, then; the message, if there is no plan at all, is our own
    }
  }

  private static void search(
      PlacementProblem problem, DataGraph data, @Nullable Packing greedy, Judgement judgement) {
    Packing fewest = Coarsening.place(data, problem, Double.POSITIVE_INFINITY);
    if (fewest != null) {
      spread(problem, fewest, judgement);
    }
    if (fewest == null || judgement.fewestBytes() > fewest.crossBytes()) {
      for (Packing packing : balanced(problem, data, greedy)) {
        spread(problem, packing, judgement);
      }
      descend(problem, data, judgement);
    }
    if (problem.nodes <= TINY && judgement.fewestBytes() > 0) {
      polish(problem, data, judgement);
    }
    judgement.best().ifPresent(best -> {
      spread(problem, Packing.of(data, problem, best), judgement);
      relieve(problem, data, judgement);
      settle(problem, judgement);
    });
  }

  /**
   * Begins and ends the run on each of the workers in turn: what happens elsewhere waits for a message
   * at both ends, so the longest way had better be where the run is at home.
   */
  private static void settle(PlacementProblem problem, Judgement judgement) {
    int[] best = judgement.best().orElseThrow();
    int tries = Math.max(1, Math.min(problem.workers.size(), SETTLED_SIZE / problem.size()));
    int[] byRank = problem.byRank;
    boolean[] tried = new boolean[problem.workers.size()];
    tried[best[0]] = true;
    for (int i = 0; i < byRank.length && tries > 0; i++) {
      int w = best[byRank[i]];
      if (!tried[w]) {
        tried[w] = true;
        tries--;
        int[] moved = best.clone();
        moved[0] = w;
        moved[problem.nodes - 1] = w;
        judgement.offer(moved);
      }
    }
  }

  private static void descend(PlacementProblem problem, DataGraph data, Judgement judgement) {
    int tries = Math.max(LEAST_DESCENTS, Math.min(MOST_DESCENTS, DESCENDED_SIZE / problem.size()));
    judgement.best().ifPresent(best -> new Descent(problem, data, best, judgement).run(tries));
  }

  /** Moves of single nodes of small graphs, where an exhaustive look costs nothing. */
  private static void polish(PlacementProblem problem, DataGraph data, Judgement judgement) {
    int tries = POLISHES;
    boolean improved = true;
    while (improved && judgement.best().isPresent()) {
      improved = false;
      Packing packing = Packing.of(data, problem, judgement.best().get());
      for (int id = 1; id < problem.nodes - 1; id++) {
        for (int w = 0; w < problem.workers.size(); w++) {
          if (w == packing.worker[id] || tries <= 0 || !packing.fits(id, w)) {
            continue;
          }
          tries--;
          int[] moved = packing.worker.clone();
          moved[id] = w;
          judgement.offer(moved);
          if (judgement.isBest(moved)) {
            packing.move(id, w);
            improved = true;
          }
        }
      }
    }
  }

  /** Everything on one worker, the one with most CPUs that has room. */
  private static void offerSingle(PlacementProblem problem, DataGraph data, Judgement judgement) {
    int[] worker = new int[problem.nodes];
    Packing packing = Packing.of(data, problem, worker);
    double cpus = Arrays.stream(problem.declaredCpus).max().orElse(0);
    int best = Packing.NOWHERE;
    for (int w = 0; w < problem.workers.size(); w++) {
      WorkerSpec spec = problem.workers.get(w);
      if (packing.slots(0) <= Packing.limit(spec.slots())
          && packing.memory(0) <= spec.memoryBytes()
          && packing.local(0) <= spec.dataQuotaBytes()
          && cpus <= spec.cpus()
          && (best == Packing.NOWHERE || problem.cpus(w) > problem.cpus(best))) {
        best = w;
      }
    }
    if (best != Packing.NOWHERE) {
      Arrays.fill(worker, best);
      judgement.offer(worker);
    }
  }

  /**
   * Placements that let no worker have much more than its share of the work, and in which no data
   * crosses that greedy keeps on a worker: so neither the bytes nor the longest way can be worse than
   * greedy's. Its units are moved as wholes.
   */
  private static List<Packing> balanced(
      PlacementProblem problem, DataGraph data, @Nullable Packing greedy) {
    double cpus = 0;
    for (int w = 0; w < problem.workers.size(); w++) {
      cpus += problem.cpus(w);
    }
    double share = Arrays.stream(data.work).sum() / cpus;
    List<Packing> found = new ArrayList<>();
    UnitSpread units = greedy == null ? null : new UnitSpread(problem, greedy);
    for (double balance : problem.nodes <= SMALL ? BALANCES : ONE_BALANCE) {
      Packing packing =
          Coarsening.place(units == null ? data : units.graph(), problem, balance * share);
      if (packing != null) {
        found.add(units == null ? packing : units.expand(packing, data));
      }
    }
    if (units != null) {
      Packing moved = units.asTheyAre();
      Refinement.refine(moved);
      found.add(units.expand(moved, data));
    }
    found.sort(Comparator.comparingLong(Packing::crossBytes));
    return found;
  }

  /** Offers placements of the units of a packing. */
  private static void spread(PlacementProblem problem, Packing packing, Judgement judgement) {
    if (packing.crossBytes() > judgement.fewestBytes()) {
      return;
    }
    UnitSpread spread = new UnitSpread(problem, packing);
    judgement.offer(spread.nodes(spread.asTheyAre()));
    spread.earliest().ifPresent(way -> judgement.offer(spread.nodes(way)));
    spread.balanced().ifPresent(way -> judgement.offer(spread.nodes(way)));
  }

  /**
   * Moves units of the best placement from the worker that ends last to the one that ends first, while
   * that helps.
   */
  private static void relieve(PlacementProblem problem, DataGraph data, Judgement judgement) {
    int[] best = judgement.best().orElseThrow();
    UnitSpread spread = new UnitSpread(problem, Packing.of(data, problem, best));
    Packing packing = spread.asTheyAre();
    int tries = Math.max(1, Math.min(MOST_RELIEFS, RELIEVED_SIZE / problem.size()));
    int[] byWork = BestFit.descending(packing.graph.work);
    judgement.score(best);
    int at = 0;
    int last = latest(problem, judgement.last());
    int first = earliest(problem, judgement.last());
    while (tries > 0 && at < byWork.length && packing.graph.work[byWork[at]] > 0) {
      int u = byWork[at++];
      if (packing.worker[u] != last || last == first || !packing.fits(u, first)) {
        continue;
      }
      tries--;
      packing.move(u, first);
      int[] moved = spread.nodes(packing);
      judgement.offer(moved);
      if (judgement.isBest(moved)) {
        last = latest(problem, judgement.last());
        first = earliest(problem, judgement.last());
        at = 0;
      } else {
        packing.move(u, last);
      }
    }
  }

  private static int latest(PlacementProblem problem, Simulation simulation) {
    int best = 0;
    for (int w = 1; w < problem.workers.size(); w++) {
      best = simulation.busyUntil(w) > simulation.busyUntil(best) ? w : best;
    }
    return best;
  }

  private static int earliest(PlacementProblem problem, Simulation simulation) {
    int best = 0;
    for (int w = 1; w < problem.workers.size(); w++) {
      best = simulation.busyUntil(w) < simulation.busyUntil(best) ? w : best;
    }
    return best;
  }
}
