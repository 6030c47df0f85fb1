package io.faasflow.workflow;

/**
 * How many instances of a foreach may fail before the run does. Immutable.
 *
 * @param failures so many, 0 or more
 * @param share so large a share of all instances, 0 to 1; the larger of the two limits holds
 */
public record Tolerance(int failures, double share) {
  /** Refuses what is out of range. */
  public Tolerance {
    if (failures < 0) {
      throw new IllegalArgumentException("The tolerated failures must be 0 or more: " + failures);
    }
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException(
          "The tolerated share of failures must be from 0 to 1, was " + share);
    }
  }

  /** Up to so many failures. */
  public static Tolerance failures(int most) {
    return new Tolerance(most, 0);
  }

  /** Failures of up to so many of a hundred instances, rounded down to whole ones. */
  public static Tolerance percent(double most) {
    return new Tolerance(0, most / 100);
  }

  /** How many of so many instances may fail. */
  public int of(int instances) {
    return (int) Math.min(instances, Math.max(failures, Math.floor(instances * share + 1e-9)));
  }
}
