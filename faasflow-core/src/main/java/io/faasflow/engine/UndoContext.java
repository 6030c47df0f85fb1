package io.faasflow.engine;

import io.faasflow.function.FunctionContext;
import io.faasflow.run.RunId;
import java.util.List;

/** The context of a compensation. */
record UndoContext(Effects.Effect effect, String task, String function, int attempt, UndoCall call)
    implements FunctionContext {
  /** The same for a compensation that has a name of its own. */
  UndoContext as(String name) {
    return new UndoContext(effect, name, name, attempt, call);
  }

  @Override
  public RunId runId() {
    return effect.run().ref.id();
  }

  @Override
  public String workflow() {
    return effect.run().deployment.workflow();
  }

  @Override
  public List<Integer> instance() {
    return effect.instance();
  }

  @Override
  public String worker() {
    return effect.run().engine.worker();
  }

  @Override
  public boolean isCancelled() {
    return !call.isRunning();
  }

  @Override
  public boolean isCompensation() {
    return true;
  }
}
