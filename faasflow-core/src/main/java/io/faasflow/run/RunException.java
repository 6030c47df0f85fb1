package io.faasflow.run;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A run that ended without a result. The subclass says how. */
public abstract class RunException extends FaasFlowException {
  private static final long serialVersionUID = 1L;

  private final RunId runId;
  private final String workflow;

  /**
   * @param runId the run that ended
   * @param workflow the name of its workflow
   * @param message the full message
   * @param cause why, or null
   */
  protected RunException(RunId runId, String workflow, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.runId = Objects.requireNonNull(runId, "runId");
    this.workflow = Objects.requireNonNull(workflow, "workflow");
  }

  /** The id of the run that ended. */
  public final RunId runId() {
    return runId;
  }

  /** The name of the workflow that ran. */
  public final String workflow() {
    return workflow;
  }
}
