package io.faasflow;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.faasflow.engine.SchedulePattern;
import io.faasflow.function.RetryPolicy;
import io.faasflow.partition.HashSpread;
import io.faasflow.run.NodeState;
import io.faasflow.run.RunForecast;
import io.faasflow.run.RunStatus;
import io.faasflow.run.TaskProgress;
import io.faasflow.time.VirtualClock;
import io.faasflow.workflow.Foreach;
import io.faasflow.workflow.Parallel;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import io.faasflow.workflow.WorkflowBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Functions begin and end when the test says so, and time passes when it says so. */
@Timeout(60)
class ForecastTest {
  private static final Duration TEN = Duration.ofSeconds(10);

  private final VirtualClock clock = new VirtualClock();
  private final Map<String, Semaphore> begun = new ConcurrentHashMap<>();
  private final Map<String, Semaphore> mayEnd = new ConcurrentHashMap<>();
  private FaasFlow flow =
      FaasFlow.builder().clock(clock).closeTimeout(Duration.ZERO).build();

  @AfterEach
  void close() {
    flow.close();
  }

  private void open(FaasFlow.Builder builder) {
    flow.close();
    flow = builder.clock(clock).closeTimeout(Duration.ZERO).build();
  }

  private static Semaphore of(Map<String, Semaphore> all, String task) {
    return all.computeIfAbsent(task, any -> new Semaphore(0));
  }

  private Task<Integer, Integer> step(String name) {
    return task(name, x -> {
      of(begun, name).release();
      of(mayEnd, name).acquire();
      return x;
    });
  }

  private Task<Integer, Integer> tenSeconds(String name) {
    return step(name).expectedRuntime(TEN);
  }

  private void awaitBegin(String task) throws InterruptedException {
    of(begun, task).acquire();
  }

  /** Starts a workflow of one task after the other, and waits until the first has begun. */
  private WorkflowRun<Integer> startChain(
      Function<String, Task<Integer, Integer>> task, String... names) throws InterruptedException {
    WorkflowBuilder<Integer, Integer> workflow = Workflow.builder("w");
    for (String name : names) {
      workflow = workflow.sequence(task.apply(name));
    }
    WorkflowRun<Integer> run = flow.start(workflow.build(), 1);
    awaitBegin(names[0]);
    return run;
  }

  /** Ends a task when the other has begun thereafter. */
  private void end(String task, String next) throws InterruptedException {
    of(mayEnd, task).release();
    awaitBegin(next);
  }

  private <O> O end(String last, WorkflowRun<O> run) throws InterruptedException {
    of(mayEnd, last).release();
    return run.await();
  }

  private static void assertForecast(WorkflowRun<?> run, double share, double seconds) {
    RunForecast forecast = run.forecast();
    assertThat(forecast.share()).isCloseTo(share, within(0.001));
    assertThat(forecast.remaining().orElseThrow().toNanos() / 1e9)
        .isCloseTo(seconds, within(0.001));
  }

  @Test
  void declaredRuntimes_thatAreRight_foretellTheEnd() throws Exception {
    WorkflowRun<Integer> run = startChain(this::tenSeconds, "a", "b", "c", "d");
    assertForecast(run, 0, 40);
    clock.advance(Duration.ofSeconds(4));
    assertForecast(run, 0.1, 36);
    clock.advance(Duration.ofSeconds(6));
    end("a", "b");
    assertForecast(run, 0.25, 30);
    clock.advance(Duration.ofSeconds(10));
    end("b", "c");
    end("c", "d");
    RunForecast faster = run.forecast();
    assertThat(faster.share()).isCloseTo(0.75, within(0.001));
    assertThat(faster.remaining().orElseThrow()).as("c took no time").isLessThan(TEN);
    assertThat(end("d", run)).isEqualTo(1);
    assertThat(run.forecast()).isEqualTo(new RunForecast(1, Optional.of(Duration.ZERO)));
    assertThat(run.forecast().percent()).isEqualTo(100);
  }

  @Test
  void askedLate_takesTheRunningTaskToHaveBegunWhenExpected() throws Exception {
    WorkflowRun<Integer> run = startChain(this::tenSeconds, "a", "b");
    clock.advance(TEN);
    end("a", "b");
    clock.advance(Duration.ofSeconds(5));
    assertForecast(run, 0.75, 5);
    end("b", run);
  }

