package io.faasflow;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.function.Resources;
import io.faasflow.function.RetryPolicy;
import io.faasflow.function.TaskFunction;
import io.faasflow.partition.PartitionException;
import io.faasflow.run.RunStatus;
import io.faasflow.time.VirtualClock;
import io.faasflow.workflow.Parallel;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Tolerance;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What runs at the same time keeps a worker's capacity: with one worker here, else in subclasses. */
@Timeout(60)
class CapacityTest {
  private static final Resources FOUR_CPUS = Resources.NONE.withCpus(4);

  private final AtomicLong taken = new AtomicLong();
  private final AtomicLong most = new AtomicLong();

  FaasFlow.Builder builder() {
    return FaasFlow.builder().closeTimeout(Duration.ZERO);
  }

  private <I> Task<I, I> taking(
      String name, long amount, Resources resources, TaskFunction<I, I> f) {
    return Task.<I, I>task(name, x -> {
          most.accumulateAndGet(taken.addAndGet(amount), Math::max);
          try {
            return f.apply(x);
          } finally {
            taken.addAndGet(-amount);
          }
        })
        .resources(resources);
  }

  private <I> Task<I, I> cpus(String name, int cpus, TaskFunction<I, I> f) {
    return taking(name, cpus, Resources.NONE.withCpus(cpus), f);
  }

  private static <T> T pausing(T value) {
    LockSupport.parkNanos(1_000);
    return value;
  }

  private static Workflow<Integer, List<Integer>> each(Task<Integer, Integer> task) {
    return Workflow.<Integer>builder("each-" + task.name())
        .foreach(n -> IntStream.range(0, n).boxed().toList(), task)
        .build();
  }

