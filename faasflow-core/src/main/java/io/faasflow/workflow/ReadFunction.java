package io.faasflow.workflow;

import org.jspecify.annotations.Nullable;

/**
 * User code that takes the outputs of earlier tasks besides its input. Must be thread-safe.
 *
 * @param <I> what it takes
 * @param <O> what it gives
 */
@FunctionalInterface
public interface ReadFunction<I extends @Nullable Object, O extends @Nullable Object> {
  /**
   * Does the work. The calling thread is interrupted when the run is cancelled or fails elsewhere.
   *
   * @param input the predecessor's output
   * @param read the outputs of the tasks that were declared by {@link Task#reading}
   * @return the output; null is an output like any other
   * @throws Exception whatever goes wrong; it fails the task
   */
  O apply(I input, Outputs read) throws Exception;
}
