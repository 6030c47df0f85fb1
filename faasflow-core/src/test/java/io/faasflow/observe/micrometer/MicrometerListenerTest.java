package io.faasflow.observe.micrometer;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.FaasFlow;
import io.faasflow.observe.RunEvent;
import io.faasflow.run.RunId;
import io.faasflow.run.RunStatus;
import io.faasflow.run.TaskFailedException;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class MicrometerListenerTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final MicrometerListener listener = new MicrometerListener(registry);

  private static RunEvent attempted(RunId run, long ready, long start, long end) {
    return new RunEvent.Attempted(
        run,
        new RunEvent.Site(1, "t", "t", List.of(3), "worker-1"),
        1,
        RunEvent.Outcome.TIMED_OUT,
        ready,
        start,
        end,
        RunEvent.UNKNOWN_BYTES,
        null);
  }

  @Test
  void runs_ofAWorkflow_areCountedByStatusAndOutcome() {
    Task<Integer, Integer> check = task("check", n -> {
      if (n < 0) {
        throw new IllegalArgumentException("negative");
      }
      return n;
    });
    Workflow<Integer, Integer> workflow =
        Workflow.<Integer>builder("checks").sequence(check).build();
    try (FaasFlow flow = FaasFlow.builder().listener(listener).build()) {
      flow.run(workflow, 1);
      flow.run(workflow, 2);
      assertThatThrownBy(() -> flow.run(workflow, -1)).isInstanceOf(TaskFailedException.class);
    }
    assertThat(timer("completed").count()).isEqualTo(2);
    assertThat(timer("failed").count()).isEqualTo(1);
    assertThat(registry.get("faasflow.task.queued").tag("task", "check").timer().count())
        .isEqualTo(3);
    assertThat(runs("completed")).isEqualTo(2);
    assertThat(runs("failed")).isEqualTo(1);
    assertThat(active()).isZero();
  }

  private Timer timer(String outcome) {
    return registry
        .get("faasflow.task")
        .tags("workflow", "checks", "task", "check", "outcome", outcome)
        .timer();
  }

  private double runs(String status) {
    return registry
        .get("faasflow.runs")
        .tags("workflow", "checks", "status", status)
        .counter()
        .count();
  }

  private double active() {
    return registry.get("faasflow.runs.active").gauge().value();
  }

  @Test
  void attempt_ofAnActiveRun_isTimed() {
    RunId run = new RunId(1, 2);
    listener.on(new RunEvent.RunStarted(run, 0, "w", 1));
    assertThat(active()).isEqualTo(1);
    listener.on(attempted(run, 100, 400, 2_400));
    Timer timer = registry.get("faasflow.task").tag("outcome", "timed_out").timer();
    assertThat(timer.totalTime(TimeUnit.NANOSECONDS)).isEqualTo(2_000);
    assertThat(registry.get("faasflow.task.queued").timer().totalTime(TimeUnit.NANOSECONDS))
        .isEqualTo(300);
    listener.on(new RunEvent.RunEnded(run, 3_000, "w", RunStatus.TIMED_OUT, null));
    listener.on(attempted(run, 100, 400, 9_000));
    assertThat(timer.count()).as("too late").isEqualTo(1);
    assertThat(active()).isZero();
    assertThat(
            registry.get("faasflow.runs").tag("status", "timed_out").counter().count())
        .isEqualTo(1);
  }
}
