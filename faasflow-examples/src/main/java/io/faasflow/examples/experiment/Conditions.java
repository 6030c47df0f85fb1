package io.faasflow.examples.experiment;

import io.faasflow.examples.generated.Scale;
import java.time.Duration;
import java.util.Objects;

/**
 * Under what conditions workflows are run. Immutable.
 *
 * @param workers how many workers there are, besides the master of the master-side pattern
 * @param slots the container slots of each worker, 0 or more
 * @param latency the one-way time of a message; zero: messages are calls within the JVM, are not
 *     serialised, and have no size
 * @param bytesPerSecond what each worker's line carries of messages, above 0; without effect where
 *     the latency is zero
 * @param cpus the CPU cores that plans count on for each worker, above 0; generated functions sleep,
 *     and take none
 * @param runs how many runs of each setting count, 1 or more
 * @param warmUpRuns how many runs of each setting come before and do not count, 0 or more
 * @param scale how far functions and data are from what the workflow declares
 * @param deadline when a run is given up, above zero
 */
public record Conditions(
    int workers,
    int slots,
    Duration latency,
    double bytesPerSecond,
    double cpus,
    int runs,
    int warmUpRuns,
    Scale scale,
    Duration deadline) {
  /** The most runs of either kind. */
  public static final int MAX_RUNS = 100_000;

  /** The most CPU cores of a worker: more than functions of any workflow can use at once. */
  public static final int MAX_CPUS = 100_000;

  /** Refuses what is out of range; limits of workers and slots are the runtime's. */
  public Conditions {
    Objects.requireNonNull(scale, "scale");
    if (latency.isNegative()) {
      throw new IllegalArgumentException("The latency must be zero or more, was " + latency);
    }
    if (!(bytesPerSecond > 0)) {
      throw new IllegalArgumentException("bytesPerSecond must be above 0, was " + bytesPerSecond);
    }
    if (!(cpus > 0 && cpus <= MAX_CPUS)) {
      throw new IllegalArgumentException(
          "cpus must be above 0, and at most " + MAX_CPUS + ", was " + cpus);
    }
    if (runs < 1 || runs > MAX_RUNS) {
      throw new IllegalArgumentException("runs must be from 1 to " + MAX_RUNS + ", was " + runs);
    }
    if (warmUpRuns < 0 || warmUpRuns > MAX_RUNS) {
      throw new IllegalArgumentException(
          "warmUpRuns must be from 0 to " + MAX_RUNS + ", was " + warmUpRuns);
    }
    if (deadline.isNegative() || deadline.isZero()) {
      throw new IllegalArgumentException("The deadline must be above zero, was " + deadline);
    }
  }
}
