package io.faasflow.run;

import java.time.Duration;

/**
 * The cause of a failure: an attempt, or all attempts of a task together, or what undoes it, took too
 * long.
 */
public final class TaskTimeoutException extends FaasFlowException {
  private static final long serialVersionUID = 1L;

  private final Duration timeout;

  /**
   * @param task the task's name
   * @param kind which of its limits: "timeout" or "total timeout"
   * @param timeout the limit
   */
  public TaskTimeoutException(String task, String kind, Duration timeout) {
    this("Task '" + task + "' did not end within its " + kind + " of " + timeout, timeout);
  }

  private TaskTimeoutException(String message, Duration timeout) {
    super(message, null);
    this.timeout = timeout;
  }

  /**
   * The same for what undoes a task.
   *
   * @param task the task's name
   * @param timeout the limit of one attempt
   */
  public static TaskTimeoutException ofCompensation(String task, Duration timeout) {
    return new TaskTimeoutException(
        "The compensation of task '" + task + "' did not end within the task's timeout of "
            + timeout,
        timeout);
  }

  /** The limit. */
  public Duration timeout() {
    return timeout;
  }
}
