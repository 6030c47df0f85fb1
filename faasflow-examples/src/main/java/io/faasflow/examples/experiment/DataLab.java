package io.faasflow.examples.experiment;

import io.faasflow.FaasFlow;
import io.faasflow.RunOptions;
import io.faasflow.WorkflowRun;
import io.faasflow.examples.generated.GeneratedFunctions;
import io.faasflow.faastore.FaaStore;
import io.faasflow.faastore.RemoteTier;
import io.faasflow.partition.LocalitySpread;
import io.faasflow.run.RunException;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;

/** A runtime with one kind of store, for one workflow. Confined to one thread. */
final class DataLab implements AutoCloseable {
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
    FaaStore.Builder settings = FaaStore.builder().remote("remote", line).workerLimit(memoryBytes);
    if (memoryBytes == 0) {
      settings.writeBehind(0); // everything is written before anybody goes on
    }
    store = settings.build();
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
    TimedRun run = TimedRun.of(flow, workflow, input, options, begun, waiting);
    DataMeter.Measured measured = meter.take();
    return new DataSample(
        run.nanos(), measured.nanos(), measured.memoryBytes(), measured.remoteBytes());
  }

  @Override
  public void close() {
    flow.close();
    store.close();
    line.close();
  }
}