  @Test
  void declaredRuntimes_thatAreWrong_areCorrectedByThePace() throws Exception {
    WorkflowRun<Integer> run = startChain(this::tenSeconds, "a", "b", "c", "d");
    clock.advance(Duration.ofSeconds(15));
    RunForecast late = run.forecast();
    assertThat(late.share()).as("overdue, but not done").isLessThan(0.25);
    assertThat(late.remaining().orElseThrow()).isGreaterThan(Duration.ofSeconds(31));
    clock.advance(Duration.ofSeconds(5));
    assertThat(run.forecast().share()).isLessThan(0.25);
    end("a", "b");
    RunForecast corrected = run.forecast();
    assertThat(corrected.share()).isCloseTo(0.25, within(0.001));
    // 60 if all the others take twice as long as declared, too.
    assertThat(corrected.remaining().orElseThrow().toSeconds()).isBetween(45L, 60L);
    of(mayEnd, "b").release();
    of(mayEnd, "c").release();
    end("d", run);
  }

  @Test
  void nothingDeclared_isForetoldByThePaceAlone() throws Exception {
    WorkflowRun<Integer> run = startChain(this::step, "a", "b", "c", "d");
    clock.advance(Duration.ofSeconds(5));
    assertThat(run.forecast()).isEqualTo(new RunForecast(0, Optional.empty()));
    end("a", "b");
    assertForecast(run, 0.25, 15);
    clock.advance(Duration.ofSeconds(5));
    end("b", "c");
    end("c", "d");
    assertForecast(run, 0.75, 10 / 3.0);
    end("d", run);
  }

  @Test
  void foreach_isCountedByItsInstancesWhenTheyAreKnown() throws Exception {
    Workflow<Integer, List<Integer>> workflow = Workflow.<Integer>builder("w")
        .sequence(step("first"))
        .sequence(step("second"))
        .foreach(
            (Integer x) -> IntStream.range(0, 8).boxed().toList(),
            step("each"),
            each -> each.concurrency(1))
        .build();
    WorkflowRun<List<Integer>> run = flow.start(workflow, 1);
    awaitBegin("first");
    assertThat(run.forecast().share()).isZero();
    end("first", "second");
    assertThat(run.forecast().share()).as("one of three").isCloseTo(1 / 3.0, within(0.001));
    end("second", "each");
    double share = 1 / 3.0 + 2 / 3.0 * (1 / 9.0);
    assertThat(run.forecast().share()).as("then eight are to come").isCloseTo(share, within(0.001));
    assertThat(run.tasks())
        .containsExactly(
            new TaskProgress("first", NodeState.COMPLETED, 1, 1),
            new TaskProgress("second", NodeState.COMPLETED, 1, 1),
            new TaskProgress("each", NodeState.EXECUTING, 0, 8));
    for (int i = 0; i < 4; i++) {
      clock.advance(Duration.ofSeconds(3));
      end("each", "each");
    }
    // Half of the rest is done, at 3 s an instance; two tasks took no time.
    RunForecast half = run.forecast();
    assertThat(half.share()).isCloseTo(share + (1 - share) / 2, within(0.001));
    assertThat(half.remaining().orElseThrow().toSeconds()).isBetween(8L, 12L);
    assertThat(run.tasks().get(2)).isEqualTo(new TaskProgress("each", NodeState.EXECUTING, 4, 8));
    of(mayEnd, "each").release(4);
    run.await();
    assertThat(run.forecast().share()).isEqualTo(1);
    assertThat(run.tasks()).isEmpty();
  }

  @Test
  void foreach_withDeclaredRuntimes_followsItsOwnPace() throws Exception {
    Workflow<Integer, List<Integer>> workflow = Workflow.<Integer>builder("w")
        .foreach(
            (Integer x) -> IntStream.range(0, 100).boxed().toList(),
            tenSeconds("each"),
            each -> each.concurrency(1))
        .build();
    WorkflowRun<List<Integer>> run = flow.start(workflow, 1);
    awaitBegin("each");
    assertForecast(run, 0, 1000);
    for (int i = 0; i < 50; i++) {
      clock.advance(Duration.ofSeconds(1)); // a tenth of what is declared
      end("each", "each");
    }
    RunForecast half = run.forecast();
    assertThat(half.remaining().orElseThrow().toSeconds()).isBetween(100L, 150L);
    assertThat(half.share()).isCloseTo(0.5, within(0.001));
    of(mayEnd, "each").release(50);
    run.await();
  }

