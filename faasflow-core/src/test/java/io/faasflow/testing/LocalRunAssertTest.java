package io.faasflow.testing;

import static io.faasflow.testing.WorkflowAssertions.assertThat;
import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.faasflow.LocalExecutor;
import io.faasflow.LocalRun;
import io.faasflow.RunOptions;
import io.faasflow.function.RetryPolicy;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LocalRunAssertTest {
  private final LocalExecutor executor = LocalExecutor.builder().seed(99).build();

  private final Workflow<Integer, List<Integer>> workflow = Workflow.<Integer>builder("letters")
      .sequence(task("a", (Integer x) -> x))
      .switchOn(
          x -> x > 0, s -> s.when(true, task("b", (Integer x) -> x)).otherwise(task("c", x -> x)))
      .foreach(
          x -> List.of(1, 2, 3),
          Task.<Integer, Integer>task("d", x -> x)
              .retry(RetryPolicy.attempts(3).fixedDelay(Duration.ofHours(1)).jitter(0)))
      .build();

  @AfterEach
  void close() {
    executor.close();
  }

  private LocalRun<List<Integer>> retried() {
    executor.failWhen(
        "d",
        context -> context.instance().equals(List.of(1)) && context.attempt() < 3,
        () -> new IOException("down by 100%"));
    return executor.run(workflow, 1);
  }

  private static void fails(ThrowingCallable assertion, String message) {
    Assertions.assertThatThrownBy(assertion)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(message)
        .hasMessageContaining("of 'letters'")
        .hasMessageContaining("outcome")
        .hasMessageContaining("seed 99");
  }

  @Test
  void compensatedRun_meetsWhatIsTrueAndFailsTheRest() {
    executor.failAttempt("last", 1, () -> new IOException("boom"));
    Workflow<Integer, Integer> undone = Workflow.<Integer>builder("letters")
        .sequence(Task.<Integer, Integer>task("a", x -> x).compensate((in, out, context) -> {}))
        .sequence(Task.<Integer, Integer>task("b", x -> x).compensate((in, out, context) -> {
          throw new IOException("cannot");
        }))
        .sequence(Task.<Integer, Integer>task("c", x -> x).compensate((in, out, context) -> {}))
        .sequence(task("last", (Integer x) -> x))
        .build();
    LocalRun<Integer> run = executor.run(undone, 1);
    assertThat(run).failedAt("last").compensated("c", "a");
    fails(
        () -> assertThat(run).compensated("a", "c"),
        "Expected [a, c] to have been compensated, in this order, but it was [c, a]");
    fails(() -> assertThat(run).compensatedNothing(), "but it was [c, b, a]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> assertThat(run).compensated("last"))
        .withMessageContaining("no compensation of a task 'last'");
    assertThat(retried()).compensatedNothing();
  }

  @Test
  void completedRun_meetsWhatIsTrueAndFailsTheRest() {
    LocalRun<List<Integer>> run = retried();
    assertThat(run)
        .completed()
        .ran("a")
        .before("b")
        .before("d")
        .ran("d", 5)
        .after("b")
        .skipped("c")
        .didNotRun("c")
        .retried("d", 2)
        .retried("a", 0)
        .hasOutput(List.of(1, 2, 3))
        .outputSatisfies(all -> assertThat(all).hasSize(3))
        .inputsSatisfy("b", inputs -> assertThat(inputs).containsExactly(1))
        .took(Duration.ofHours(2))
        .tookAtMost(Duration.ofHours(3));

    fails(() -> assertThat(run).failed(), "ended as FAILED, but it was COMPLETED");
    fails(() -> assertThat(run).cancelled(), "CANCELLED");
    fails(() -> assertThat(run).timedOut(), "TIMED_OUT");
    fails(() -> assertThat(run).ran("b").before("a"), "'b' to have run before task 'a'");
    fails(() -> assertThat(run).ran("a").after("b"), "'b' to have run before task 'a'");
    fails(() -> assertThat(run).ran("a").before("c"), "'c' to have run, but it did not");
    fails(() -> assertThat(run).ran("c"), "'c' to have run, but it did not");
    fails(() -> assertThat(run).ran("d", 3), "run 3 times, but it ran 5");
    fails(() -> assertThat(run).didNotRun("d"), "not to have run, but it ran 5 times");
    fails(() -> assertThat(run).skipped("a"), "'a' to have been skipped, but it ran");
    fails(() -> assertThat(run).retried("d", 1), "retried 1 times, but it was retried 2 times");
    fails(() -> assertThat(run).hasOutput(List.of()), "output [], but it was [1, 2, 3]");
    fails(() -> assertThat(run).outputSatisfies(all -> assertThat(all).isEmpty()), "The output:");
    fails(
        () -> assertThat(run).inputsSatisfy("b", all -> assertThat(all).isEmpty()),
        "The inputs of task 'b':");
    fails(() -> assertThat(run).took(Duration.ofHours(1)), "taken PT1H, but it took PT2H");
    fails(() -> assertThat(run).tookAtMost(Duration.ofHours(1)), "PT1H at most");
    fails(() -> assertThat(run).as("100% sure").failed(), "[100% sure]");
  }

  @Test
  void failedRun_saysWhereAndWhy() {
    executor.failInstance("d", 1, () -> new IOException("down by 100%"));
    LocalRun<List<Integer>> run = executor.run(workflow, 0);
    assertThat(run)
        .failed()
        .failedAt("d")
        .failedAt("d", 1)
        .withCause(IOException.class)
        .withCause(IOException.class, "down")
        .ran("c")
        .skipped("b")
        .retried("d", 2);

    fails(() -> assertThat(run).completed(), "COMPLETED, but it was FAILED: io.faasflow.run");
    fails(() -> assertThat(run).hasOutput(1), "COMPLETED");
    fails(() -> assertThat(run).failedAt("a"), "task 'a' to have failed the run, but it was 'd'");
    fails(() -> assertThat(run).failedAt("d", 0), "instance [0] of task 'd'");
    fails(
        () -> assertThat(run).withCause(IllegalStateException.class),
        "java.lang.IllegalStateException, but it was java.io.IOException: down by 100%");
    fails(() -> assertThat(run).withCause(IOException.class, "up"), "contain 'up'");
  }

  @Test
  void stoppedRuns_areToldApart() {
    executor.takes("b", Duration.ofHours(1));
    assertThat(executor.run(workflow, 1, RunOptions.deadline(Duration.ofMinutes(1))))
        .timedOut()
        .ran("a")
        .didNotRun("d");
    executor.stub("a", x -> {
      executor.cancelRun();
      return x;
    });
    LocalRun<List<Integer>> run = executor.run(workflow, 1);
    assertThat(run).cancelled().didNotRun("b");
    fails(() -> assertThat(run).skipped("c"), "to have been skipped, but it was never reached");
  }

  @Test
  void misuse_isNoFailedAssertion() {
    LocalRun<List<Integer>> run = executor.run(workflow, 1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> assertThat(run).didNotRun("typo"))
        .withMessageContaining("no task 'typo'; it has [a, b, c, d]");
    assertThatIllegalArgumentException().isThrownBy(() -> assertThat(run).skipped("typo"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> assertThat(run).ran("a").before("typo"));
    assertThatIllegalStateException()
        .isThrownBy(() -> assertThat(run).before("a"))
        .withMessageContaining("has to follow ran");
  }
}