  @Test
  void functions_ofManyRuns_neverTakeMoreThanAWorkerHas() throws Exception {
    try (FaasFlow flow = builder().capacity(FOUR_CPUS).concurrency("limited", 2).build()) {
      List<Workflow<Integer, List<Integer>>> workflows = List.of(
          each(cpus("one", 1, CapacityTest::pausing)),
          each(cpus("three", 3, CapacityTest::pausing)),
          each(cpus("all", 4, CapacityTest::pausing)),
          each(cpus("limited", 1, CapacityTest::pausing)),
          each(task("free", CapacityTest::pausing)));
      List<WorkflowRun<List<Integer>>> runs = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        for (Workflow<Integer, List<Integer>> workflow : workflows) {
          runs.add(flow.start(workflow, 50));
        }
      }
      runs.get(1).cancel();
      runs.get(7).cancel();
      for (WorkflowRun<List<Integer>> run : runs) {
        RunStatus end = run.result().status();
        assertThat(end).isIn(RunStatus.COMPLETED, RunStatus.CANCELLED);
      }
      // All of it is there again.
      assertThat(flow.run(workflows.get(2), 3)).hasSize(3);
    }
    assertThat(taken).hasValue(0);
  }

  /** On one worker. */
  @Test
  void functions_onAWorker_keepToEachOfItsResources() {
    Resources small = new Resources(0, 100, 0);
    try (FaasFlow flow = FaasFlow.builder().capacity(new Resources(0, 250, 0)).build()) {
      assertThat(flow.run(each(taking("bytes", 100, small, CapacityTest::pausing)), 200))
          .hasSize(200);
    }
    assertThat(most.get()).isBetween(100L, 200L);
    most.set(0);
    try (FaasFlow flow = FaasFlow.builder().capacity(FOUR_CPUS).build()) {
      assertThat(flow.run(each(cpus("three", 3, CapacityTest::pausing)), 200)).hasSize(200);
      assertThat(most).hasValue(3);
      assertThat(flow.run(each(cpus("one", 1, CapacityTest::pausing)), 200)).hasSize(200);
      assertThat(most.get()).isBetween(3L, 4L);
    }
  }

  @Test
  void aLargeTask_isNotPassedByThoseThatCameLater() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    List<String> order = new ArrayList<>();
    try (FaasFlow flow = FaasFlow.builder().capacity(FOUR_CPUS).build()) {
      WorkflowRun<List<Integer>> first = flow.start(
          each(cpus("first", 1, x -> {
            begun.countDown();
            go.await();
            return x;
          })),
          1);
      begun.await();
      Workflow<Integer, List<Integer>> large = each(cpus("large", 4, x -> note(order, "large", x)));
      Workflow<Integer, List<Integer>> small = each(cpus("small", 1, x -> note(order, "small", x)));
      WorkflowRun<List<Integer>> second = flow.start(large, 1);
      awaitWaiting(flow, 1);
      WorkflowRun<List<Integer>> third = flow.start(small, 1);
      awaitWaiting(flow, 2);
      go.countDown();
      first.await();
      second.await();
      third.await();
    }
    assertThat(order).containsExactly("large", "small");
  }

  /** A run that holds one of the CPUs until it is told to end. */
  private WorkflowRun<List<Integer>> holdsOne(FaasFlow flow, CountDownLatch end) throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    WorkflowRun<List<Integer>> run = flow.start(
        each(cpus("holds one", 1, x -> {
          begun.countDown();
          end.await();
          return x;
        })),
        1);
    begun.await();
    return run;
  }

  @Test
  void aTaskWhoseTimeIsUpWhileItWaits_holdsNobodyUp() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    try (VirtualClock clock = new VirtualClock();
        FaasFlow flow = FaasFlow.builder()
            .clock(clock)
            .capacity(FOUR_CPUS)
            .concurrency("large", 1)
            .build()) {
      WorkflowRun<List<Integer>> first = holdsOne(flow, end);
      Workflow<Integer, List<Integer>> large = Workflow.<Integer>builder("large")
          .foreach(
              n -> IntStream.range(0, n).boxed().toList(),
              cpus("large", 4, (Integer x) -> x)
                  .totalTimeout(Duration.ofMinutes(1))
                  .onFailure(task("otherwise", failure -> -1)))
          .build();
      WorkflowRun<List<Integer>> second = flow.start(large, 1);
      awaitWaiting(flow, 1);
      WorkflowRun<List<Integer>> third = flow.start(each(cpus("small", 1, x -> x)), 1);
      awaitWaiting(flow, 2);
      clock.advance(Duration.ofMinutes(1));
      assertThat(third.await(Duration.ofSeconds(30)).orElseThrow().status())
          .isEqualTo(RunStatus.COMPLETED);
      assertThat(second.await()).containsExactly(-1);
      end.countDown();
      first.await();
      // Its function's permit is there again.
      assertThat(flow.run(large, 2)).containsExactly(0, 1);
    }
  }

  @Test
  void aTaskWhoseInstanceFailsWhileItWaits_holdsNobodyUp() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    CountDownLatch fail = new CountDownLatch(1);
    try (FaasFlow flow =
        FaasFlow.builder().capacity(FOUR_CPUS).concurrency("large", 1).build()) {
      WorkflowRun<List<Integer>> first = holdsOne(flow, end);
      CountDownLatch goOn = new CountDownLatch(1);
      Workflow<Integer, Object> tolerant = Workflow.<Integer>builder("tolerant")
          .foreach(
              n -> List.of(n),
              Parallel.of(cpus("large", 4, (Integer x) -> x), task("fails", (Integer x) -> {
                fail.await();
                throw new IllegalStateException("no");
              })),
              f -> f.tolerate(Tolerance.failures(1)))
          .sequence(Task.<Object, Object>task("goes on", x -> {
            goOn.await();
            return x;
          }))
          .build();
      WorkflowRun<Object> second = flow.start(tolerant, 1);
      awaitWaiting(flow, 1);
      WorkflowRun<List<Integer>> third = flow.start(each(cpus("small", 1, x -> x)), 1);
      awaitWaiting(flow, 2);
      fail.countDown();
      assertThat(third.await(Duration.ofSeconds(30)).orElseThrow().status())
          .isEqualTo(RunStatus.COMPLETED);
      goOn.countDown();
      assertThat(second.result().status()).isEqualTo(RunStatus.COMPLETED);
      end.countDown();
      first.await();
      assertThat(flow.run(each(cpus("large", 4, x -> x)), 2)).hasSize(2);
    }
  }

  private static int note(List<String> order, String name, int value) {
    synchronized (order) {
      order.add(name);
    }
    return value;
  }

  private static void awaitWaiting(FaasFlow flow, int tasks) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (flow.waitingForRoom() != tasks) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.sleep(1);
    }
  }

  @Test
  void retries_timeoutsAndFailures_giveBackWhatTheyTook() {
    EagerClock clock = new EagerClock();
    Task<Integer, Integer> moody = cpus("moody", 4, (Integer x) -> {
          if (x % 3 == 0) {
            throw new IllegalStateException("no");
          }
          if (x % 3 == 1) {
            clock.passForever();
          }
          return x;
        })
        .timeout(Duration.ofHours(1))
        .retry(RetryPolicy.attempts(2).fixedDelay(Duration.ofMillis(1)));
    Workflow<Integer, List<Integer>> workflow = Workflow.<Integer>builder("moody")
        .foreach(
            n -> IntStream.range(0, n).boxed().toList(),
            moody.onFailure(task("otherwise", failure -> -1)))
        .build();
    try (clock;
        FaasFlow flow = builder().clock(clock).capacity(FOUR_CPUS).build()) {
      assertThat(flow.run(workflow, 12)).hasSize(12).filteredOn(x -> x >= 0).hasSize(4);
      assertThat(flow.run(each(cpus("all", 4, x -> x)), 3)).containsExactly(0, 1, 2);
    }
  }

  @Test
  void aTaskThatFitsNoWorker_isRefusedBeforeTheRun() {
    try (FaasFlow flow = builder().capacity(new Resources(4, 1_000, 2)).build()) {
      assertThatThrownBy(() -> flow.start(each(cpus("huge", 5, x -> x)), 1))
          .isInstanceOf(PartitionException.class)
          .hasMessageContaining("'huge'")
          .hasMessageContaining("5.0 CPUs")
          .hasMessageContaining("capacity of 4.0");
      assertThatThrownBy(() ->
              flow.start(each(taking("slots", 3, Resources.NONE.withSlots(3), x -> x)), 1))
          .isInstanceOf(PartitionException.class)
          .hasMessageContaining("3 slots");
    }
  }
}
