package io.faasflow.examples.experiment;

import io.faasflow.run.Traffic;

/**
 * What one run took. Immutable.
 *
 * @param latencyNanos from the call that started the run until the caller had its result
 * @param criticalPathNanos the longest way through the functions by their own, measured times
 * @param traffic the messages between workers, and between master and workers
 * @param dataBytes the size of the outputs that were fetched by another worker than had made them,
 *     once for each such worker
 * @param inputBytes the size of the run's input, once for each worker that fetched it
 */
public record Sample(
    long latencyNanos, long criticalPathNanos, Traffic traffic, long dataBytes, long inputBytes) {

  /** What scheduling took: the latency less the functions' own times along the critical path. */
  public long overheadNanos() {
    return latencyNanos - criticalPathNanos;
  }
}
