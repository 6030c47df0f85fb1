package io.faasflow;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How one run differs from others of its workflow. Immutable. */
public final class RunOptions {
  private static final RunOptions NONE = new RunOptions(null);

  private final @Nullable Duration deadline;

  private RunOptions(@Nullable Duration deadline) {
    this.deadline = deadline;
  }

  /** Nothing special: no deadline. */
  public static RunOptions none() {
    return NONE;
  }

  /**
   * A run that must complete within this time from its start, or is stopped.
   *
   * @throws IllegalArgumentException when the time is zero or negative
   */
  public static RunOptions deadline(Duration deadline) {
    if (deadline.isZero() || deadline.isNegative()) {
      throw new IllegalArgumentException("The deadline must be above zero, was " + deadline);
    }
    return new RunOptions(deadline);
  }

  /** The time that the run has, if it is limited. */
  public Optional<Duration> deadline() {
    return Optional.ofNullable(deadline);
  }

  @Override
  public String toString() {
    return "RunOptions[deadline " + (deadline == null ? "none" : deadline) + "]";
  }
}
