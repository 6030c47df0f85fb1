package io.faasflow;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.run.RunRefusedException;
import io.faasflow.run.RunStatus;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RunLimitsTest {
  private final CountDownLatch free = new CountDownLatch(1);
  private final AtomicInteger active = new AtomicInteger();
  private final AtomicInteger mostActive = new AtomicInteger();

  private Workflow<Integer, Integer> blocking() {
    return Workflow.<Integer>builder("blocking")
        .sequence(task("waits", (Integer x) -> {
          mostActive.accumulateAndGet(active.incrementAndGet(), Math::max);
          free.await();
          active.decrementAndGet();
          return x;
        }))
        .build();
  }

  @Test
  void runs_aboveTheLimit_waitInOrderAndAreRefusedAboveTheQueue() throws Exception {
    Workflow<Integer, Integer> workflow = blocking();
    try (FaasFlow flow = FaasFlow.builder().maxActiveRuns(2).maxQueuedRuns(3).build()) {
      List<WorkflowRun<Integer>> runs = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        runs.add(flow.start(workflow, i));
      }
      assertThat(runs)
          .extracting(WorkflowRun::status)
          .containsExactly(
              RunStatus.RUNNING,
              RunStatus.RUNNING,
              RunStatus.QUEUED,
              RunStatus.QUEUED,
              RunStatus.QUEUED);
      assertThatThrownBy(() -> flow.start(workflow, 5))
          .isInstanceOf(RunRefusedException.class)
          .hasMessageContaining("'blocking'")
          .hasMessageContaining("2 runs are active and 3 wait");
      assertThat(flow.activeRuns()).hasSize(5);
      // A place in the queue is free again when a run that waits is cancelled.
      assertThat(runs.get(3).cancel()).isTrue();
      assertThat(runs.get(3).result().status()).isEqualTo(RunStatus.CANCELLED);
      runs.set(3, flow.start(workflow, 3));
      free.countDown();
      for (int i = 0; i < 5; i++) {
        assertThat(runs.get(i).await()).isEqualTo(i);
      }
      assertThat(mostActive).hasValueLessThanOrEqualTo(2);
    }
  }

  @Test
  void runs_fromManyThreads_areNeverTooManyAndNoneIsLost() throws Exception {
    Workflow<Integer, Integer> workflow = blocking();
    free.countDown();
    try (FaasFlow flow = FaasFlow.builder().maxActiveRuns(3).build()) {
      List<Thread> clients = new ArrayList<>();
      AtomicInteger done = new AtomicInteger();
      for (int c = 0; c < 8; c++) {
        Thread client = new Thread(() -> {
          for (int i = 0; i < 500; i++) {
            WorkflowRun<Integer> run = flow.start(workflow, i);
            if (i % 5 == 0) {
              run.cancel();
            }
            done.addAndGet(run.toFuture().handle((x, e) -> 1).join());
          }
        });
        client.start();
        clients.add(client);
      }
      for (Thread client : clients) {
        client.join();
      }
      assertThat(done).hasValue(4_000);
      assertThat(flow.activeRuns()).isEmpty();
    }
  }

  @Test
  void run_inAFunctionOfAnActiveRun_isLetIn() {
    Workflow<Integer, Integer> inner = Workflow.<Integer>builder("inner")
        .sequence(task("inc", (Integer x) -> x + 1))
        .build();
    try (FaasFlow flow = FaasFlow.builder().maxActiveRuns(1).maxQueuedRuns(0).build()) {
      Workflow<Integer, Integer> outer = Workflow.<Integer>builder("outer")
          .sequence(task("runs", (Integer x) -> flow.run(inner, x)))
          .build();
      assertThat(flow.run(outer, 1)).isEqualTo(2);
    }
  }

  @Test
  void deadline_ofARunThatWaits_isCountedFromItsStart() throws Exception {
    Workflow<Integer, Integer> workflow = blocking();
    try (FaasFlow flow = FaasFlow.builder().maxActiveRuns(1).build()) {
      WorkflowRun<Integer> first = flow.start(workflow, 1);
      WorkflowRun<Integer> second =
          flow.start(workflow, 2, RunOptions.deadline(Duration.ofMillis(10)));
      assertThat(second.result().status()).isEqualTo(RunStatus.TIMED_OUT);
      free.countDown();
      assertThat(first.await()).isEqualTo(1);
    }
  }

  @Test
  void smallRun_besideAHugeForeach_hasItsTurnSoon() throws Exception {
    int items = 100_000;
    AtomicInteger instances = new AtomicInteger();
    CountDownLatch begun = new CountDownLatch(100);
    Workflow<Integer, Integer> huge = Workflow.<Integer>builder("huge")
        .foreach(n -> IntStream.range(0, n).boxed().toList(), task("item", (Integer x) -> {
          begun.countDown();
          long sum = 0;
          for (int i = 0; i < 5_000; i++) {
            sum += i ^ x;
          }
          instances.incrementAndGet();
          return sum;
        }))
        .sequence(task("size", List::size))
        .build();
    Workflow<Integer, Integer> small = Workflow.<Integer>builder("small")
        .sequence(task("a", (Integer x) -> x + 1))
        .parallel(task("b", (Integer x) -> x), task("c", (Integer x) -> x))
        .sequence(task("d", found -> found.values().size()))
        .build();
    try (FaasFlow flow = FaasFlow.local()) {
      WorkflowRun<Integer> run = flow.start(huge, items);
      begun.await();
      int before = instances.get();
      assertThat(flow.run(small, 1)).isEqualTo(2);
      int meanwhile = instances.get() - before;
      assertThat(run.await()).isEqualTo(items);
      assertThat(meanwhile).as("instances that ran while the small run did").isLessThan(items / 4);
    }
  }
}
