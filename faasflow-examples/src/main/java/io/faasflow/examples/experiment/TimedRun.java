package io.faasflow.examples.experiment;

import io.faasflow.FaasFlow;
import io.faasflow.RunOptions;
import io.faasflow.WorkflowResult;
import io.faasflow.WorkflowRun;
import io.faasflow.run.RunException;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A run that has completed, and how long that took. Immutable.
 *
 * @param nanos from its start to its end
 */
record TimedRun(WorkflowResult<Object> result, long nanos) {
  private static final Duration LOOK = Duration.ofSeconds(1);

  /**
   * Runs a workflow once.
   *
   * @param begun gets the run when it has begun
   * @param waiting is called every second until the run has ended
   * @throws RunException when the run does not complete
   * @throws InterruptedException when this thread is interrupted
   */
  static TimedRun of(
      FaasFlow flow,
      Workflow<Map<String, Object>, Object> workflow,
      Map<String, Object> input,
      RunOptions options,
      Consumer<WorkflowRun<?>> begun,
      Runnable waiting)
      throws InterruptedException {
    long start = System.nanoTime();
    WorkflowRun<Object> run = flow.start(workflow, input, options);
    begun.accept(run);
    Optional<WorkflowResult<Object>> result = run.await(LOOK);
    while (result.isEmpty()) {
      waiting.run();
      result = run.await(LOOK);
    }
    long nanos = System.nanoTime() - start;
    Optional<RunException> failure = result.get().failure();
    if (failure.isPresent()) {
      throw failure.get();
    }
    return new TimedRun(result.get(), nanos);
  }
}
