package io.faasflow.docker;

import io.faasflow.run.FaasFlowException;
import org.jspecify.annotations.Nullable;

/** No Docker engine answers, or it is none that this backend can use. */
public final class EngineUnavailableException extends FaasFlowException {
  private static final long serialVersionUID = 1L;

  EngineUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
