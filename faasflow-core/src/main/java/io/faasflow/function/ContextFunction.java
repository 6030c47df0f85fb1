package io.faasflow.function;

import org.jspecify.annotations.Nullable;

/**
 * User code that wants to know about the run it is part of. Must be thread-safe: instances of a
 * foreach and several runs call it at the same time.
 *
 * @param <I> what it takes
 * @param <O> what it gives
 */
@FunctionalInterface
public interface ContextFunction<I extends @Nullable Object, O extends @Nullable Object> {
  /**
   * Does the work. The calling thread is interrupted when the run is cancelled or fails elsewhere.
   *
   * @param input the input, null when the predecessor gave null
   * @param context this invocation; valid until the method returns
   * @return the output; null is an output like any other
   * @throws Exception whatever goes wrong; it fails the task
   */
  O apply(I input, FunctionContext context) throws Exception;
}
