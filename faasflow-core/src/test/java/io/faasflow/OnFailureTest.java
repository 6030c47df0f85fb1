package io.faasflow;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.faasflow.function.FunctionRegistry;
import io.faasflow.function.RetryPolicy;
import io.faasflow.observe.RunEvent;
import io.faasflow.run.RunCancelledException;
import io.faasflow.run.RunDeadlineException;
import io.faasflow.run.RunException;
import io.faasflow.run.RunStatus;
import io.faasflow.run.TaskFailedException;
import io.faasflow.run.TaskFailure;
import io.faasflow.run.UnboundFunctionsException;
import io.faasflow.workflow.InvalidWorkflowException;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import io.faasflow.workflow.yaml.WorkflowReader;
import io.faasflow.workflow.yaml.WorkflowWriter;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** What a workflow does when a task has failed: with one worker here, otherwise in the subclasses. */
class OnFailureTest extends RuntimeScene {
  private final ConcurrentLinkedQueue<String> done = new ConcurrentLinkedQueue<>();

  /** Fails for odd numbers; gives ten times the even ones. */
  private static Task<Integer, Integer> evenOnly(String name) {
    return task(name, x -> {
      if (x % 2 != 0) {
        throw new IOException("odd " + x);
      }
      return x * 10;
    });
  }

  private static Workflow<Integer, Integer> plusOneThenEven(Task<TaskFailure, Integer> otherwise) {
    return Workflow.<Integer>builder("w")
        .sequence(task("plus", (Integer x) -> x + 1))
        .sequence(evenOnly("even"))
        .sequence(task("last", (Integer x) -> x + 3))
        .onFailure(otherwise)
        .build();
  }

  /** Holds on until the run is stopped. */
  private static Task<TaskFailure, Integer> held(CountDownLatch reached) {
    return task("held", failure -> {
      reached.countDown();
      new CountDownLatch(1).await(); // until it is interrupted
      return 0;
    });
  }

  @Test
  void onFailure_givesTheOutputOfARunThatFailed_andOnlyThen() {
    Workflow<Integer, Integer> workflow = plusOneThenEven(task("otherwise", failure -> {
      done.add(
          failure.site().task() + " " + failure.input() + " " + failure.cause().getMessage());
      return -1;
    }));
    assertThat(flow.run(workflow, 1)).isEqualTo(23);
    assertThat(done).isEmpty();
    assertThat(flow.run(workflow, 2)).isEqualTo(-1);
    assertThat(done).containsExactly("even 2 odd 3"); // the input is the run's
  }

  @Test
  void onFailure_isACompletedRun_withTheTrafficOfBothParts() throws Exception {
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("w")
        .sequence(evenOnly("even"))
        .onFailure(task("one", (TaskFailure failure) -> 1).then(task("two", x -> x + 1)))
        .build();
    WorkflowRun<Integer> run = flow.start(workflow, 1);
    WorkflowResult<Integer> result = run.result();
    assertThat(result.status()).isEqualTo(RunStatus.COMPLETED);
    assertThat(result.output()).contains(2);
    assertThat(run.progress().done()).isEqualTo(run.progress().total());
    WorkflowResult<Integer> plain = flow.start(workflow, 2).result();
    assertThat(result.traffic().messages())
        .isGreaterThanOrEqualTo(plain.traffic().messages());
    assertThat(flow.activeRuns()).isEmpty();
  }

  @Test
  void onFailure_thatFails_failsTheRunWithTheFirstFailure() {
    Workflow<Integer, Integer> workflow = plusOneThenEven(task("otherwise", failure -> {
      throw new IllegalStateException("worse");
    }));
    WorkflowRun<Integer> run = flow.start(workflow, 2);
    TaskFailedException thrown = catchThrowableOfType(TaskFailedException.class, run::await);
    assertThat(thrown.task()).isEqualTo("even");
    assertThat(thrown.runId()).isEqualTo(run.id());
    assertThat(thrown.getSuppressed())
        .singleElement()
        .satisfies(other -> assertThat(other)
            .isInstanceOf(TaskFailedException.class)
            .hasMessageContaining("'otherwise'")
            .hasMessageContaining("worse"));
    assertThat(run.status()).isEqualTo(RunStatus.FAILED);
  }

  @Test
  void onFailure_comesAfterCompensation() {
    Task<Integer, Integer> reserve = Task.<Integer, Integer>task("reserve", x -> x)
        .compensate((input, output, context) -> done.add("undone " + output));
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("w")
        .sequence(reserve)
        .sequence(evenOnly("even"))
        .onFailure(task("otherwise", failure -> {
          done.add("recovered");
          return 0;
        }))
        .build();
    assertThat(flow.run(workflow, 5)).isZero();
    assertThat(done).containsExactly("undone 5", "recovered");
  }

