package io.faasflow;

import static io.faasflow.workflow.Task.contextTask;
import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.function.FunctionContext;
import io.faasflow.function.RetryPolicy;
import io.faasflow.run.RunDeadlineException;
import io.faasflow.run.RunStatus;
import io.faasflow.run.TaskFailedException;
import io.faasflow.run.TaskTimeoutException;
import io.faasflow.time.FlowClock;
import io.faasflow.time.VirtualClock;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Retries and timeouts, in virtual time: with one worker here, otherwise in the subclasses. */
@Timeout(60)
class TaskPolicyTest {
  private static final RetryPolicy HOURLY =
      RetryPolicy.attempts(3).fixedDelay(Duration.ofHours(1)).jitter(0);

  private final VirtualClock clock = new VirtualClock();
  private final AtomicInteger calls = new AtomicInteger();
  private final AtomicInteger blocked = new AtomicInteger();
  private FaasFlow flow;

  FaasFlow.Builder builder() {
    return FaasFlow.builder().clock(clock).closeTimeout(Duration.ZERO);
  }

  @BeforeEach
  void open() {
    flow = builder().build();
  }

  @AfterEach
  void close() {
    flow.close();
    assertThat(clock.advanceToNext()).as("something is scheduled after the end").isFalse();
  }

  private static <I, O> Workflow<I, O> only(Task<I, O> task) {
    return Workflow.<I>builder("only").sequence(task).build();
  }

  /** Lets virtual time pass whenever nothing else can happen, until the run ends. */
  private <O> WorkflowResult<O> result(FaasFlow of, WorkflowRun<O> run)
      throws InterruptedException {
    while (true) {
      var result = run.await(Duration.ofMillis(1));
      if (result.isPresent()) {
        return result.get();
      }
      if (blocked.get() > 0 || isQuiet(of)) {
        clock.advanceToNext();
      }
    }
  }

  private static boolean isQuiet(FaasFlow flow) {
    // Looked at several times: work may go from one worker to another in between.
    for (int i = 0; i < 5; i++) {
      if (!flow.isIdle()) {
        return false;
      }
    }
    return true;
  }

  private <O> WorkflowResult<O> result(WorkflowRun<O> run) throws InterruptedException {
    return result(flow, run);
  }

  /** Blocks a function until it is interrupted; time may pass meanwhile. */
  private void block() throws InterruptedException {
    blocked.incrementAndGet();
    try {
      new CountDownLatch(1).await();
    } finally {
      blocked.decrementAndGet();
    }
  }

  @Test
  void retry_untilItSucceeds_takesVirtualHoursAndGivesTheOutput() throws Exception {
    List<Integer> attempts = Collections.synchronizedList(new ArrayList<>());
    Workflow<Integer, Integer> workflow =
        only(Task.<Integer, Integer>contextTask("flaky", (x, context) -> {
              attempts.add(context.attempt());
              if (context.attempt() < 3) {
                throw new IOException("not yet");
              }
              return x + 1;
            })
            .retry(HOURLY));
    assertThat(result(flow.start(workflow, 1)).outputOrThrow()).isEqualTo(2);
    assertThat(attempts).containsExactly(1, 2, 3);
    assertThat(clock.nanos()).isEqualTo(Duration.ofHours(2).toNanos());
  }

  @Test
  void retry_usedUp_failsWithTheLastAttempt() throws Exception {
    Workflow<Integer, Integer> workflow = only(Task.<Integer, Integer>task("fails", x -> {
          throw new IOException("call " + calls.incrementAndGet());
        })
        .retry(HOURLY));
    WorkflowResult<Integer> result = result(flow.start(workflow, 1));
    assertThat(result.status()).isEqualTo(RunStatus.FAILED);
    TaskFailedException failure = (TaskFailedException) result.failure().orElseThrow();
    assertThat(failure.attempt()).isEqualTo(3);
    assertThat(failure).cause().isInstanceOf(IOException.class).hasMessage("call 3");
    assertThat(calls).hasValue(3);
  }

