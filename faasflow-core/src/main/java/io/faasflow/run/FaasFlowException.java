package io.faasflow.run;

import org.jspecify.annotations.Nullable;

/**
 * The root of everything that FaaSFlow reports as going wrong: a definition that cannot be used, or
 * a run that did not complete.
 *
 * <p>Mistakes of the calling code (a null argument, a use after close) stay the JDK's own
 * exceptions. Subclasses carry names, ids and values, never live objects.
 */
public abstract class FaasFlowException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message what was attempted, on what, what was found, and the cure
   * @param cause what led to it, or null when this is where the trouble began
   */
  protected FaasFlowException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
