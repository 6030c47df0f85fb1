package io.faasflow.partition;

import io.faasflow.graph.FunctionGraph;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
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
 * <p>How: nodes are merged along their heaviest edges, in levels; the groups are placed, and
 * refined by moves as the levels are undone ({@code Coarsening}, {@code Refinement}). What shares data
 * on a worker is a unit then, and units are placed anew by three rules that look at time, and moved
 * away from the worker that ends last while that helps ({@code UnitSpread}). The time grows little faster
 * than the graph.
 */
public final class LocalitySpread implements Partitioner {
  /** The sizes of groups by level, as shares of a worker. */
  private static final List<List<Double>> SHARES =
      List.of(List.of(0.0625, 0.125, 0.25, 0.5, 1.0), List.of(1.0), List.of(0.125, 0.5));

  private static final List<Double> LEVELS = SHARES.get(0);

  /** How much more than an equal share of all work a worker may get, where time needs a balance. */
  private static final List<Double> BALANCES = List.of(1.6, 1.15);

  private static final List<Double> ONE_BALANCE = List.of(1.4);

  /** Up to how many nodes all ways of merging are tried. */
  private static final int SMALL = 3_000;

  /** How many nodes may be simulated in moving the units of one placement. */
  private static final int SIMULATED_NODES = 20_000;

  private static final int MOST_TRIES = 6;

  /** The same for moving many at a time. */
  private static final int DESCENDED_NODES = 200_000;

  private static final int LEAST_DESCENTS = 6;

