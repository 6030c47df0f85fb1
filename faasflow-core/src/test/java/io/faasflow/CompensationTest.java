package io.faasflow;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.function.CompensationFunction;
import io.faasflow.function.FunctionRegistry;
import io.faasflow.function.RetryPolicy;
import io.faasflow.observe.RunEvent;
import io.faasflow.run.RunStatus;
import io.faasflow.run.TaskFailedException;
import io.faasflow.time.VirtualClock;
import io.faasflow.workflow.Parallel;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Tolerance;
import io.faasflow.workflow.Workflow;
import io.faasflow.workflow.yaml.WorkflowReader;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Compensation: with one worker here, otherwise in the subclasses. */
class CompensationTest extends RuntimeScene {
  private final List<String> undone = Collections.synchronizedList(new ArrayList<>());

  private Task<Integer, Integer> step(String name) {
    return Task.<Integer, Integer>task(name, x -> x + 1)
        .compensate(
            (input, output, context) -> undone.add(context.task() + " " + input + "->" + output));
  }

  private static Task<Integer, Integer> fails() {
    return task("fails", x -> {
      throw new IOException("boom");
    });
  }

  @Test
  void failure_undoesWhatHasCompletedTheLastFirst() throws Exception {
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("saga")
        .sequence(step("flight"))
        .sequence(step("hotel"))
        .sequence(task("nothing to undo", (Integer x) -> x))
        .sequence(step("car"))
        .sequence(fails())
        .sequence(step("never"))
        .build();
    WorkflowResult<Integer> result = flow.start(workflow, 1).result();
    assertThat(result.status()).isEqualTo(RunStatus.FAILED);
    assertThat(result.failure().orElseThrow()).hasRootCauseMessage("boom");
    assertThat(undone).containsExactly("car 3->4", "hotel 2->3", "flight 1->2");
  }

  @Test
  void completion_undoesNothing() {
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("saga")
        .sequence(step("a"))
        .sequence(step("b"))
        .build();
    assertThat(flow.run(workflow, 1)).isEqualTo(3);
    flow.close();
    assertThat(undone).isEmpty();
  }

  @Test
  void cancelAndDeadline_undoToo() throws Exception {
    Semaphore reached = new Semaphore(0);
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("saga")
        .sequence(step("a"))
        .sequence(Task.<Integer, Integer>task("hangs", x -> {
          reached.release();
          new CountDownLatch(1).await();
          return x;
        }))
        .build();
    WorkflowRun<Integer> run = flow.start(workflow, 1);
    reached.acquire();
    assertThat(run.cancel()).isTrue();
    assertThat(run.result().status()).isEqualTo(RunStatus.CANCELLED);
    assertThat(undone).containsExactly("a 1->2");
    undone.clear();
    try (VirtualClock clock = new VirtualClock();
        FaasFlow timed = builder().clock(clock).build()) {
      WorkflowRun<Integer> late =
          timed.start(workflow, 5, RunOptions.deadline(Duration.ofMinutes(1)));
      reached.acquire();
      clock.advance(Duration.ofMinutes(1));
      assertThat(late.result().status()).isEqualTo(RunStatus.TIMED_OUT);
    }
    assertThat(undone).containsExactly("a 5->6");
  }

