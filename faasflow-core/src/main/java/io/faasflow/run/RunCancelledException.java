package io.faasflow.run;

import org.jspecify.annotations.Nullable;

/** The run was cancelled: by its handle, by an interrupted caller, or by closing the runtime. */
public final class RunCancelledException extends RunException {
  private static final long serialVersionUID = 1L;

  /**
   * @param runId the run
   * @param workflow the name of its workflow
   * @param reason who cancelled it, as the end of a sentence
   */
  public RunCancelledException(RunId runId, String workflow, String reason) {
    this(runId, workflow, reason, null);
  }

  /**
   * @param runId the run
   * @param workflow the name of its workflow
   * @param reason who cancelled it, as the end of a sentence
   * @param cause why, or null
   */
  public RunCancelledException(
      RunId runId, String workflow, String reason, @Nullable Throwable cause) {
    super(
        runId,
        workflow,
        "Run " + runId + " of workflow '" + workflow + "' was cancelled: " + reason,
        cause);
  }
}
