package io.faasflow.function;

import io.faasflow.run.RunId;
import java.util.List;

/**
 * What a function can know about its invocation. Confined to the invocation: do not keep it, or
 * hand it to other threads, after the function has returned.
 */
public interface FunctionContext {
  /** The id of the run. */
  RunId runId();

  /** The name of the workflow. */
  String workflow();

  /** The name of the task. */
  String task();

  /** The name of the function that the task uses. */
  String function();

  /**
   * Which instance of the enclosing foreach steps this is, outermost first, counted from 0; empty
   * outside of any foreach.
   */
  List<Integer> instance();

  /** Which attempt this is, counted from 1. */
  int attempt();

  /** The name of the worker that runs it. */
  String worker();

  /**
   * Whether the run has ended meanwhile, or the time of this attempt or compensation is up, so that
   * going on is a waste. The thread is interrupted as well; this is for loops that never block.
   */
  boolean isCancelled();

  /**
   * Whether this is a call of what undoes the task. Attempts are counted anew then; all else tells of
   * what is undone.
   */
  default boolean isCompensation() {
    return false;
  }
}
