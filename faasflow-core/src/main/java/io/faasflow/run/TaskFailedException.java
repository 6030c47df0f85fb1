package io.faasflow.run;

import java.util.List;
import java.util.Objects;

/**
 * A task failed, and with it the run: its function threw, or its input could not be put together.
 *
 * <p>{@link #getCause()} is what the function threw.
 */
public final class TaskFailedException extends RunException {
  private static final long serialVersionUID = 1L;

  private final String task;
  private final String function;
  private final transient List<Integer> instance;
  private final int attempt;
  private final String worker;

  /**
   * @param runId the run
   * @param workflow the name of its workflow
   * @param site where in the run it happened
   * @param cause what the function threw
   */
  public TaskFailedException(RunId runId, String workflow, FailureSite site, Throwable cause) {
    super(runId, workflow, message(runId, workflow, site, cause), Objects.requireNonNull(cause));
    this.task = site.task();
    this.function = site.function();
    this.instance = site.instance();
    this.attempt = site.attempt();
    this.worker = site.worker();
  }

  private static String message(RunId runId, String workflow, FailureSite site, Throwable cause) {
    String function =
        site.function().equals(site.task()) ? "" : " (function '" + site.function() + "')";
    String instance = site.instance().isEmpty() ? "" : " instance " + site.instance();
    return "Task '"
        + site.task()
        + "'"
        + function
        + instance
        + ", attempt "
        + site.attempt()
        + ", failed on "
        + site.worker()
        + " in run "
        + runId
        + " of workflow '"
        + workflow
        + "': "
        + describe(cause);
  }

  /** What was thrown, as text, even if it cannot print itself. */
  public static String describe(Throwable thrown) {
    try {
      return String.valueOf(thrown);
    } catch (Throwable e) {
      return thrown.getClass().getName() + " (its message cannot be read: it throws " + e.getClass()
          + ")";
    }
  }

  /** The task that failed. */
  public String task() {
    return task;
  }

  /** The function that the task uses; the task's own name where it was given none. */
  public String function() {
    return function;
  }

  /**
   * Which instance of the enclosing foreach steps, outermost first, counted from 0; empty outside of
   * any foreach.
   */
  public List<Integer> instance() {
    return instance == null ? List.of() : instance;
  }

  /** Which attempt failed, counted from 1. */
  public int attempt() {
    return attempt;
  }

  /** The worker that ran the task. */
  public String worker() {
    return worker;
  }
}
