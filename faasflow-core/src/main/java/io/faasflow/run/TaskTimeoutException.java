package io.faasflow.run;

import java.time.Duration;

/** The cause of a failure: an attempt, or all attempts of a task together, took too long. */
public final class TaskTimeoutException extends FaasFlowException {
  private static final long serialVersionUID = 1L;

  private final Duration timeout;

  /**
   * @param task the task's name
   * @param kind which of its limits: "timeout" or "total timeout"
   * @param timeout the limit
   */
  public TaskTimeoutException(String task, String kind, Duration timeout) {
    super("Task '" + task + "' did not end within its " + kind + " of " + timeout, null);
    this.timeout = timeout;
  }

  /** The limit. */
  public Duration timeout() {
    return timeout;
  }
}
