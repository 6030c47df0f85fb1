package io.faasflow.run;

import java.util.List;
import java.util.Objects;

/**
 * Where in a run something failed. Immutable.
 *
 * @param task the task's name
 * @param function the name of the function that it uses
 * @param instance the instance of each enclosing foreach, outermost first, counted from 0
 * @param attempt counted from 1
 * @param worker the worker's name
 */
public record FailureSite(
    String task, String function, List<Integer> instance, int attempt, String worker) {
  /** Copies the list. */
  public FailureSite {
    Objects.requireNonNull(task, "task");
    Objects.requireNonNull(function, "function");
    instance = List.copyOf(instance);
    Objects.requireNonNull(worker, "worker");
  }
}