  @Test
  void retry_ofWhatThePolicyLeavesOut_doesNotHappen() throws Exception {
    Workflow<Integer, Integer> workflow = only(Task.<Integer, Integer>task("fails", x -> {
          calls.incrementAndGet();
          throw new IllegalArgumentException("bad");
        })
        .retry(HOURLY.notOn(IllegalArgumentException.class)));
    assertThat(result(flow.start(workflow, 1)).status()).isEqualTo(RunStatus.FAILED);
    assertThat(calls).hasValue(1);
    Workflow<Integer, Integer> broken = only(Task.<Integer, Integer>task("fails", x -> {
          calls.incrementAndGet();
          throw new IllegalStateException("bad");
        })
        .retry(HOURLY.when(e -> {
          throw new UnsupportedOperationException("a broken condition");
        })));
    WorkflowResult<Integer> result = result(flow.start(broken, 1));
    assertThat(result.failure().orElseThrow()).hasCauseInstanceOf(IllegalStateException.class);
    assertThat(calls).hasValue(2);
  }

  @Test
  void retry_inAForeach_isEachInstancesOwn() throws Exception {
    Workflow<List<Integer>, List<Integer>> workflow = Workflow.<List<Integer>>builder("items")
        .foreach(
            x -> x,
            Task.<Integer, Integer>contextTask("item", (x, context) -> {
                  if (x % 2 == 0 && context.attempt() == 1) {
                    throw new IOException();
                  }
                  return x * 10 + context.attempt();
                })
                .retry(HOURLY))
        .build();
    assertThat(result(flow.start(workflow, List.of(1, 2, 3, 4))).outputOrThrow())
        .containsExactly(11, 22, 31, 42);
    assertThat(clock.nanos()).isEqualTo(Duration.ofHours(1).toNanos());
  }

  @Test
  void defaults_ofTheWorkflow_holdForTasksWithoutTheirOwn() throws Exception {
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("defaults")
        .taskDefaults(policy -> policy.withRetry(HOURLY))
        .sequence(Task.<Integer, Integer>contextTask("first", (x, context) -> {
          if (context.attempt() == 1) {
            throw new IOException();
          }
          return x;
        }))
        .sequence(Task.<Integer, Integer>task("second", x -> {
              calls.incrementAndGet();
              throw new IOException();
            })
            .retry(RetryPolicy.attempts(1)))
        .build();
    assertThat(result(flow.start(workflow, 1)).status()).isEqualTo(RunStatus.FAILED);
    assertThat(calls).hasValue(1);
  }

  @Test
  void timeout_ofAnAttempt_interruptsItAndTheNextSucceeds() throws Exception {
    CountDownLatch interrupted = new CountDownLatch(1);
    List<FunctionContext> contexts = Collections.synchronizedList(new ArrayList<>());
    Workflow<Integer, String> workflow =
        only(Task.<Integer, String>contextTask("slow", (x, context) -> {
              contexts.add(context);
              if (context.attempt() == 1) {
                try {
                  block();
                } catch (InterruptedException e) {
                  interrupted.countDown();
                }
                return "late";
              }
              return "in time";
            })
            .timeout(Duration.ofMinutes(5))
            .retry(RetryPolicy.attempts(1_000))); // time may pass during later ones too
    assertThat(result(flow.start(workflow, 1)).outputOrThrow()).isEqualTo("in time");
    interrupted.await();
    assertThat(contexts.get(0).isCancelled()).isTrue();
  }

