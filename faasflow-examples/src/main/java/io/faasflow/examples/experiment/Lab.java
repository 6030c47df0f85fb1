package io.faasflow.examples.experiment;

import io.faasflow.FaasFlow;
import io.faasflow.RunOptions;
import io.faasflow.WorkflowRun;
import io.faasflow.engine.DirectTransport;
import io.faasflow.engine.SimulatedNetwork;
import io.faasflow.engine.WorkerTransport;
import io.faasflow.examples.generated.GeneratedFunctions;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.run.RunException;
import io.faasflow.store.InHeapStore;
import io.faasflow.time.FlowClock;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;

/** A runtime in one setting, with its instruments, for one workflow. Confined to one thread. */
final class Lab implements AutoCloseable {
  private final Workflow<Map<String, Object>, Object> workflow;
  private final FunctionGraph graph;
  private final Map<String, Object> input;
  private final RunOptions options;
  private final FunctionTimer timer = new FunctionTimer();
  private final MeteredStore store = new MeteredStore(new InHeapStore());
  private final FlowClock clock = FlowClock.system();
  private final WorkerTransport transport;
  private final FaasFlow flow;

  Lab(Workflow<Map<String, Object>, Object> workflow, Setting setting, Conditions conditions) {
    this.workflow = workflow;
    graph = FunctionGraph.of(workflow);
    input = GeneratedFunctions.input(workflow, conditions.scale());
    options = RunOptions.deadline(conditions.deadline());
    WorkerTransport direct = new DirectTransport();
    transport = conditions.latency().isZero()
        ? direct
        : new SimulatedNetwork(direct, clock, conditions.latency(), conditions.bytesPerSecond());
    flow = FaasFlow.builder()
        .workers(conditions.workers())
        .slots(conditions.slots())
        .pattern(setting.pattern())
        .partitioner(new AsItRuns(setting.partitioner(), conditions))
        .functions(timer.around(GeneratedFunctions.of(workflow, conditions.scale())))
        .transport(transport)
        .store(store)
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
  Sample run(Consumer<WorkflowRun<?>> begun, Runnable waiting) throws InterruptedException {
    TimedRun run = TimedRun.of(flow, workflow, input, options, begun, waiting);
    MeteredStore.Bytes bytes = store.take(graph.start().id());
    return new Sample(
        run.nanos(),
        timer.take().criticalPathNanos(graph),
        run.result().traffic(),
        bytes.outputs(),
        bytes.input());
  }

  @Override
  public void close() {
    flow.close();
    transport.close();
    clock.close();
    store.close();
  }
}
