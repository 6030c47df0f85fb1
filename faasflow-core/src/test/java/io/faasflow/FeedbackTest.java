package io.faasflow;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.function.Resources;
import io.faasflow.observe.ValueSize;
import io.faasflow.partition.FeedbackOptions;
import io.faasflow.partition.PartitionPlan;
import io.faasflow.store.DataKey;
import io.faasflow.store.ForwardingStore;
import io.faasflow.store.InHeapStore;
import io.faasflow.time.VirtualClock;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FeedbackTest {
  private static final Resources SLOT = Resources.NONE.withSlots(1);
  private static final FeedbackOptions EAGER = new FeedbackOptions(0.1, Duration.ZERO, 20);

  private final CountDownLatch mayEnd = new CountDownLatch(1);
  private final CountDownLatch waits = new CountDownLatch(1);

  private final Task<String, byte[]> large = task("large", (String x) -> new byte[10]);
  private final Task<String, byte[]> small = task("small", (String x) -> new byte[2_000_000]);

  /** A store on a network that carries 50 MB/s, in virtual time. */
  private static final class SlowStore extends ForwardingStore {
    private final VirtualClock clock;

    SlowStore(VirtualClock clock) {
      super(new InHeapStore());
      this.clock = clock;
    }

    @Override
    public Optional<Stored> fetch(DataKey key) {
      Optional<Stored> stored = super.fetch(key);
      stored.ifPresent(found ->
          clock.advance(Duration.ofNanos(Math.max(0, ValueSize.of(found.value())) * 20)));
      return stored;
    }
  }

  /** Of two outputs, the one that is declared as the larger is the smaller. */
  private Workflow<String, Integer> misjudged() {
    Task<String, byte[]> declaredLarge = large.expectedOutputBytes(5_000_000).resources(SLOT);
    Task<String, byte[]> declaredSmall = small.expectedOutputBytes(100).resources(SLOT);
    return Workflow.<String>builder("misjudged")
        .parallel(declaredLarge, declaredSmall)
        .sequence(Task.reading(declaredLarge, declaredSmall)
            .<Object, Integer>task(
                "both",
                (input, read) -> read.get(declaredLarge).length + read.get(declaredSmall).length)
            .resources(SLOT))
        .sequence(Task.<Integer, Integer>contextTask("last", (x, context) -> {
          if (waits.getCount() > 0) {
            waits.countDown();
            mayEnd.await();
          }
          return x;
        }))
        .build();
  }

  private static String workerOf(FaasFlow flow, Workflow<?, ?> workflow, String task) {
    PartitionPlan plan = flow.plan(workflow);
    Map<String, String> assignment = plan.assignment(io.faasflow.graph.FunctionGraph.of(workflow));
    return assignment.get(task);
  }

  @Test
  void plan_thatWasMisjudged_isReplacedWhileOlderRunsKeepTheirs() throws Exception {
    Workflow<String, Integer> workflow = misjudged();
    try (VirtualClock clock = new VirtualClock();
        SlowStore store = new SlowStore(clock);
        FaasFlow flow = FaasFlow.builder()
            .workers(2)
            .slots(2)
            .clock(clock)
            .store(store)
            .feedback(EAGER)
            .build()) {
      assertThat(workerOf(flow, workflow, "both")).isEqualTo(workerOf(flow, workflow, "large"));
      WorkflowRun<Integer> old = flow.start(workflow, "");
      waits.await();
      for (int i = 0; i < 5_000 && flow.plan(workflow).version() == 1; i++) {
        assertThat(flow.run(workflow, "")).isEqualTo(2_000_010);
      }
      assertThat(flow.plan(workflow).version()).isEqualTo(2);
      assertThat(workerOf(flow, workflow, "both")).isEqualTo(workerOf(flow, workflow, "small"));
      for (int i = 0; i < 100; i++) {
        assertThat(flow.run(workflow, "")).isEqualTo(2_000_010);
      }
      // The oldest run still follows plan 1, which goes when it has ended.
      assertThat(flow.deploymentsKept()).isEqualTo(4);
      mayEnd.countDown();
      assertThat(old.await()).isEqualTo(2_000_010);
      assertThat(flow.deploymentsKept()).isEqualTo(2);
      // What was learnt holds: no plan follows another without a reason.
      for (int i = 0; i < 500; i++) {
        assertThat(flow.run(workflow, "")).isEqualTo(2_000_010);
      }
      assertThat(flow.plan(workflow).version()).isEqualTo(2);
    }
  }

  @Test
  void plan_withoutFeedback_staysAsItIs() {
    waits.countDown();
    Workflow<String, Integer> workflow = misjudged();
    try (FaasFlow flow = FaasFlow.builder().workers(2).slots(2).build()) {
      for (int i = 0; i < 500; i++) {
        assertThat(flow.run(workflow, "")).isEqualTo(2_000_010);
      }
      assertThat(flow.plan(workflow).version()).isEqualTo(1);
    }
  }
}
