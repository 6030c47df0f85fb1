package io.faasflow.container;

import io.faasflow.function.FunctionContext;
import io.faasflow.run.RunId;
import java.util.List;
import java.util.Objects;

/**
 * Calls that a run will surely make of a function if nothing fails, once other functions have ended that
 * are at work now. Immutable. Each of those others may tell of them: what is equal to something told
 * before are the same calls.
 *
 * @param run the run
 * @param task the task that calls the function
 * @param instance of which foreach instance they are, as by {@link FunctionContext#instance()}; where the task is at
 *     the beginning of a foreach that is to come, that of the foreach itself
 * @param atOnce how many there will be at the same time, 1 or more: of a foreach, as many as it is
 *     expected to have
 */
public record ComingCalls(RunId run, String task, List<Integer> instance, int atOnce) {
  /**
   * Copies the list.
   *
   * @throws IllegalArgumentException when there are none
   */
  public ComingCalls {
    Objects.requireNonNull(run, "run");
    Objects.requireNonNull(task, "task");
    instance = List.copyOf(instance);
    if (atOnce < 1) {
      throw new IllegalArgumentException("There must be one call or more, not " + atOnce);
    }
  }
}