  private static final int MOST_DESCENTS = 36;

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
    DataGraph data = DataGraph.of(problem);
    Judgement judgement = new Judgement(problem);
    Packing simple = new Packing(data, problem);
    boolean simpleFits = BestFit.pack(simple);
    Packing greedy = null;
    if (problem.workers.size() > 1) {
      try {
        int[] standard = new GreedyMerge().place(problem, data);
        judgement.setStandard(standard);
        greedy = Packing.of(data, problem, standard);
      } catch (PartitionException e) {
        greedy = null; // no standard, then; the message, if there is no plan at all, is our own
      }
    }
    offerSingle(problem, data, judgement);
    List<Packing> first = fewestBytes(data, problem, simpleFits ? simple : null, greedy);
    offerAll(problem, first, judgement);
    boolean fewestTaken = judgement.best().isPresent()
        && !first.isEmpty()
        && judgement.fewestBytes() <= first.get(0).crossBytes();
    if (!fewestTaken) {
      offerAll(problem, balanced(problem, data, greedy), judgement);
      judgement
          .best()
          .ifPresent(best -> new Descent(problem, data, best, judgement)
              .run(Math.max(
                  LEAST_DESCENTS, Math.min(MOST_DESCENTS, DESCENDED_NODES / problem.nodes))));
    }
    if (problem.nodes <= TINY && judgement.fewestBytes() > 0) {
      polish(problem, data, judgement);
    }
    return judgement.best().orElseThrow(() -> BestFit.failure(name(), problem, simple));
  }

  /** Those with few bytes first, until the others have more than the best. */
  private static void offerAll(
      PlacementProblem problem, List<Packing> packings, Judgement judgement) {
    packings.sort(Comparator.comparingLong(Packing::crossBytes));
    for (Packing packing : packings) {
      spread(problem, packing, judgement);
    }
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

  private static int passes(PlacementProblem problem) {
    return problem.nodes <= SMALL ? 4 : 3;
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

  /** Placements that look at bytes only, the best of them first. */
  private static List<Packing> fewestBytes(
      DataGraph data,
      PlacementProblem problem,
      @Nullable Packing simple,
      @Nullable Packing greedy) {
    List<Packing> found = new ArrayList<>();
    long fewest = Long.MAX_VALUE;
    for (List<Double> shares : SHARES) {
      for (Coarsening.Rating rating : Coarsening.Rating.values()) {
        boolean enough = fewest == 0 || (!found.isEmpty() && problem.nodes > SMALL);
        if (enough || (rating == Coarsening.Rating.DENSE && !shares.equals(LEVELS))) {
          continue;
        }
        Packing packing = Coarsening.place(
            data, problem, Double.POSITIVE_INFINITY, rating, shares, passes(problem));
        if (packing != null) {
          fewest = add(found, packing, fewest);
        }
      }
    }
    if (simple != null && fewest > 0) {
      fewest = add(found, refined(simple, problem), fewest);
    }
    if (greedy != null && fewest > 0) {
      fewest = add(found, refined(greedy, problem), fewest);
    }
    return found;
  }

  /** Adds a packing in front if it has the fewest bytes so far, else not at all. */
  private static long add(List<Packing> found, Packing packing, long fewest) {
    long bytes = packing.crossBytes();
    if (bytes < fewest) {
      found.clear();
      found.add(packing);
      return bytes;
    }
    return fewest;
  }

  private static Packing refined(Packing packing, PlacementProblem problem) {
    Packing refined = packing.copy();
    Refinement.refine(refined, passes(problem));
    return refined;
  }

  /**
   * Placements that let no worker have much more than its share of the work; and such in which, in
   * addition, no data crosses that greedy keeps on a worker, so that neither the bytes nor the longest
   * way can be worse than greedy's: its units are moved as wholes.
   */
  private static List<Packing> balanced(
      PlacementProblem problem, DataGraph data, @Nullable Packing greedy) {
    double cpus = 0;
    for (int w = 0; w < problem.workers.size(); w++) {
      cpus += problem.cpus(w);
    }
    double share = Arrays.stream(data.work).sum() / cpus;
    int passes = passes(problem);
    List<Packing> found = new ArrayList<>();
    UnitSpread units = greedy == null ? null : new UnitSpread(problem, greedy);
    boolean small = problem.nodes <= SMALL;
    for (double balance : small ? BALANCES : ONE_BALANCE) {
      double mostWork = balance * share;
      Packing free = small || units == null
          ? Coarsening.place(data, problem, mostWork, Coarsening.Rating.HEAVY, LEVELS, passes)
          : null;
      if (free != null) {
        found.add(free);
      }
      Packing kept = units == null
          ? null
          : Coarsening.place(
              units.graph(), problem, mostWork, Coarsening.Rating.HEAVY, LEVELS, passes);
      if (units != null && kept != null) {
        found.add(units.expand(kept, data));
      }
    }
    if (units != null) {
      Packing moved = units.asTheyAre();
      Refinement.refine(moved, passes);
      found.add(units.expand(moved, data));
    }
    if (greedy != null && small) {
      found.add(refined(greedy, problem));
    }
    return found;
  }

  /** Offers placements of the units of a packing. */
  private static void spread(PlacementProblem problem, Packing packing, Judgement judgement) {
    if (packing.crossBytes() > judgement.fewestBytes()) {
      return;
    }
    UnitSpread spread = new UnitSpread(problem, packing);
    Packing best = null;
    Judgement.Score bestScore = null;
    for (Optional<Packing> way : List.of(
        Optional.of(spread.asTheyAre()), spread.earliest(), spread.balanced(), spread.together())) {
      if (way.isPresent()) {
        Optional<Judgement.Score> score = judgement.offer(spread.nodes(way.get()));
        if (score.isPresent() && (bestScore == null || score.get().isBetterThan(bestScore))) {
          best = way.get();
          bestScore = score.get();
        }
      }
    }
    if (best != null && bestScore != null) {
      relieve(problem, spread, best, bestScore, judgement);
    }
  }

  /** Moves units from the worker that ends last to the one that ends first, while that helps. */
  private static void relieve(
      PlacementProblem problem,
      UnitSpread spread,
      Packing packing,
      Judgement.Score start,
      Judgement judgement) {
    double makespan = start.makespan();
    int tries = Math.max(1, Math.min(MOST_TRIES, SIMULATED_NODES / problem.nodes));
    int[] byWork = BestFit.descending(packing.graph.work);
    judgement.score(spread.nodes(packing));
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
      Optional<Judgement.Score> moved = judgement.offer(spread.nodes(packing));
      if (moved.isPresent() && moved.get().makespan() < makespan) {
        makespan = moved.get().makespan();
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