  @Test
  void timeout_ofAFunctionThatIgnoresItsInterrupt_doesNotHoldUpTheRun() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    // As many stuck functions as there are threads, and one more.
    try (FaasFlow narrow = builder().platformThreads(2).build()) {
      for (int i = 0; i < 5; i++) {
        Workflow<Integer, Integer> workflow = only(Task.<Integer, Integer>task("stuck", x -> {
              try {
                block();
              } catch (InterruptedException ignored) {
                // it goes on for as long as it likes
              }
              boolean ended = false;
              while (!ended) {
                try {
                  end.await();
                  ended = true;
                } catch (InterruptedException ignored) {
                  calls.incrementAndGet();
                }
              }
              return x;
            })
            .timeout(Duration.ofMinutes(5)));
        WorkflowResult<Integer> result = result(narrow, narrow.start(workflow, 1));
        TaskFailedException failure = (TaskFailedException) result.failure().orElseThrow();
        assertThat(failure)
            .cause()
            .isInstanceOf(TaskTimeoutException.class)
            .hasMessage("Task 'stuck' did not end within its timeout of PT5M");
      }
      assertThat(narrow.run(only(task("next", (Integer x) -> x)), 7)).isEqualTo(7);
      end.countDown();
    }
  }

  @Test
  void totalTimeout_coversAttemptsAndWaits() throws Exception {
    Workflow<Integer, Integer> tooLongAWait = only(Task.<Integer, Integer>task("fails", x -> {
          calls.incrementAndGet();
          throw new IOException("call " + calls);
        })
        .retry(HOURLY)
        .totalTimeout(Duration.ofMinutes(90)));
    WorkflowResult<Integer> result = result(flow.start(tooLongAWait, 1));
    assertThat(result.failure().orElseThrow()).cause().hasMessage("call 2");
    assertThat(clock.nanos()).isEqualTo(Duration.ofHours(1).toNanos());

    Workflow<Integer, Integer> tooLongAnAttempt = only(Task.<Integer, Integer>task("hangs", x -> {
          block();
          return x;
        })
        .retry(HOURLY)
        .totalTimeout(Duration.ofMinutes(90)));
    assertThat(result(flow.start(tooLongAnAttempt, 1)).failure().orElseThrow())
        .cause()
        .isInstanceOf(TaskTimeoutException.class)
        .hasMessage("Task 'hangs' did not end within its total timeout of PT1H30M");
  }

  @Test
  void totalTimeout_coversTheWaitForItsFunction() throws Exception {
    CountDownLatch occupied = new CountDownLatch(1);
    CountDownLatch free = new CountDownLatch(1);
    try (FaasFlow limited = builder().concurrency("scarce", 1).build()) {
      WorkflowRun<Integer> first = limited.start(
          only(Task.<Integer, Integer>task("scarce", x -> {
            blocked.incrementAndGet();
            occupied.countDown();
            free.await();
            blocked.decrementAndGet();
            return x;
          })),
          1);
      occupied.await();
      Workflow<Integer, Integer> waits =
          only(task("scarce", (Integer x) -> x).totalTimeout(Duration.ofMinutes(1)));
      assertThat(result(limited, limited.start(waits, 2)).failure().orElseThrow())
          .hasCauseInstanceOf(TaskTimeoutException.class);
      free.countDown();
      assertThat(first.await()).isEqualTo(1);
      assertThat(limited.run(waits, 3)).isEqualTo(3);
    }
  }

  /** A task of a function that is scarce, with a fallback and a task behind it. */
  private static Workflow<Integer, Integer> scarce(
      Task<Integer, Integer> task, Task<Integer, Integer> after) {
    return Workflow.<Integer>builder("scarce")
        .sequence(task.onFailure(task("otherwise", failure -> -1)))
        .sequence(after)
        .build();
  }

  @Test
  void totalTimeout_ofATaskThatWaitsForItsFunction_leavesItsFallbackAlone() throws Exception {
    CountDownLatch occupied = new CountDownLatch(1);
    CountDownLatch free = new CountDownLatch(1);
    CountDownLatch behind = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    Task<Integer, Integer> after = task("after", x -> x);
    try (FaasFlow limited = builder().concurrency("scarce", 1).build()) {
      WorkflowRun<Integer> first = limited.start(
          scarce(
              task("scarce", x -> {
                occupied.countDown();
                free.await();
                return x;
              }),
              after),
          1);
      occupied.await();
      Task<Integer, Integer> counted = task("scarce", x -> calls.incrementAndGet());
      WorkflowRun<Integer> late = limited.start(
          scarce(counted.totalTimeout(Duration.ofMinutes(1)), task("after", x -> {
            behind.countDown();
            mayEnd.await();
            return x;
          })),
          2);
      while (behind.getCount() > 0) {
        clock.advanceToNext();
        Thread.onSpinWait();
      }
      free.countDown();
      assertThat(first.await()).isEqualTo(1);
      // What waits for the function gets it in its order: the late one has been there then.
      assertThat(limited.run(scarce(task("scarce", x -> x), after), 3)).isEqualTo(3);
      mayEnd.countDown();
      assertThat(late.await()).isEqualTo(-1);
      assertThat(calls).hasValue(0);
    }
  }

  @Test
  void deadline_ofTheWorkflow_isAboveRetries() throws Exception {
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("deadline")
        .deadline(Duration.ofMinutes(150))
        .sequence(Task.<Integer, Integer>task("fails", x -> {
              calls.incrementAndGet();
              throw new IOException();
            })
            .retry(
                RetryPolicy.attempts(1_000_000).fixedDelay(Duration.ofHours(1)).jitter(0)))
        .build();
    WorkflowResult<Integer> result = result(flow.start(workflow, 1));
    assertThat(result.status()).isEqualTo(RunStatus.TIMED_OUT);
    assertThat(result.failure().orElseThrow()).isInstanceOf(RunDeadlineException.class);
    // The run is ended beside the clock's thread: time may have gone on meanwhile.
    assertThat(calls).hasValueGreaterThanOrEqualTo(3);
    // The caller can give less.
    WorkflowResult<Integer> shorter =
        result(flow.start(workflow, 1, RunOptions.deadline(Duration.ofMinutes(1))));
    assertThat(((RunDeadlineException) shorter.failure().orElseThrow()).deadline())
        .isEqualTo(Duration.ofMinutes(1));
  }

  @Test
  void cancel_whileATaskWaitsToBeTriedAgain_leavesNothingScheduled() throws Exception {
    CountDownLatch failed = new CountDownLatch(1);
    Workflow<Integer, Integer> workflow = only(Task.<Integer, Integer>task("fails", x -> {
          failed.countDown();
          throw new IOException();
        })
        .retry(HOURLY)
        .timeout(Duration.ofDays(1))
        .totalTimeout(Duration.ofDays(2)));
    WorkflowRun<Integer> run = flow.start(workflow, 1);
    failed.await();
    assertThat(run.cancel()).isTrue();
    assertThat(run.result().status()).isEqualTo(RunStatus.CANCELLED);
    // close() checks that nothing is left, once the function's thread is done too.
  }

  @Test
  void attempts_thatRaceTheirTimeouts_endOnceEach() throws Exception {
    Workflow<List<Integer>, Integer> workflow = Workflow.<List<Integer>>builder("races")
        .foreach(
            x -> x,
            Task.<Integer, Integer>contextTask("item", (x, context) -> {
                  if (context.attempt() == 1) {
                    clock.advance(Duration.ofNanos(x)); // any number of them time out meanwhile
                  }
                  return 1;
                })
                .timeout(Duration.ofNanos(50))
                .retry(RetryPolicy.attempts(1_000).fixedDelay(Duration.ZERO)))
        .sequence(task("sum", list -> list.stream().mapToInt(Integer::intValue).sum()))
        .build();
    List<Integer> items = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      items.add(i % 7);
    }
    for (int i = 0; i < 20; i++) {
      assertThat(result(flow.start(workflow, items)).outputOrThrow()).isEqualTo(500);
    }
  }

  @Test
  void timeout_thatNeverPasses_costsNothingAndChangesNothing() {
    Workflow<Integer, Integer> workflow =
        only(contextTask("quick", (Integer x, FunctionContext context) -> x + context.attempt())
            .timeout(Duration.ofSeconds(1))
            .totalTimeout(Duration.ofSeconds(2))
            .retry(HOURLY));
    for (int i = 0; i < 1_000; i++) {
      assertThat(flow.run(workflow, i)).isEqualTo(i + 1);
    }
    assertThat(clock.advanceToNext()).isFalse();
  }

  @Test
  void timeouts_ofFunctionsThatAllHang_leaveNoThreadsBehind() throws Exception {
    CountDownLatch free = new CountDownLatch(1);
    CountDownLatch returned = new CountDownLatch(3);
    AtomicInteger most = new AtomicInteger();
    AtomicInteger now = new AtomicInteger();
    try (FaasFlow single = builder().platformThreads(1).build()) {
      Workflow<Integer, Integer> hangs =
          only(Task.<Integer, Integer>contextTask("hangs", (x, context) -> {
                if (context.attempt() <= 3) {
                  blocked.incrementAndGet();
                  boolean isFree = false;
                  while (!isFree) {
                    try {
                      free.await();
                      isFree = true;
                    } catch (InterruptedException e) {
                      blocked.incrementAndGet(); // ignored, as a bad function does
                    }
                  }
                  returned.countDown();
                }
                return x;
              })
              .timeout(Duration.ofMinutes(1))
              // Time passes during the later ones too.
              .retry(RetryPolicy.attempts(1_000).fixedDelay(Duration.ZERO)));
      assertThat(result(single, single.start(hangs, 1)).outputOrThrow()).isEqualTo(1);
      free.countDown();
      returned.await();
      while (!single.isIdle()) {
        Thread.onSpinWait();
      }
      blocked.set(0);
      Workflow<List<Integer>, List<Integer>> many = Workflow.<List<Integer>>builder("many")
          .foreach(x -> x, Task.<Integer, Integer>task("item", x -> {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            new CountDownLatch(1).await(5, java.util.concurrent.TimeUnit.MILLISECONDS);
            now.decrementAndGet();
            return x;
          }))
          .build();
      single.run(many, Collections.nCopies(20, 1));
      if (Runtime.version().feature() < 21) {
        assertThat(most).hasValue(1);
      }
    }
  }

  /** Then the next attempt may be done already, and the input released. */
  @Test
  void timeout_beforeTheFunctionBegins_doesNotCallIt() throws Exception {
    Duration minute = Duration.ofMinutes(1);
    CountDownLatch begins = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    FlowClock slow = new FlowClock() {
      @Override
      public Instant instant() {
        return clock.instant();
      }

      @Override
      public long nanos() {
        return clock.nanos();
      }

      @Override
      public Alarm schedule(Duration delay, Runnable action) {
        Alarm alarm = clock.schedule(delay, action);
        if (delay.equals(minute) && begins.getCount() > 0) {
          begins.countDown();
          awaitInSpiteOfInterrupts(goOn);
        }
        return alarm;
      }

      @Override
      public void close() {
        clock.close();
      }
    };
    List<String> called = Collections.synchronizedList(new ArrayList<>());
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("late")
        .sequence(task("first", (Integer x) -> x + 1))
        .sequence(Task.<Integer, Integer>contextTask("second", (x, context) -> {
              called.add("attempt " + context.attempt() + " with " + x);
              return x;
            })
            .timeout(minute)
            .retry(RetryPolicy.attempts(2).fixedDelay(Duration.ZERO)))
        .sequence(task("last", (Integer x) -> x + 1))
        .build();
    try (FaasFlow late = builder().clock(slow).build()) {
      WorkflowRun<Integer> run = late.start(workflow, 1);
      begins.await();
      clock.advance(minute);
      assertThat(run.await()).isEqualTo(3);
      goOn.countDown();
    }
    assertThat(called).containsExactly("attempt 2 with 2");
  }

  private static void awaitInSpiteOfInterrupts(CountDownLatch latch) {
    boolean isOpen = false;
    while (!isOpen) {
      try {
        latch.await();
        isOpen = true;
      } catch (InterruptedException e) {
        // Goes on, late.
      }
    }
  }

  @Test
  void timeout_ofAnAttemptFromTheClocksFirstMoment_isAnEvent() throws Exception {
    List<io.faasflow.observe.RunEvent> events = Collections.synchronizedList(new ArrayList<>());
    try (FaasFlow observed = builder().listener(events::add).build()) {
      Workflow<Integer, Integer> hangs = only(Task.<Integer, Integer>task("hangs", x -> {
            block();
            return x;
          })
          .timeout(Duration.ofMinutes(1)));
      assertThat(clock.nanos()).isZero();
      assertThat(result(observed, observed.start(hangs, 1)).status()).isEqualTo(RunStatus.FAILED);
    }
    assertThat(events)
        .anyMatch(event -> event instanceof io.faasflow.observe.RunEvent.Attempted attempt
            && attempt.outcome() == io.faasflow.observe.RunEvent.Outcome.TIMED_OUT);
  }
}