  @Test
  void instancesOfAForeach_areUndoneEach() throws Exception {
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("saga")
        .foreach(n -> IntStream.range(0, n).boxed().toList(), step("item"))
        .sequence(task("size", List::size))
        .sequence(fails())
        .build();
    assertThat(flow.start(workflow, 50).result().status()).isEqualTo(RunStatus.FAILED);
    assertThat(undone)
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, 50).mapToObj(i -> "item " + i + "->" + (i + 1)).toList());
  }

  @Test
  void compensation_thatThrows_isTriedAgainAndTheRestGoesOn() throws Exception {
    AtomicInteger tries = new AtomicInteger();
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("saga")
        .sequence(step("first"))
        .sequence(Task.<Integer, Integer>task("stubborn", x -> x)
            .retry(RetryPolicy.attempts(3).fixedDelay(Duration.ofNanos(1)))
            .compensate((input, output, context) -> {
              tries.incrementAndGet();
              if (context.attempt() < 3) {
                throw new IOException("not yet");
              }
            }))
        .sequence(
            Task.<Integer, Integer>task("hopeless", x -> x).compensate((input, output, context) -> {
              throw new IllegalStateException("cannot be undone");
            }))
        .sequence(fails())
        .build();
    WorkflowResult<Integer> result = flow.start(workflow, 1).result();
    assertThat(tries).hasValue(3);
    assertThat(undone).containsExactly("first 1->2");
    assertThat(result.failure().orElseThrow().getSuppressed())
        .singleElement()
        .satisfies(e -> assertThat(e).hasMessage("cannot be undone"));
    assertThat(result.failure().orElseThrow()).hasRootCauseMessage("boom");
  }

  @Test
  void run_thatIsBeingUndone_saysSoAndCannotBeCancelled() throws Exception {
    CountDownLatch undoing = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("saga")
        .sequence(Task.<Integer, Integer>task("slow to undo", x -> x)
            .compensate((input, output, context) -> {
              undoing.countDown();
              goOn.await();
            }))
        .sequence(fails())
        .build();
    WorkflowRun<Integer> run = flow.start(workflow, 1);
    undoing.await();
    assertThat(run.status()).isEqualTo(RunStatus.COMPENSATING);
    assertThat(run.cancel()).isFalse();
    assertThat(run.await(Duration.ofMillis(1))).isEmpty();
    assertThat(flow.activeRuns()).hasSize(1);
    goOn.countDown();
    assertThat(run.result().status()).isEqualTo(RunStatus.FAILED);
    assertThat(flow.activeRuns()).isEmpty();
  }

  @Test
  void close_whileACompensationWaitsToBeTriedAgain_tellsTheCaller() throws Exception {
    CountDownLatch tried = new CountDownLatch(1);
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("saga")
        .sequence(Task.<Integer, Integer>task("stubborn", x -> x)
            .retry(RetryPolicy.attempts(2).fixedDelay(Duration.ofHours(1)))
            .compensate((input, output, context) -> {
              tried.countDown();
              throw new IOException("not yet");
            }))
        .sequence(
            Task.<Integer, Integer>task("hopeless", x -> x).compensate((input, output, context) -> {
              throw new IOException("never");
            }))
        .sequence(fails())
        .build();
    WorkflowRun<Integer> run = flow.start(workflow, 1);
    tried.await();
    flow.close();
    WorkflowResult<Integer> result = run.await(Duration.ofSeconds(30)).orElseThrow();
    assertThat(result.status()).isEqualTo(RunStatus.FAILED);
    assertThat(result.failure().orElseThrow().getSuppressed())
        .extracting(Throwable::getMessage)
        .containsExactly("never", "Not everything was undone in time: the runtime was closed");
  }

  @Test
  void taskWithAFallbackThatFailed_hasNothingToUndo() throws Exception {
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("saga")
        .sequence(Task.<Integer, Integer>task("tried", x -> {
              throw new IOException();
            })
            .compensate((input, output, context) -> undone.add("tried"))
            .onFailure(task("instead", failure -> 7)))
        .sequence(step("after"))
        .sequence(fails())
        .build();
    assertThat(flow.start(workflow, 1).result().status()).isEqualTo(RunStatus.FAILED);
    assertThat(undone).containsExactly("after 7->8");
  }

  @Test
  void functionsThatEndWhenTheRunHasEnded_areUndoneAllTheSame() throws Exception {
    int rounds = 300;
    AtomicInteger done = new AtomicInteger();
    AtomicInteger undoneCount = new AtomicInteger();
    Task<Integer, Integer> counted = Task.<Integer, Integer>task("counted", x -> {
          done.incrementAndGet();
          return x;
        })
        .compensate((input, output, context) -> undoneCount.incrementAndGet());
    Workflow<Integer, Object> workflow = Workflow.<Integer>builder("race")
        .parallel(
            counted,
            counted.as("b"),
            counted.as("c").then(counted.as("d")),
            fails().as("e"))
        .sequence(Task.<Object, Object>task("never", x -> x))
        .build();
    for (int i = 0; i < rounds; i++) {
      assertThat(flow.start(workflow, i).result().status()).isEqualTo(RunStatus.FAILED);
    }
    flow.close();
    assertThat(undoneCount.get()).isEqualTo(done.get());
  }

  @Test
  void compensation_thatTakesLongerThanItsTaskMay_isTriedAgainAndLeftAlone() throws Exception {
    Semaphore hanging = new Semaphore(0);
    CountDownLatch goOn = new CountDownLatch(1);
    CountDownLatch returned = new CountDownLatch(1);
    List<Boolean> cancelled = Collections.synchronizedList(new ArrayList<>());
    try (VirtualClock clock = new VirtualClock();
        FaasFlow timed = builder().clock(clock).build()) {
      Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("saga")
          .sequence(step("a"))
          .sequence(Task.<Integer, Integer>task("hangs", x -> x + 1)
              .timeout(Duration.ofMinutes(1))
              .retry(RetryPolicy.attempts(2).fixedDelay(Duration.ZERO))
              .compensate((input, output, context) -> {
                undone.add("hangs, attempt " + context.attempt());
                if (context.attempt() == 1) {
                  hanging.release();
                  awaitStubbornly(goOn);
                  cancelled.add(context.isCancelled());
                  returned.countDown();
                } else {
                  cancelled.add(context.isCancelled());
                }
              }))
          .sequence(fails())
          .build();
      WorkflowRun<Integer> run = timed.start(workflow, 1);
      hanging.acquire();
      clock.advance(Duration.ofMinutes(1));
      while (run.await(Duration.ofMillis(1)).isEmpty()) {
        clock.advance(Duration.ZERO); // the next attempt is due
      }
      assertThat(run.result().status()).isEqualTo(RunStatus.FAILED);
      assertThat(run.result().failure().orElseThrow().getSuppressed()).isEmpty();
      assertThat(undone).containsExactly("hangs, attempt 1", "hangs, attempt 2", "a 1->2");
      assertThat(cancelled).containsExactly(false);
      goOn.countDown();
      returned.await();
    }
    assertThat(cancelled)
        .as("the first is told that nobody waits for it")
        .containsExactly(false, true);
    assertThat(undone).as("and undoes nothing else").hasSize(3);
  }

  @Test
  void compensations_thatAllTakeTooLong_areToldAndInterrupted() throws Exception {
    Semaphore hanging = new Semaphore(0);
    Semaphore interrupted = new Semaphore(0);
    CompensationFunction<Integer, Integer> hangs = (input, output, context) -> {
      hanging.release();
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        interrupted.release();
      }
    };
    try (VirtualClock clock = new VirtualClock();
        FaasFlow timed = builder().clock(clock).build()) {
      Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("saga")
          .taskDefaults(policy -> policy.withTimeout(Duration.ofMinutes(1)))
          .sequence(step("a"))
          .sequence(Task.<Integer, Integer>task("b", x -> x + 1).compensate(hangs))
          .sequence(Task.<Integer, Integer>task("c", x -> x + 1).compensate(hangs))
          .sequence(fails())
          .build();
      WorkflowRun<Integer> run = timed.start(workflow, 1);
      for (int i = 0; i < 2; i++) {
        hanging.acquire();
        clock.advance(Duration.ofMinutes(1));
      }
      assertThat(run.result().failure().orElseThrow().getSuppressed())
          .extracting(Throwable::getMessage)
          .containsExactly(
              "The compensation of task 'c' did not end within the task's timeout of PT1M",
              "The compensation of task 'b' did not end within the task's timeout of PT1M");
      assertThat(undone).containsExactly("a 1->2");
    }
    interrupted.acquire(2);
  }

  @Test
  void compensation_thatEndsWhenItsTimeIsUp_isEitherDoneOrToldOnce() throws Exception {
    AtomicInteger undoneFirst = new AtomicInteger();
    try (VirtualClock clock = new VirtualClock();
        FaasFlow timed = builder().clock(clock).build()) {
      for (int i = 0; i < 300; i++) {
        CountDownLatch began = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("saga")
            .sequence(Task.<Integer, Integer>task("a", x -> x)
                .compensate((input, output, context) -> undoneFirst.incrementAndGet()))
            .sequence(Task.<Integer, Integer>task("b", x -> x)
                .timeout(Duration.ofMinutes(1))
                .compensate((input, output, context) -> {
                  began.countDown();
                  awaitStubbornly(goOn);
                }))
            .sequence(fails())
            .build();
        WorkflowRun<Integer> run = timed.start(workflow, i);
        began.await();
        Thread alarm = new Thread(() -> clock.advance(Duration.ofMinutes(1)));
        alarm.start();
        goOn.countDown();
        alarm.join();
        assertThat(run.result().failure().orElseThrow().getSuppressed()).hasSizeLessThan(2);
        assertThat(undoneFirst).hasValue(i + 1);
      }
    }
  }

  /** Waits as long as it takes, whatever interrupts it. */
  private static void awaitStubbornly(CountDownLatch latch) {
    boolean open = false;
    while (!open) {
      try {
        latch.await();
        open = true;
      } catch (InterruptedException e) {
        // not for this one
      }
    }
  }

  @Test
  void functionThatEndsWhenTheRunHasEnded_isUndoneWithItsInput() throws Exception {
    for (Duration timeout : List.of(Duration.ZERO, Duration.ofHours(1))) {
      CountDownLatch began = new CountDownLatch(1);
      CountDownLatch goOn = new CountDownLatch(1);
      CountDownLatch undoing = new CountDownLatch(1);
      Task<Integer, Integer> slow = Task.<Integer, Integer>task("slow", x -> {
            began.countDown();
            awaitStubbornly(goOn);
            return x + 1;
          })
          .compensate((input, output, context) -> {
            undone.add("slow " + input + "->" + output);
            undoing.countDown();
          });
      Workflow<Integer, Object> workflow = Workflow.<Integer>builder("late")
          .sequence(task("first", (Integer x) -> x * 10))
          .parallel(timeout.isZero() ? slow : slow.timeout(timeout), task("fails", (Integer x) -> {
            began.await();
            throw new IOException("boom");
          }))
          .sequence(Task.<Object, Object>task("never", x -> x))
          .build();
      assertThat(flow.start(workflow, 7).result().status()).isEqualTo(RunStatus.FAILED);
      goOn.countDown();
      undoing.await();
    }
    assertThat(undone).containsExactly("slow 70->71", "slow 70->71");
  }

  @Test
  void functionThatEndsWhenItsInstanceHasFailed_isUndoneWithItsInput() throws Exception {
    CountDownLatch began = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Task<Integer, Integer> slow = Task.<Integer, Integer>task("slow", x -> {
          began.countDown();
          awaitStubbornly(goOn);
          return x + 1;
        })
        .compensate((input, output, context) -> undone.add("slow " + input + "->" + output));
    CountDownLatch undoing = new CountDownLatch(1);
    Workflow<Integer, Object> workflow = Workflow.<Integer>builder("late")
        .foreach(
            x -> List.of(x),
            task("first", (Integer x) -> x * 10)
                .then(Parallel.of(slow, task("fails", (Integer x) -> {
                  began.await();
                  throw new IOException("boom");
                }))),
            f -> f.tolerate(Tolerance.failures(1)))
        .sequence(task("goes on", x -> {
          goOn.countDown();
          return x;
        }))
        .sequence(Task.<Object, Object>task("kept", x -> x)
            .compensate((input, output, context) -> undoing.countDown()))
        .sequence(task("last", x -> {
          throw new IOException("boom");
        }))
        .build();
    assertThat(flow.start(workflow, 7).result().status()).isEqualTo(RunStatus.FAILED);
    undoing.await();
    flow.close();
    assertThat(undone).containsExactly("slow 70->71");
  }

  @Test
  void interruptOfRun_whileItIsUndone_tellsWhatHasFailed() throws Exception {
    CountDownLatch undoing = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("saga")
        .sequence(
            Task.<Integer, Integer>task("done", x -> x).compensate((input, output, context) -> {
              undoing.countDown();
              goOn.await();
              undone.add("done");
            }))
        .sequence(fails())
        .build();
    CompletableFuture<Throwable> thrown = new CompletableFuture<>();
    Thread caller = new Thread(() -> {
      try {
        flow.run(workflow, 1);
        thrown.complete(new AssertionError("it completed"));
      } catch (Throwable e) {
        thrown.complete(e);
      }
    });
    caller.start();
    undoing.await();
    caller.interrupt();
    assertThat(thrown.get()).isInstanceOf(TaskFailedException.class).hasRootCauseMessage("boom");
    goOn.countDown();
    caller.join();
    flow.close();
    assertThat(undone).containsExactly("done");
  }

  @Test
  void listeners_areTold() throws Exception {
    List<RunEvent> events = Collections.synchronizedList(new ArrayList<>());
    Workflow<Integer, Integer> workflow =
        Workflow.<Integer>builder("saga").sequence(step("a")).sequence(fails()).build();
    try (FaasFlow told = builder().listener(events::add).build()) {
      told.start(workflow, 1).result();
    }
    assertThat(events)
        .filteredOn(RunEvent.Compensated.class::isInstance)
        .singleElement()
        .satisfies(
            event -> assertThat(((RunEvent.Compensated) event).site().task()).isEqualTo("a"));
  }

  @Test
  void compensation_inYaml_isAFunctionOfTheRegistry() throws Exception {
    FunctionRegistry functions = FunctionRegistry.builder()
        .register("reserve", input -> "reservation 5")
        .register("release", (Object both) -> undone.add(both.toString()))
        .register("charge", input -> {
          throw new IOException("declined");
        })
        .build();
    Workflow<Map<String, Object>, Object> workflow =
        WorkflowReader.create().readText("""
            faasflow: 1
            name: order
            steps:
              - {task: reserve, with: {item: INPUT.item}, compensate: release}
              - {task: charge}
            """, "order.yaml");
    try (FaasFlow named = builder().functions(functions).build()) {
      assertThat(named.start(workflow, Map.of("item", 3)).result().status())
          .isEqualTo(RunStatus.FAILED);
    }
    assertThat(undone).containsExactly("{input={item=3}, output=reservation 5}");
  }
}
