package io.faasflow.observe;

import io.faasflow.function.FunctionContext;
import org.jspecify.annotations.Nullable;

/**
 * SPI: surrounds calls of user code, on the thread that makes them: for what code expects to find on
 * its thread, such as a log context or the span that its own spans belong to. Implementations are
 * thread-safe and quick. What they throw is logged, and changes nothing.
 *
 * <p>Surrounded are functions of tasks, an attempt each, and what undoes them; not conditions of
 * switches, selectors of foreach steps, codecs or listeners.
 */
@FunctionalInterface
public interface CallScopes {
  /** What surrounds one call. Confined to its thread. */
  @FunctionalInterface
  interface CallScope {
    /**
     * The call is over. Called once, on the thread that opened the scope; after the run has ended where
     * a function could not be stopped.
     *
     * @param failure what the code threw; null where it gave an output
     */
    void close(@Nullable Throwable failure);
  }

  /**
   * User code is about to be called on this thread. Scopes of one thread are closed in the opposite
   * order.
   *
   * @param call tells of the call; valid until the scope is closed
   */
  CallScope open(FunctionContext call);
}
