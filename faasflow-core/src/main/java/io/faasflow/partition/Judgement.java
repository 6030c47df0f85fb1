package io.faasflow.partition;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the best placement that it is offered: fewest bytes between workers; of these, the shortest
 * simulated makespan, then the shortest longest way, then the fewest messages. With a standard to
 * meet, only what is no worse than it in bytes, makespan and longest way. Confined to one thread.
 */
final class Judgement {
  /** What is judged. */
  record Score(long bytes, double makespan, double longestWay, int messages) {
    boolean isBetterThan(Score other) {
      if (bytes != other.bytes) {
        return bytes < other.bytes;
      }
      if (makespan != other.makespan) {
        return makespan < other.makespan;
      }
      return longestWay != other.longestWay
          ? longestWay < other.longestWay
          : messages < other.messages;
    }
  }

  private final PlacementProblem problem;
  private final Simulation simulation;
  private @Nullable Score standard;
  private @Nullable Score bestScore;
  private int @Nullable [] best;

  Judgement(PlacementProblem problem) {
    this.problem = problem;
    simulation = new Simulation(problem);
  }

  Score score(int[] worker) {
    return new Score(
        problem.crossBytes(worker),
        simulation.makespan(worker),
        problem.longestWay(worker),
        problem.crossEdges(worker));
  }

  /** Nothing worse than this will be taken. */
  void setStandard(int[] worker) {
    Score score = score(worker);
    standard = score;
    bestScore = score;
    best = worker;
  }

  /**
   * Judges a placement, and keeps it if it is the best so far.
   *
   * @return false if it is worse than the standard, sends more bytes than the best so far, or sends
   *     as many and takes longer
   */
  boolean offer(int[] worker) {
    long bytes = problem.crossBytes(worker);
    Score least = standard;
    Score known = bestScore;
    if (bytes > fewestBytes()) {
      return false;
    }
    double longestWay = problem.longestWay(worker);
    if (least != null && longestWay > least.longestWay()) {
      return false;
    }
    double limit = least == null ? Double.POSITIVE_INFINITY : least.makespan();
    if (known != null && bytes == known.bytes()) {
      limit = Math.min(limit, known.makespan());
    }
    double makespan = simulation.makespan(worker, limit);
    if (makespan > limit) {
      return false;
    }
    Score score = new Score(bytes, makespan, longestWay, problem.crossEdges(worker));
    if (known == null || score.isBetterThan(known)) {
      best = worker;
      bestScore = score;
    }
    return true;
  }

  /** Whether this very array is the best. */
  boolean isBest(int[] worker) {
    return best == worker;
  }

  /** Whether no placement can have fewer bytes, nor a shorter makespan. */
  boolean isUnbeatable() {
    Score known = bestScore;
    return known != null && known.bytes() == 0 && known.makespan() <= LowerBounds.makespan(problem);
  }

  /** How many runs were simulated. */
  int simulations() {
    return simulation.runs();
  }

  /** The bytes of the best so far. */
  long fewestBytes() {
    Score known = bestScore;
    return known == null ? Long.MAX_VALUE : known.bytes();
  }

  /** The simulation, which shows the placement that was judged last. */
  Simulation last() {
    return simulation;
  }

  Optional<int[]> best() {
    return Optional.ofNullable(best);
  }
}
