package io.faasflow.docker;

/**
 * How long something took of late: the mean of the first few times, then one to which each new time
 * contributes as much as the last of those few. Not thread-safe.
 */
final class MovingMean {
  private static final int FEW = 8;

  private double mean;
  private int count;

  void add(long nanos) {
    count = Math.min(count + 1, FEW);
    mean += (nanos - mean) / count;
  }

  boolean isKnown() {
    return count > 0;
  }

  /** At least 1, and that too where nothing is known. */
  long nanos() {
    return Math.max(1, Math.round(mean));
  }
}
