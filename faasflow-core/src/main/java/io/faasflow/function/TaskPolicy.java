package io.faasflow.function;

import java.time.Duration;
import java.util.Optional;

/**
 * How long a task may take and how often it is tried. Immutable and thread-safe.
 *
 * @param timeout how long one attempt may take, above zero; empty: as long as it likes
 * @param totalTimeout how long the task may take from when it is ready: waits for a permit, all
 *     attempts and the waits between them; above zero; empty: as long as it likes
 * @param retry when it is tried again; empty: never
 */
public record TaskPolicy(
    Optional<Duration> timeout, Optional<Duration> totalTimeout, Optional<RetryPolicy> retry) {
  /** One attempt, as long as it likes. */
  public static final TaskPolicy NONE =
      new TaskPolicy(Optional.empty(), Optional.empty(), Optional.empty());

  /** Refuses times that are not above zero. */
  public TaskPolicy {
    timeout.ifPresent(time -> positive("timeout", time));
    totalTimeout.ifPresent(time -> positive("totalTimeout", time));
  }

  private static void positive(String name, Duration time) {
    if (time.isZero() || time.isNegative()) {
      throw new IllegalArgumentException(name + " must be above zero, was " + time);
    }
  }

  /** The same with a limit for each attempt. */
  public TaskPolicy withTimeout(Duration time) {
    return new TaskPolicy(Optional.of(time), totalTimeout, retry);
  }

  /** The same with a limit for all attempts together. */
  public TaskPolicy withTotalTimeout(Duration time) {
    return new TaskPolicy(timeout, Optional.of(time), retry);
  }

  /** The same with further attempts. */
  public TaskPolicy withRetry(RetryPolicy policy) {
    return new TaskPolicy(timeout, totalTimeout, Optional.of(policy));
  }

  /** The same; what it leaves open is as in the other. */
  public TaskPolicy or(TaskPolicy defaults) {
    return new TaskPolicy(
        timeout.or(defaults::timeout),
        totalTimeout.or(defaults::totalTimeout),
        retry.or(defaults::retry));
  }
}