  @Test
  void skippedBranch_isNotWaitedFor() throws Exception {
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("w")
        .sequence(tenSeconds("first"))
        .switchOn(
            (Integer x) -> x > 5,
            s -> s.when(true, step("long").expectedRuntime(Duration.ofSeconds(90)))
                .otherwise(tenSeconds("short")))
        .build();
    WorkflowRun<Integer> run = flow.start(workflow, 1);
    awaitBegin("first");
    assertForecast(run, 0, 100);
    clock.advance(TEN);
    end("first", "short");
    TaskProgress skipped = new TaskProgress("long", NodeState.SKIPPED, 1, 1);
    while (!run.tasks().contains(skipped)) {
      Thread.onSpinWait(); // it is told of that after the other was, and may be so later
    }
    assertThat(run.forecast().remaining().orElseThrow().toSeconds()).isBetween(9L, 11L);
    end("short", run);
    assertThat(run.forecast().share()).isEqualTo(1);
  }

  @Test
  void retry_isNoProgress() throws Exception {
    Semaphore begins = of(begun, "flaky");
    Semaphore ends = of(mayEnd, "flaky");
    Task<Integer, Integer> flaky = Task.<Integer, Integer>contextTask("flaky", (x, context) -> {
          begins.release();
          ends.acquire();
          if (context.attempt() < 3) {
            throw new IOException("again");
          }
          return x;
        })
        .expectedRuntime(TEN)
        .retry(RetryPolicy.attempts(3).fixedDelay(TEN));
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("w")
        .sequence(flaky)
        .sequence(tenSeconds("after"))
        .build();
    WorkflowRun<Integer> run = flow.start(workflow, 1);
    double before = 0;
    for (int attempt = 1; attempt <= 3; attempt++) {
      begins.acquire();
      clock.advance(TEN);
      RunForecast forecast = run.forecast();
      assertThat(forecast.share()).isBetween(before, 0.5);
      assertThat(forecast.remaining().orElseThrow()).isGreaterThan(TEN);
      before = forecast.share();
      ends.release();
      while (attempt < 3 && begins.availablePermits() == 0) {
        clock.advanceToNext(); // the end of the wait for the next attempt
      }
    }
    awaitBegin("after");
    assertThat(run.forecast().share()).isCloseTo(0.5, within(0.001));
    end("after", run);
  }

  @Test
  void history_isKnownToLaterRuns() throws Exception {
    open(FaasFlow.builder().rememberRuntimes());
    Workflow<Integer, List<Integer>> workflow = Workflow.<Integer>builder("w")
        .sequence(step("a"))
        .switchOn(
            (Integer x) -> x > 5, s -> s.when(true, step("never")).otherwise(Task.pass("go on")))
        .foreach((Integer x) -> List.of(1, 2, 3, 4), step("each"), each -> each.concurrency(1))
        .build();
    for (int i = 0; i < 3; i++) {
      WorkflowRun<List<Integer>> run = flow.start(workflow, 1);
      awaitBegin("a");
      clock.advance(Duration.ofSeconds(20));
      end("a", "each");
      for (int j = 0; j < 4; j++) {
        clock.advance(Duration.ofSeconds(5));
        if (j < 3) {
          end("each", "each");
        }
      }
      end("each", run);
    }
    WorkflowRun<List<Integer>> next = flow.start(workflow, 1);
    awaitBegin("a");
    assertForecast(next, 0, 40);
    clock.advance(Duration.ofSeconds(10));
    assertForecast(next, 0.25, 30);
    clock.advance(Duration.ofSeconds(10));
    end("a", "each");
    assertForecast(next, 0.5, 20);
    clock.advance(Duration.ofSeconds(5));
    end("each", "each");
    assertForecast(next, 0.625, 15);
    of(mayEnd, "each").release(2);
    end("each", next);
  }

