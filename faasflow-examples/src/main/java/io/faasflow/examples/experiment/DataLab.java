package io.faasflow.examples.experiment;

import io.faasflow.FaasFlow;
import io.faasflow.RunOptions;
import io.faasflow.WorkflowResult;
import io.faasflow.WorkflowRun;
import io.faasflow.examples.generated.GeneratedFunctions;
import io.faasflow.faastore.FaaStore;
import io.faasflow.faastore.RemoteTier;
import io.faasflow.partition.LocalitySpread;
import io.faasflow.run.RunException;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** A runtime with one kind of store, for one workflow. Confined to one thread. */
final class DataLab implements AutoCloseable {
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Workflow<Map<String, Object>, Object> workflow;
  private final Map<String, Object> input;
  private final RunOptions options;
  private final DataMeter meter = new DataMeter();
  private final LimitedTier line;
  private final FaaStore store;
  private final FaasFlow flow;

  /**
   * @param memoryBytes of each worker; 0: all data go through the remote tier
   */
  DataLab(
      Workflow<Map<String, Object>, Object> workflow,
      Conditions conditions,
      RemoteTier tier,
      long memoryBytes) {
    this.workflow = workflow;
    input = GeneratedFunctions.input(workflow, conditions.scale());
    options = RunOptions.deadline(conditions.deadline());
    line = new LimitedTier(tier, conditions.bytesPerSecond());
    store = FaaStore.builder()
        .remote("remote", line)
        .workerLimit(memoryBytes)
        .writeBehind(0) // a save takes as long as it takes
        .build();
    flow = FaasFlow.builder()
        .workers(conditions.workers())
        .slots(conditions.slots())
        .partitioner(new AsItRuns(new LocalitySpread(), conditions))
        .functions(GeneratedFunctions.of(workflow, conditions.scale()))
        .stores(store)
        .listener(meter)
        .closeTimeout(Duration.ZERO) // a run that goes on here is one that nobody waits for
        .build();
  }

  /**
   * Runs the workflow once.
   *
   * @param begun gets the run when it has begun
   * @param waiting is called every second until the run has ended
   * @throws RunException when the run does not complete
   * @throws InterruptedException when this thread is interrupted
   */
  DataSample run(Consumer<WorkflowRun<?>> begun, Runnable waiting) throws InterruptedException {
    long start = System.nanoTime();
    WorkflowRun<Object> run = flow.start(workflow, input, options);
    begun.accept(run);
    Optional<WorkflowResult<Object>> result = run.await(LOOK);
    while (result.isEmpty()) {
      waiting.run();
      result = run.await(LOOK);
    }
    long latency = System.nanoTime() - start;
    Optional<RunException> failure = result.get().failure();
    if (failure.isPresent()) {
      throw failure.get();
    }
    DataMeter.Measured measured = meter.take();
    return new DataSample(
        latency, measured.nanos(), measured.memoryBytes(), measured.remoteBytes());
  }

  @Override
  public void close() {
    flow.close();
    store.close();
    line.close();
  }
}
