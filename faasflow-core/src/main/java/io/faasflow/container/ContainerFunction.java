package io.faasflow.container;

import io.faasflow.function.ContextFunction;
import org.jspecify.annotations.Nullable;

/**
 * A function in containers, on one worker. Part of the SPI. Thread-safe: each call has a container of
 * its own.
 *
 * <p>{@link #apply} blocks until the answer is there. An interrupt ends it, and the container as well
 * if it was at work. It throws a {@link ContainerException}.
 */
public interface ContainerFunction extends ContextFunction<@Nullable Object, @Nullable Object> {
  /**
   * Says that a call comes soon, as another task runs on whose end it waits. A hint: makes sure, if
   * there is room, that a container is there or being started, and returns at once. Never throws.
   */
  void prewarm();
}
