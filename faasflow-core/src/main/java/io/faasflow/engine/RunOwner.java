package io.faasflow.engine;

import io.faasflow.run.RunStatus;
import java.util.List;

/** Who started a run. Thread-safe. */
public interface RunOwner {
  /** The engines of all workers that take part in the run. */
  List<WorkerEngine> engines();

  /** The run has ended. Called once, before its future completes. */
  void ended(RunStatus status);
}
