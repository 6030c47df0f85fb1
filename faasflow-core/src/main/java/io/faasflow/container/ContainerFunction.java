package io.faasflow.container;

import io.faasflow.function.ContextFunction;
import io.faasflow.function.FunctionContext;
import org.jspecify.annotations.Nullable;

/**
 * A function in containers, on one worker. Part of the SPI. Thread-safe: each call has a container of
 * its own.
 */
public interface ContainerFunction extends ContextFunction<@Nullable Object, @Nullable Object> {
  /**
   * Calls the function, and blocks until the answer is there. An interrupt of the thread ends that, and
   * the container as well if it was at work.
   *
   * @param context a {@link ContainerCall} where somebody wants to know what the call took
   * @throws ContainerException when there is no output
   */
  @Override
  @Nullable
  Object apply(@Nullable Object input, FunctionContext context) throws Exception;

  /**
   * Says that calls come soon. A hint: makes sure, as far as there is room, that containers are there or
   * being started, and returns at once. It holds until the calls have come, or the backend hears that
   * their run has {@linkplain ContainerBackend#ended ended}; or until the backend takes it for old, as of a
   * foreach there may be fewer calls than were told of, or they are of an instance that has failed, and
   * nobody says so. Never throws.
   *
   * @param coming calls of this function on this worker
   */
  void prewarm(ComingCalls coming);
}
