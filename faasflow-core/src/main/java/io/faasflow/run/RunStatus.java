package io.faasflow.run;

/** Where a run stands. Once it has ended, it never changes. */
public enum RunStatus {
  /** Accepted, and waiting until fewer runs are active. */
  QUEUED,
  /** Begun and not ended yet. */
  RUNNING,
  /** Will not complete; what its tasks have done is being undone. */
  COMPENSATING,
  /** A task has failed, and what the workflow has for that case is running. */
  RECOVERING,
  /** Ended with its result. */
  COMPLETED,
  /** Ended because a task failed. */
  FAILED,
  /** Ended because somebody cancelled it. */
  CANCELLED,
  /** Ended because its deadline passed. */
  TIMED_OUT;

  /** Whether the run has ended, in whichever way. */
  public boolean isTerminal() {
    return switch (this) {
      case QUEUED, RUNNING, COMPENSATING, RECOVERING -> false;
      case COMPLETED, FAILED, CANCELLED, TIMED_OUT -> true;
    };
  }
}
