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
    boolean isNoWorseThan(Score other) {
      return bytes <= other.bytes && makespan <= other.makespan && longestWay <= other.longestWay;
    }

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
   * Judges a placement, and keeps it if it is the best so far. Empty if it cannot be, whatever its
   * makespan.
   */
  Optional<Score> offer(int[] worker) {
    long bytes = problem.crossBytes(worker);
    Score least = standard;
    Score known = bestScore;
    if (bytes > fewestBytes()
        || (least != null && problem.longestWay(worker) > least.longestWay())) {
      return Optional.empty();
    }
    Score score = score(worker);
    if ((least == null || score.isNoWorseThan(least))
        && (known == null || score.isBetterThan(known))) {
      best = worker;
      bestScore = score;
    }
    return Optional.of(score);
  }

  /** Whether this very array is the best. */
  boolean isBest(int[] worker) {
    return best == worker;
  }

  boolean meetsStandard(Score score) {
    Score least = standard;
    return least == null || score.isNoWorseThan(least);
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
