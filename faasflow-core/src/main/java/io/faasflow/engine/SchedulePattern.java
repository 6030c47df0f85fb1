package io.faasflow.engine;

/** Who decides what runs next. Both give the same results, failures and data. */
public enum SchedulePattern {
  /**
   * The worker that completed a node triggers its successors: those of its own in place, others by a
   * message to their worker.
   */
  WORKER_SIDE,

  /**
   * A master keeps the state of all nodes of a run. It assigns each function to its worker by a
   * message, and learns of its completion by another; switches and joins it executes itself. A
   * foreach is one assignment, whatever its number of instances. The baseline that the worker-side
   * pattern is measured against.
   */
  MASTER_SIDE
}
