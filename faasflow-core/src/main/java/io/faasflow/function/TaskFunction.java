package io.faasflow.function;

import org.jspecify.annotations.Nullable;

/**
 * User code that needs its input only: a lambda or a method reference. Must be thread-safe:
 * instances of a foreach and several runs call it at the same time.
 *
 * @param <I> what it takes
 * @param <O> what it gives
 */
@FunctionalInterface
public interface TaskFunction<I extends @Nullable Object, O extends @Nullable Object>
    extends ContextFunction<I, O> {
  /**
   * Does the work. The calling thread is interrupted when the run is cancelled or fails elsewhere.
   *
   * @param input the input, null when the predecessor gave null
   * @return the output; null is an output like any other
   * @throws Exception whatever goes wrong; it fails the task
   */
  O apply(I input) throws Exception;

  @Override
  default O apply(I input, FunctionContext context) throws Exception {
    return apply(input);
  }
}
