package io.faasflow.run;

import org.jspecify.annotations.Nullable;

/**
 * The data of a run are not what the definition needs: a name that nobody saved, a list that is not
 * one. The cause of a {@link TaskFailedException}.
 */
public final class DataException extends FaasFlowException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message what was needed, what was found, and the cure
   * @param cause why, or null
   */
  public DataException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
