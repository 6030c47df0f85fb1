package io.faasflow.function;

import org.jspecify.annotations.Nullable;

/**
 * Undoes what a task has done, when the run that it belongs to does not complete.
 *
 * @param <I> what the task took
 * @param <O> what it gave
 */
@FunctionalInterface
public interface CompensationFunction<I extends @Nullable Object, O extends @Nullable Object> {
  /**
   * Undoes one execution of the task. May be called again when it throws, or while it goes on after its
   * time: that should do no harm.
   *
   * @param input what the task took
   * @param output what it gave
   * @param context of that execution; {@code attempt} counts those of the compensation
   * @throws Exception when it could not be undone now
   */
  void undo(I input, O output, FunctionContext context) throws Exception;
}