  @Test
  void onFailure_doesNotRunForACancelledRun_norAfterTheDeadline() throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("w")
        .sequence(task("sleep", (Integer x) -> {
          reached.countDown();
          new CountDownLatch(1).await(); // until it is interrupted
          return x;
        }))
        .onFailure(task("otherwise", failure -> {
          done.add("recovered");
          return 0;
        }))
        .build();
    WorkflowRun<Integer> run = flow.start(workflow, 1);
    reached.await();
    assertThat(run.cancel()).isTrue();
    assertThatThrownBy(run::await).isInstanceOf(RunCancelledException.class);
    assertThatThrownBy(() -> flow.run(workflow, 1, RunOptions.deadline(Duration.ofMillis(20))))
        .isInstanceOf(RunDeadlineException.class);
    assertThat(done).isEmpty();
  }

  @Test
  void cancel_whileItRecovers_endsTheRunAsCancelled() throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    WorkflowRun<Integer> run = flow.start(plusOneThenEven(held(reached)), 2);
    reached.await();
    assertThat(run.status()).isEqualTo(RunStatus.RECOVERING);
    assertThat(run.cancel()).isTrue();
    RunException thrown = catchThrowableOfType(RunCancelledException.class, run::await);
    assertThat(thrown.runId()).isEqualTo(run.id());
    assertThat(thrown.getSuppressed()).singleElement().isInstanceOf(TaskFailedException.class);
    assertThat(run.status()).isEqualTo(RunStatus.CANCELLED);
    assertThat(run.cancel()).isFalse();
  }

  @Test
  void deadline_holdsForTheRecoveryToo() {
    CountDownLatch reached = new CountDownLatch(1);
    assertThatThrownBy(() -> flow.run(
            plusOneThenEven(held(reached)), 2, RunOptions.deadline(Duration.ofMillis(200))))
        .isInstanceOf(RunDeadlineException.class);
    assertThat(flow.activeRuns()).isEmpty();
  }

  @Test
  void close_whileItRecovers_cancelsTheRun() throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    WorkflowRun<Integer> run = flow.start(plusOneThenEven(held(reached)), 2);
    reached.await();
    flow.close();
    assertThat(run.status()).isEqualTo(RunStatus.CANCELLED);
  }

  @Test
  void close_whileWhatTheRecoveryDidIsBeingUndone_givesUpOnIt() throws Exception {
    CountDownLatch tried = new CountDownLatch(1);
    Task<TaskFailure, Integer> stubborn = Task.<TaskFailure, Integer>task("stubborn", failure -> 1)
        .retry(RetryPolicy.attempts(2).fixedDelay(Duration.ofHours(1)))
        .compensate((input, output, context) -> {
          tried.countDown();
          throw new IOException("not yet");
        });
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("w")
        .sequence(evenOnly("even"))
        .onFailure(stubborn.then(evenOnly("recovery")))
        .build();
    WorkflowRun<Integer> run = flow.start(workflow, 1);
    tried.await();
    flow.close();
    RunException failure =
        run.await(Duration.ofSeconds(30)).orElseThrow().failure().orElseThrow();
    assertThat(run.status()).isEqualTo(RunStatus.FAILED);
    assertThat(failure).hasRootCauseMessage("odd 1");
    assertThat(failure.getSuppressed())
        .singleElement()
        .satisfies(e -> assertThat(e.getSuppressed())
            .singleElement()
            .satisfies(late -> assertThat(late).hasMessageContaining("Not everything was undone")));
  }

  @Test
  void cancel_atAnyMoment_endsTheRunOnce() throws Exception {
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("w")
        .sequence(Task.<Integer, Integer>task("kept", x -> x)
            .compensate((input, output, context) -> Thread.onSpinWait()))
        .sequence(evenOnly("even"))
        .onFailure(task("otherwise", failure -> 0))
        .build();
    for (int i = 0; i < 2_000; i++) {
      WorkflowRun<Integer> run = flow.start(workflow, 1);
      for (int spin = 0; spin < i % 200; spin++) {
        Thread.onSpinWait();
      }
      run.cancel();
      RunStatus end = run.result().status();
      assertThat(end).isIn(RunStatus.CANCELLED, RunStatus.COMPLETED);
    }
    assertThat(flow.activeRuns()).isEmpty();
  }

  @Test
  void maxActiveRuns_countsARunAndItsRecoveryAsOne() {
    try (FaasFlow narrow = builder().maxActiveRuns(1).maxQueuedRuns(0).build()) {
      assertThat(narrow.run(plusOneThenEven(task("otherwise", failure -> -1)), 2))
          .isEqualTo(-1);
      assertThat(narrow.run(plusOneThenEven(task("otherwise", failure -> -1)), 2))
          .isEqualTo(-1);
    }
  }

  @Test
  void events_nameTheRecoveryAsARunOfItsOwn() {
    ConcurrentLinkedQueue<String> ends = new ConcurrentLinkedQueue<>();
    try (FaasFlow watched = builder()
        .listener(event -> {
          if (event instanceof RunEvent.RunEnded end) {
            ends.add(end.workflow() + " " + end.status());
          }
        })
        .build()) {
      watched.run(plusOneThenEven(task("otherwise", failure -> -1)), 2);
    }
    assertThat(ends).containsExactly("w/onFailure COMPLETED", "w COMPLETED");
  }

  @Test
  void unboundFunctions_ofTheRecovery_areToldBeforeTheRunBegins() {
    Workflow<Integer, Object> workflow = Workflow.<Integer>builder("w")
        .sequence(Task.<Integer, Object>task("fine", x -> x))
        .onFailure(Task.<TaskFailure, Object>named("nowhere"))
        .build();
    assertThatThrownBy(() -> flow.start(workflow, 1))
        .isInstanceOf(UnboundFunctionsException.class)
        .hasMessageContaining("nowhere");
  }

  @Test
  void build_refusesNamesThatAreUsedTwice_andWhatComesAfter() {
    assertThatThrownBy(() -> Workflow.<Integer>builder("w")
            .sequence(evenOnly("even"))
            .onFailure(task("even", failure -> 0))
            .build())
        .isInstanceOf(InvalidWorkflowException.class)
        .hasMessageContaining("'even'")
        .hasMessageContaining("onFailure");
    assertThatThrownBy(() -> Workflow.<Integer>builder("w")
            .sequence(evenOnly("even"))
            .onFailure(task("otherwise", failure -> 0))
            .sequence(evenOnly("more")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("before");
  }

  @Test
  void yaml_onFailure_readsTheFailureByName_andIsWrittenBack() {
    String text = """
        faasflow: 1
        name: pay
        output: {receipt: charge.receipt}
        steps:
          - task: charge
            with: {amount: INPUT.amount}
            output: [receipt]
        onFailure:
          - task: apologise
            with: {reason: INPUT.message, failed: INPUT.task}
            output: [receipt]
        """;
    WorkflowReader reader = WorkflowReader.create();
    Workflow<Map<String, Object>, Object> workflow = reader.readText(text, "pay.yaml");
    FunctionRegistry functions = FunctionRegistry.builder()
        .register("charge", input -> {
          throw new IOException("no money");
        })
        .register("apologise", input -> {
          Map<?, ?> named = (Map<?, ?>) input;
          return named.get("failed") + ": " + named.get("reason");
        })
        .build();
    try (FaasFlow named = builder().functions(functions).build()) {
      assertThat(named.run(workflow, Map.of("amount", 3)))
          .isEqualTo(Map.of("receipt", "charge: java.io.IOException: no money"));
    }
    Workflow<Map<String, Object>, Object> again =
        reader.readText(WorkflowWriter.create().write(workflow), "again.yaml");
    assertThat(again).isEqualTo(workflow);
    assertThat(again.fingerprint()).isEqualTo(workflow.fingerprint());
    Workflow<Map<String, Object>, Object> without =
        reader.readText(text.substring(0, text.indexOf("onFailure")), "pay.yaml");
    assertThat(without).isNotEqualTo(workflow);
    assertThat(without.fingerprint()).isNotEqualTo(workflow.fingerprint());
  }

  @Test
  void localExecutor_runsTheRecovery_andItsTasksCanBeStubbed() {
    Workflow<Integer, Integer> workflow = plusOneThenEven(task("otherwise", failure -> -1));
    LocalExecutor.builder().workers(2).forEachInterleaving(50, executor -> {
      executor.stub("otherwise", failure -> -7);
      LocalRun<Integer> run = executor.run(workflow, 2);
      assertThat(run.output()).isEqualTo(Optional.of(-7));
      assertThat(run.invocations().stream().map(LocalRun.Invocation::task))
          .containsExactly("plus", "even", "otherwise");
      assertThat(run.timeline().entries().stream().map(entry -> entry.site().task()))
          .containsExactly("plus", "even", "otherwise");
      assertThat(run.timeline().status()).isEqualTo(RunStatus.COMPLETED);
    });
  }
}
