package io.faasflow.partition;

import java.time.Duration;
import java.util.Objects;

/**
 * When what was observed leads to a new plan. Immutable.
 *
 * @param minGain the share of a run's estimated time, or of the time that its data spends between
 *     workers, that a new plan must save; 0 or more, below 1
 * @param minInterval the least time between two looks for a better plan, and so between two plans; 0 or
 *     more
 * @param minRuns how many runs must have ended since the last look, 1 or more
 */
public record FeedbackOptions(double minGain, Duration minInterval, int minRuns) {
  /** A tenth, a minute, 20 runs. */
  public static final FeedbackOptions DEFAULT = new FeedbackOptions(0.1, Duration.ofMinutes(1), 20);

  /** Refuses what is out of range. */
  public FeedbackOptions {
    if (!(minGain >= 0 && minGain < 1)) {
      throw new IllegalArgumentException("minGain must be 0 or more and below 1, was " + minGain);
    }
    Objects.requireNonNull(minInterval, "minInterval");
    if (minInterval.isNegative()) {
      throw new IllegalArgumentException("minInterval must be 0 or more, was " + minInterval);
    }
    if (minRuns < 1) {
      throw new IllegalArgumentException("minRuns must be 1 or more, was " + minRuns);
    }
  }

  /** The same with another least gain. */
  public FeedbackOptions withMinGain(double share) {
    return new FeedbackOptions(share, minInterval, minRuns);
  }

  /** The same with another least time between two looks. */
  public FeedbackOptions withMinInterval(Duration interval) {
    return new FeedbackOptions(minGain, interval, minRuns);
  }

  /** The same with another number of runs between two looks. */
  public FeedbackOptions withMinRuns(int runs) {
    return new FeedbackOptions(minGain, minInterval, runs);
  }
}
