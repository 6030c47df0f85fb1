package io.faasflow.engine;

import io.faasflow.function.Resources;
import java.util.Map;
import java.util.Objects;

/**
 * What functions that run at the same time on a worker may take, over all runs. Immutable.
 *
 * @param instances how many instances of a function may run; functions that are not in it have no limit
 * @param capacity what all of them may take together, as their tasks declare it; 0 CPUs, bytes or slots:
 *     any amount
 */
public record WorkerLimits(Map<String, Integer> instances, Resources capacity) {
  /** No limits. */
  public static final WorkerLimits NONE = new WorkerLimits(Map.of(), Resources.NONE);

  /** Copies the map. */
  public WorkerLimits {
    instances = Map.copyOf(instances);
    Objects.requireNonNull(capacity, "capacity");
  }
}
