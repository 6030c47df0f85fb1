package io.faasflow.run;

import java.time.Duration;
import java.util.Objects;

/** The run did not complete within the deadline that its caller gave; it was stopped. */
public final class RunDeadlineException extends RunException {
  private static final long serialVersionUID = 1L;

  private final Duration deadline;

  /**
   * @param runId the run
   * @param workflow the name of its workflow
   * @param deadline the time that it had
   * @param unfinished which tasks were running when the time was up, for the message
   */
  public RunDeadlineException(RunId runId, String workflow, Duration deadline, String unfinished) {
    super(
        runId,
        workflow,
        "Run "
            + runId
            + " of workflow '"
            + workflow
            + "' did not complete within its deadline of "
            + deadline
            + unfinished
            + ". Give it more time in RunOptions.deadline, or make its tasks faster",
        null);
    this.deadline = Objects.requireNonNull(deadline, "deadline");
  }

  /** The time that the run had. */
  public Duration deadline() {
    return deadline;
  }
}
