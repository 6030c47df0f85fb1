package io.faasflow.engine;

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
   */
  void ended(RunStatus status, @Nullable RunException failure);
}