  @Test
  void history_ofFailedAttempts_countsWithTheTask() throws Exception {
    open(FaasFlow.builder().rememberRuntimes());
    Semaphore begins = of(begun, "flaky");
    Task<Integer, Integer> flaky = Task.<Integer, Integer>contextTask("flaky", (x, context) -> {
          begins.release();
          of(mayEnd, "flaky").acquire();
          if (context.attempt() < 2) {
            throw new IOException("again");
          }
          return x;
        })
        .retry(RetryPolicy.attempts(2).fixedDelay(Duration.ofNanos(1)));
    Workflow<Integer, Integer> workflow =
        Workflow.<Integer>builder("w").sequence(flaky).build();
    WorkflowRun<Integer> first = flow.start(workflow, 1);
    begins.acquire();
    clock.advance(Duration.ofSeconds(3));
    of(mayEnd, "flaky").release();
    while (!begins.tryAcquire()) {
      clock.advanceToNext(); // the end of the wait for the second attempt
    }
    clock.advance(Duration.ofSeconds(4));
    end("flaky", first);
    WorkflowRun<Integer> second = flow.start(workflow, 1);
    begins.acquire();
    assertThat(second.forecast().remaining().orElseThrow().toMillis()).isBetween(7000L, 7010L);
    assertThat(second.cancel()).isTrue();
  }

  @Test
  void queuedRun_hasNoForecastUntilItBegins() throws Exception {
    open(FaasFlow.builder().maxActiveRuns(1));
    Workflow<Integer, Integer> workflow =
        Workflow.<Integer>builder("w").sequence(tenSeconds("a")).build();
    WorkflowRun<Integer> first = flow.start(workflow, 1);
    awaitBegin("a");
    WorkflowRun<Integer> second = flow.start(workflow, 2);
    assertThat(second.status()).isEqualTo(RunStatus.QUEUED);
    assertThat(second.forecast()).isEqualTo(new RunForecast(0, Optional.empty()));
    clock.advance(Duration.ofSeconds(100));
    end("a", first);
    awaitBegin("a");
    clock.advance(Duration.ofSeconds(5));
    assertForecast(second, 0.5, 5);
    end("a", second);
  }

  @Test
  void failedRun_isOverButNotDone() throws Exception {
    Semaphore undo = of(mayEnd, "undo");
    Task<Integer, Integer> fails = task("fails", x -> {
      throw new IOException("boom");
    });
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("w")
        .sequence(tenSeconds("a").compensate((input, output, context) -> {
          of(begun, "undo").release();
          undo.acquire();
        }))
        .sequence(tenSeconds("b"))
        .sequence(fails)
        .build();
    WorkflowRun<Integer> run = flow.start(workflow, 1);
    awaitBegin("a");
    clock.advance(TEN);
    end("a", "b");
    double share = run.forecast().share();
    assertThat(share).isBetween(0.3, 0.5);
    end("b", "undo");
    assertThat(run.forecast()).isEqualTo(new RunForecast(share, Optional.empty()));
    assertThat(run.tasks()).as("forgotten").isEmpty();
    undo.release();
    assertThat(run.result().status()).isEqualTo(RunStatus.FAILED);
    assertThat(run.forecast()).isEqualTo(new RunForecast(share, Optional.of(Duration.ZERO)));
  }

  @Test
  void share_lookedAtAllTheTime_neverShrinksAndEndsAtOne() {
    Task<Integer, Integer> plus = task("plus", x -> x + 1);
    Workflow<Integer, Object> workflow = Workflow.<Integer>builder("w")
        .sequence(plus)
        .parallel(
            plus.as("left"),
            Foreach.<Integer, Integer, Integer>of(
                x -> IntStream.range(0, 50).boxed().toList(), plus.as("each")),
            Parallel.of(plus.as("p"), plus.as("q")))
        .sequence(Task.<Object, Integer>task("size", x -> 7))
        .switchOn(
            (Integer x) -> x > 5, s -> s.when(true, plus.as("more")).otherwise(plus.as("less")))
        .sequence(Task.<Integer, Object>task("last", x -> x))
        .build();
    for (SchedulePattern pattern : SchedulePattern.values()) {
      for (int workers = 1; workers <= 3; workers += 2) {
        try (FaasFlow many = FaasFlow.builder()
            .pattern(pattern)
            .workers(workers)
            .partitioner(new HashSpread())
            .rememberRuntimes()
            .build()) {
          for (int i = 0; i < 100; i++) {
            WorkflowRun<Object> run = many.start(workflow, i);
            double before = 0;
            boolean isDone = false;
            while (!isDone) {
              isDone = run.toFuture().isDone();
              RunForecast now = run.forecast();
              assertThat(now.share()).isBetween(before, 1.0);
              assertThat(now.remaining().orElse(Duration.ZERO).isNegative()).isFalse();
              assertThat(now.share() < 1 || run.status().isTerminal()).isTrue();
              before = now.share();
            }
            assertThat(run.forecast().share()).isEqualTo(1);
          }
        }
      }
    }
  }
}
