package io.faasflow.faastore;

import io.faasflow.run.FaasFlowException;
import org.jspecify.annotations.Nullable;

/** A value cannot be turned into bytes, or bytes not into a value. The message names the task, the type and the cure. */
public final class CodecException extends FaasFlowException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message which value, of which task, and the cure
   * @param cause why, or null
   */
  public CodecException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
