package io.faasflow.engine;

import io.faasflow.run.FailureSite;
import io.faasflow.run.RunException;
import io.faasflow.run.RunStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who started a run. Thread-safe. */
public interface RunOwner {
  /** The engines of all workers that take part in the run. */
  List<WorkerEngine> engines();

  /**
   * The run has ended. Called once, before its future completes.
   *
   * @param failure with what its future completes; null where that is its output
   * @param output its output; null where it has failed, too
   */
  void ended(RunStatus status, @Nullable RunException failure, @Nullable Object output);

  /** Whether something else gives the output of this run when a task of it has failed. */
  boolean canRecover();

  /**
   * A task has failed, and what had to be undone is undone. Called at most once, and only if this owner
   * {@linkplain #canRecover can recover}.
   *
   * @param site which task failed, and where
   * @param cause why
   * @return a run whose output is to be that of the failed one; prepared, not begun
   */
  EngineRun recover(FailureSite site, Throwable cause);
}
