package io.faasflow.engine;

import io.faasflow.run.Progress;
import io.faasflow.run.RunStatus;
import java.util.List;

/** Who started a run, and knows all engines that take part in it. Thread-safe. */
public interface RunOwner {
  /** How far a run is on all of its workers. */
  Progress progress(EngineRun run);

  /** The tasks that are executing on all of its workers. */
  List<String> executingTasks(EngineRun run);

  /** The run has ended. Called once, before its future completes. */
  void ended(RunStatus status);
}
