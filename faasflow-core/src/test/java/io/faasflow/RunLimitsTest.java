package io.faasflow;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.graph.FunctionGraph;
import io.faasflow.partition.CostModel;
import io.faasflow.partition.PartitionPlan;
import io.faasflow.partition.Partitioner;
import io.faasflow.partition.WorkerSpec;
import io.faasflow.run.RunRefusedException;
import io.faasflow.run.RunStatus;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
  void run_thatACallbackStarts_waitsItsTurnAsAnyOther() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    Workflow<Integer, Integer> first = Workflow.<Integer>builder("first")
        .sequence(task("waits", (Integer x) -> {
          goOn.await();
          return x;
        }))
        .build();
    Workflow<Integer, Integer> workflow = blocking();
    try (FaasFlow flow = FaasFlow.builder().maxActiveRuns(1).maxQueuedRuns(1).build()) {
      WorkflowRun<Integer> active = flow.start(first, 1);
      CompletableFuture<WorkflowRun<Integer>> third = new CompletableFuture<>();
      CompletableFuture<Boolean> refused = active.toFuture().thenApply(x -> {
        third.complete(flow.start(workflow, 3)); // the second one has begun in place of the first
        try {
          flow.start(workflow, 4);
          return false;
        } catch (RunRefusedException e) {
          return true;
        }
      });
      WorkflowRun<Integer> second = flow.start(workflow, 2);
      goOn.countDown();
      assertThat(refused.get()).isTrue();
      free.countDown();
      assertThat(second.await()).isEqualTo(2);
      assertThat(third.get().await()).isEqualTo(3);
      assertThat(mostActive).hasValue(1);
    }
  }

  @Test
  void run_inACompensation_isLetIn() throws Exception {
    free.countDown();
    Workflow<Integer, Integer> inner = blocking();
    try (FaasFlow flow = FaasFlow.builder().maxActiveRuns(1).maxQueuedRuns(0).build()) {
      AtomicInteger undone = new AtomicInteger();
      Workflow<Integer, Object> saga = Workflow.<Integer>builder("saga")
          .sequence(Task.<Integer, Integer>task("done", x -> x)
              .compensate((input, output, context) -> undone.set(flow.run(inner, 7))))
          .sequence(task("fails", x -> {
            throw new IllegalStateException("boom");
          }))
          .build();
      assertThat(flow.start(saga, 1).result().status()).isEqualTo(RunStatus.FAILED);
      assertThat(undone).hasValue(7);
    }
  }

  @Test
  void close_beginsNothingThatWaits() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    AtomicInteger calls = new AtomicInteger();
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("w")
        .sequence(task("called", (Integer x) -> {
          calls.incrementAndGet();
          begun.countDown();
          free.await(); // until it is interrupted
          return x;
        }))
        .build();
    List<WorkflowRun<Integer>> runs = new ArrayList<>();
    try (FaasFlow flow = FaasFlow.builder().maxActiveRuns(1).build()) {
      for (int i = 0; i < 200; i++) {
        runs.add(flow.start(workflow, i));
      }
      begun.await();
      flow.close(Duration.ZERO);
    }
    assertThat(calls).hasValue(1);
    assertThat(runs).extracting(WorkflowRun::status).containsOnly(RunStatus.CANCELLED);
  }

  /** Waits for a moment that does not come, and does not care for interrupts. */
  private int deaf(int value) {
    boolean open = false;
    while (!open) {
      try {
        free.await();
        open = true;
      } catch (InterruptedException e) {
        // not for this one
      }
    }
    return value;
  }

  @Test
  void functionsThatIgnoreTheEndOfTheirRun_holdNobodyUp() throws Exception {
    try (FaasFlow flow = FaasFlow.builder().platformThreads(2).build()) {
      CountDownLatch begun = new CountDownLatch(2);
      Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("w")
          .sequence(task("deaf", (Integer x) -> {
            begun.countDown();
            return deaf(x);
          }))
          .build();
      List<WorkflowRun<Integer>> runs = List.of(flow.start(workflow, 1), flow.start(workflow, 2));
      begun.await();
      runs.forEach(WorkflowRun::cancel);
      Workflow<Integer, Integer> other = Workflow.<Integer>builder("o")
          .sequence(task("other", (Integer x) -> x))
          .build();
      assertThat(flow.run(other, 3)).isEqualTo(3);
      free.countDown();
    }
  }

  /** Puts workflows that compute on the first worker, and all others on the last one. */
  private static final class Apart implements Partitioner {
    @Override
    public String name() {
      return "apart";
    }

    @Override
    public PartitionPlan partition(FunctionGraph graph, List<WorkerSpec> workers, CostModel costs) {
      boolean computes = graph.nodes().stream().anyMatch(node -> node.name().equals("computes"));
      String worker = workers.get(computes ? 0 : workers.size() - 1).name();
      return new PartitionPlan(1, Collections.nCopies(graph.nodes().size(), worker));
    }
  }

  /** A function that does not care for its timeout. */
  private static Workflow<Integer, Integer> computes(AtomicBoolean end) {
    return Workflow.<Integer>builder("w")
        .sequence(Task.<Integer, Integer>task("computes", x -> {
              while (!end.get()) {
                Thread.onSpinWait();
              }
              return x;
            })
            .timeout(Duration.ofMillis(50)))
        .build();
  }

  /** Where threads are virtual they keep all carriers; others block what stands in for those. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void functionsThatWaitForEachOther_besideSomeThatCompute_comeTogether(int workers)
      throws Exception {
    int processors = Runtime.getRuntime().availableProcessors();
    AtomicBoolean end = new AtomicBoolean();
    Workflow<Integer, Integer> computes = computes(end);
    CountDownLatch together = new CountDownLatch(2 * processors + 1);
    Workflow<Integer, List<Boolean>> meet = Workflow.<Integer>builder("meet")
        .foreach(n -> IntStream.range(0, n).boxed().toList(), task("comes", (Integer x) -> {
          together.countDown();
          return together.await(40, TimeUnit.SECONDS);
        }))
        .build();
    try (FaasFlow flow =
        FaasFlow.builder().workers(workers).partitioner(new Apart()).build()) {
      List<WorkflowRun<Integer>> runs =
          IntStream.range(0, processors).mapToObj(i -> flow.start(computes, i)).toList();
      try {
        for (WorkflowRun<Integer> run : runs) {
          assertThat(run.await(Duration.ofSeconds(40)).orElseThrow().status())
              .isEqualTo(RunStatus.FAILED);
        }
        assertThat(flow.run(meet, 2 * processors + 1)).containsOnly(true);
      } finally {
        end.set(true);
      }
    }
  }

  @Test
  void functionsThatComputeBeyondTheirTimeout_holdNobodyUp() throws Exception {
    AtomicBoolean end = new AtomicBoolean();
    Workflow<Integer, Integer> workflow = computes(end);
    Workflow<Integer, Integer> other =
        Workflow.<Integer>builder("o").sequence(task("other", (Integer x) -> x)).build();
    try (FaasFlow flow = FaasFlow.local()) {
      List<WorkflowRun<Integer>> runs = IntStream.range(
              0, 2 * Runtime.getRuntime().availableProcessors())
          .mapToObj(i -> flow.start(workflow, i))
          .toList();
      try {
        assertThat(runs.get(0).await(Duration.ofSeconds(40)).orElseThrow().status())
            .isEqualTo(RunStatus.FAILED);
        assertThat(
                flow.start(other, 3).await(Duration.ofSeconds(40)).orElseThrow().output())
            .contains(3);
      } finally {
        end.set(true);
      }
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
      // The least of some looks: the machine may do something else in the middle of one.
      int least = items;
      for (int i = 0; i < 10 && !run.toFuture().isDone(); i++) {
        int before = instances.get();
        assertThat(flow.run(small, 1)).isEqualTo(2);
        least = Math.min(least, instances.get() - before);
      }
      assertThat(run.await()).isEqualTo(items);
      assertThat(least).as("instances that ran while a small run did").isLessThan(items / 4);
    }
  }
}
