package io.faasflow;

import io.faasflow.run.RunException;
import io.faasflow.run.RunId;
import io.faasflow.run.RunStatus;
import io.faasflow.run.Traffic;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a run ended. Immutable, as far as the output is.
 *
 * @param <O> what the workflow gives
 */
public final class WorkflowResult<O> {
  private final RunId runId;
  private final String workflow;
  private final RunStatus status;
  private final Traffic traffic;
  private final @Nullable O output;
  private final @Nullable RunException failure;

  WorkflowResult(
      RunId runId,
      String workflow,
      RunStatus status,
      Traffic traffic,
      @Nullable O output,
      @Nullable RunException failure) {
    this.runId = runId;
    this.workflow = workflow;
    this.status = status;
    this.traffic = traffic;
    this.output = output;
    this.failure = failure;
  }

  /** The run's id. */
  public RunId runId() {
    return runId;
  }

  /** The workflow's name. */
  public String workflow() {
    return workflow;
  }

  /** How it ended; never {@link RunStatus#RUNNING}. */
  public RunStatus status() {
    return status;
  }

  /** The messages between workers that the run took, from its start to its end. */
  public Traffic traffic() {
    return traffic;
  }

  /** What the run gave; empty if it did not complete, or gave null. */
  public Optional<O> output() {
    return Optional.ofNullable(output);
  }

  /** Why the run did not complete; empty if it did. */
  public Optional<RunException> failure() {
    return Optional.ofNullable(failure);
  }

  /**
   * What the run gave; null is an output like any other.
   *
   * @throws RunException when the run did not complete: the one of {@link #failure()}
   */
  @SuppressWarnings("NullAway") // a workflow that gives null gives null here
  public O outputOrThrow() {
    if (failure != null) {
      throw failure;
    }
    return output;
  }

  @Override
  public String toString() {
    return "run " + runId + " of '" + workflow + "' " + status;
  }
}
