package io.faasflow.engine;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.FaasFlow;
import io.faasflow.WorkflowResult;
import io.faasflow.partition.HashSpread;
import io.faasflow.partition.PartitionPlan;
import io.faasflow.run.RunId;
import io.faasflow.run.Traffic;
import io.faasflow.time.FlowClock;
import io.faasflow.time.VirtualClock;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SimulatedNetworkTest {
  private static final RunRef RUN = new RunRef(new RunId(1, 2), "a", 1, "d");

  private record Arrival(long nanos, Message message) {}

  @Test
  void send_inVirtualTime_takesLatencyAndTheBytesTimeOnTheReceiversLine() {
    VirtualClock clock = new VirtualClock();
    List<Arrival> arrived = new ArrayList<>();
    Message one = new Message.Assign(RUN, 1, List.of());
    Message two = new Message.Assign(RUN, 2, List.of());
    try (SimulatedNetwork network =
        new SimulatedNetwork(new DirectTransport(), clock, Duration.ofMillis(3), 1_000)) {
      network.register("a", message -> arrived.add(new Arrival(clock.nanos(), message)));
      int bytes = network.send("a", one);
      assertThat(bytes).isEqualTo(new MessageCodec().encode(one).length).isPositive();
      assertThat(network.send("a", two)).isEqualTo(bytes);
      clock.advance(Duration.ofMillis(2 + bytes));
      assertThat(arrived).isEmpty();
      clock.advance(Duration.ofHours(1));
      assertThat(arrived)
          .containsExactly(
              new Arrival(Duration.ofMillis(3 + bytes).toNanos(), one),
              new Arrival(Duration.ofMillis(3 + 2L * bytes).toNanos(), two));
    }
  }

  @Test
  void send_afterTheClockWasClosed_isRefused() {
    VirtualClock clock = new VirtualClock();
    try (SimulatedNetwork network = new SimulatedNetwork(
        new DirectTransport(), clock, Duration.ZERO, Double.POSITIVE_INFINITY)) {
      clock.close();
      assertThatThrownBy(() -> network.send("a", new Message.Assign(RUN, 1, List.of())))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void traffic_ofARun_isWhatThePatternSends() throws Exception {
    var builder = Workflow.<Integer>builder("chain");
    var steps = builder.sequence(task("t0", (Integer x) -> x + 1));
    for (int i = 1; i < 20; i++) {
      steps = steps.sequence(task("t" + i, (Integer x) -> x + 1));
    }
    Workflow<Integer, Integer> chain = steps.build();
    for (SchedulePattern pattern : SchedulePattern.values()) {
      try (FlowClock clock = FlowClock.system();
          SimulatedNetwork network =
              new SimulatedNetwork(new DirectTransport(), clock, Duration.ofNanos(1), 1e9);
          FaasFlow flow = FaasFlow.builder()
              .workers(4)
              .partitioner(new HashSpread())
              .transport(network)
              .pattern(pattern)
              .build()) {
        PartitionPlan plan = flow.plan(chain);
        int cut = 0;
        for (int i = 1; i < plan.workerOfNode().size(); i++) {
          cut += plan.workerOfNode().get(i).equals(plan.workerOfNode().get(i - 1)) ? 0 : 1;
        }
        assertThat(cut).isPositive();
        int triggers = pattern == SchedulePattern.MASTER_SIDE ? 2 * 20 : cut;
        int ends = plan.workers().size() - (pattern == SchedulePattern.MASTER_SIDE ? 0 : 1);
        WorkflowResult<Integer> result = flow.start(chain, 0).result();
        assertThat(result.output()).contains(20);
        assertThat(result.traffic().messages()).isEqualTo(triggers + ends);
        assertThat(result.traffic().bytes()).isGreaterThan(100L * (triggers + ends));
      }
    }
    try (FaasFlow flow = FaasFlow.local()) {
      assertThat(flow.start(chain, 0).result().traffic()).isEqualTo(Traffic.NONE);
    }
  }
}
