package io.faasflow;

import io.faasflow.engine.EngineRun;
import io.faasflow.run.Traffic;

/** What a runtime knows of a run besides the run itself. Thread-safe. */
interface RunBackground {
  /** What its workers told each other; complete when it has ended. */
  Traffic traffic();

  /** Makes what looks at the run for those who ask how far it is. */
  RunForecaster forecaster(EngineRun run);
}
