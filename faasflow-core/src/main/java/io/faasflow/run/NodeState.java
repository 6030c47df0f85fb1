package io.faasflow.run;

/**
 * Where one node of a function graph stands in one run.
 *
 * <p>Legal moves: WAITING to READY, SKIPPED or CANCELLED; READY to EXECUTING or CANCELLED; EXECUTING
 * to COMPLETED, FAILED or CANCELLED. The last four are terminal.
 */
public enum NodeState {
  /** Predecessors are still to come. */
  WAITING,
  /** All predecessors are done; nobody has begun the node yet. */
  READY,
  /** A thread has it. */
  EXECUTING,
  /** Done, with an output. */
  COMPLETED,
  /** Its function failed; this fails the run. */
  FAILED,
  /** On a branch that no switch took. */
  SKIPPED,
  /** The run ended before the node did. */
  CANCELLED;

  /** Whether the state can no longer change. */
  public boolean isTerminal() {
    return this == COMPLETED || this == FAILED || this == SKIPPED || this == CANCELLED;
  }

  /** Whether a node may go from this state to {@code next}. */
  public boolean canBecome(NodeState next) {
    return switch (this) {
      case WAITING -> next == READY || next == SKIPPED || next == CANCELLED;
      case READY -> next == EXECUTING || next == CANCELLED;
      case EXECUTING -> next == COMPLETED || next == FAILED || next == CANCELLED;
      case COMPLETED, FAILED, SKIPPED, CANCELLED -> false;
    };
  }
}
