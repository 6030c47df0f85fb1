package io.faasflow.partition;

import io.faasflow.run.FaasFlowException;

/** No plan fits the workers. The message says which worker lacks what. */
public final class PartitionException extends FaasFlowException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message which limit cannot be kept, and the cure
   */
  public PartitionException(String message) {
    super(message, null);
  }
}
