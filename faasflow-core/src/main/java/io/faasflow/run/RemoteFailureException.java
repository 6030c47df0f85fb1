package io.faasflow.run;

/**
 * Stands for what a function threw on another worker, where the exception itself could not be
 * brought here: its type, message and stack trace as text.
 */
public final class RemoteFailureException extends FaasFlowException {
  private static final long serialVersionUID = 1L;

  private final String type;
  private final String trace;

  /**
   * @param type the name of the exception's class
   * @param text what its {@code toString} gave
   * @param trace its stack trace, as it prints
   */
  public RemoteFailureException(String type, String text, String trace) {
    super(text, null);
    this.type = type;
    this.trace = trace;
  }

  /** The name of the class of what the function threw. */
  public String type() {
    return type;
  }

  /** The stack trace of what the function threw, as it prints. */
  public String trace() {
    return trace;
  }
}
