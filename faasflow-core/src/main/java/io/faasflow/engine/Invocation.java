package io.faasflow.engine;

import io.faasflow.container.ContainerCall;
import io.faasflow.container.ContainerUsage;
import io.faasflow.run.RunId;
import io.faasflow.workflow.Outputs;
import io.faasflow.workflow.Task;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The context of one invocation.
 *
 * @param attempts null where the task has no policy, so that there is one attempt
 * @param read what an intercepted function reads besides its input: looked up before the interceptor is
 *     called, which may take its time, while an instance that has failed gives its values up
 */
record Invocation(
    Frame frame,
    NodeCode code,
    Task<?, ?> definition,
    @Nullable Attempts attempts,
    int attempt,
    @Nullable Outputs read)
    implements ContainerCall {
  @Override
  public RunId runId() {
    return frame.run.ref.id();
  }

  @Override
  public String workflow() {
    return frame.run.deployment.workflow();
  }

  @Override
  public String task() {
    return definition.name();
  }

  @Override
  public String function() {
    return definition.function();
  }

  @Override
  public List<Integer> instance() {
    return frame.instancePath();
  }

  @Override
  public String worker() {
    return frame.run.engine.worker();
  }

  @Override
  public boolean isCancelled() {
    return frame.isOver() || (attempts != null && !attempts.isRunning(attempt));
  }

  @Override
  public void used(ContainerUsage usage) {
    frame.run.used(frame, code, attempt, usage);
  }
}
