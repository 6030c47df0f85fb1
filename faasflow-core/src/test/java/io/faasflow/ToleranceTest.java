package io.faasflow;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.function.FunctionRegistry;
import io.faasflow.function.RetryPolicy;
import io.faasflow.run.InstanceResult;
import io.faasflow.run.RunStatus;
import io.faasflow.run.TaskFailedException;
import io.faasflow.run.TaskTimeoutException;
import io.faasflow.workflow.Foreach;
import io.faasflow.workflow.Parallel;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Tolerance;
import io.faasflow.workflow.Workflow;
import io.faasflow.workflow.yaml.WorkflowReader;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Foreach steps whose instances may fail: with one worker here, otherwise in the subclasses. */
class ToleranceTest extends RuntimeScene {
  private static Task<Integer, Integer> notSevens(String name) {
    return task(name, x -> {
      if (x % 7 == 0) {
        throw new IOException("seven in " + x);
      }
      return x;
    });
  }

  private static Workflow<List<Integer>, List<InstanceResult<Integer>>> tolerant(
      Tolerance tolerance, int concurrency) {
    return Workflow.<List<Integer>>builder("tolerant")
        .foreach(
            x -> x,
            task("first", (Integer x) -> x).then(notSevens("second")).then(notSevens("third")),
            f -> f.concurrency(concurrency).tolerate(tolerance))
        .build();
  }

  private static List<Integer> upTo(int n) {
    return IntStream.rangeClosed(1, n).boxed().toList();
  }

  @Test
  void failures_withinTheLimit_areResultsAndTheOthersComplete() {
    for (int concurrency : new int[] {1, 2, 1_000}) {
      List<InstanceResult<Integer>> results =
          flow.run(tolerant(Tolerance.failures(10), concurrency), upTo(70));
      assertThat(results).hasSize(70);
      for (int i = 0; i < 70; i++) {
        if ((i + 1) % 7 == 0) {
          assertThat(results.get(i)).isInstanceOf(InstanceResult.Failed.class);
          InstanceResult.Failed<Integer> failed = (InstanceResult.Failed<Integer>) results.get(i);
          assertThat(failed.failure().site().task()).isEqualTo("second");
          assertThat(failed.failure().site().instance()).containsExactly(i);
          assertThat(failed.failure().cause()).hasMessage("seven in " + (i + 1));
          assertThat(failed.failure().input()).isEqualTo(i + 1);
          assertThat(results.get(i).toOptional()).isEmpty();
        } else {
          assertThat(results.get(i).toOptional()).contains(i + 1);
        }
      }
    }
  }

  @Test
  void failures_aboveTheLimit_failTheRun() {
    assertThatThrownBy(() -> flow.run(tolerant(Tolerance.failures(9), 3), upTo(70)))
        .isInstanceOf(TaskFailedException.class)
        .hasMessageContaining("seven in");
    assertThatThrownBy(() -> flow.run(tolerant(Tolerance.percent(14.2), 3), upTo(70)))
        .isInstanceOf(TaskFailedException.class);
    assertThat(flow.run(tolerant(Tolerance.percent(14.3), 3), upTo(70))).hasSize(70);
    assertThat(flow.run(tolerant(Tolerance.percent(100), 3), List.of(7, 14)))
        .allMatch(InstanceResult::isFailed);
  }

  /** With a policy: what follows a failure is on the stack of no other. */
  @Test
  void failures_oneAfterTheOther_needNoStack() {
    IOException broken = new IOException("broken");
    Task<Integer, Integer> fails = Task.<Integer, Integer>task("fails", x -> {
          throw broken;
        })
        .retry(RetryPolicy.attempts(2).notOn(IOException.class));
    Workflow<List<Integer>, List<InstanceResult<Integer>>> workflow =
        Workflow.<List<Integer>>builder("many-failures")
            .foreach(x -> x, fails, f -> f.concurrency(1).tolerate(Tolerance.percent(100)))
            .build();
    assertThat(flow.run(workflow, upTo(50_000))).hasSize(50_000).allMatch(InstanceResult::isFailed);
  }

  @Test
  void branches_ofOneInstance_failItOnce() {
    Workflow<List<Integer>, Long> workflow = Workflow.<List<Integer>>builder("branches")
        .foreach(
            x -> x,
            Parallel.of(notSevens("a"), notSevens("b"), notSevens("c")),
            f -> f.tolerate(Tolerance.failures(100)))
        .sequence(task(
            "count",
            results -> results.stream().filter(InstanceResult::isFailed).count()))
        .build();
    for (int i = 0; i < 50; i++) {
      assertThat(flow.run(workflow, upTo(700))).isEqualTo(100);
    }
  }

  @Test
  void instance_ofAnInnerForeach_failsTheInnermostThatTolerates() {
    Workflow<List<List<Integer>>, List<InstanceResult<List<Integer>>>> outer =
        Workflow.<List<List<Integer>>>builder("outer")
            .foreach(
                x -> x,
                Foreach.<List<Integer>, Integer, Integer>of(x -> x, notSevens("item")),
                f -> f.tolerate(Tolerance.failures(1)))
            .build();
    List<InstanceResult<List<Integer>>> results =
        flow.run(outer, List.of(List.of(1, 2), List.of(3, 7, 14), List.of(4)));
    assertThat(results.get(0).toOptional()).contains(List.of(1, 2));
    assertThat(results.get(1).isFailed()).isTrue();
    assertThat(results.get(2).toOptional()).contains(List.of(4));

    Workflow<List<List<Integer>>, List<List<InstanceResult<Integer>>>> inner =
        Workflow.<List<List<Integer>>>builder("inner")
            .foreach(
                x -> x,
                Foreach.<List<Integer>, Integer, Integer>of(x -> x, notSevens("item"))
                    .tolerate(Tolerance.failures(1)))
            .build();
    List<List<InstanceResult<Integer>>> nested =
        flow.run(inner, List.of(List.of(7, 1), List.of(2, 7)));
    assertThat(nested.get(0).get(0).isFailed()).isTrue();
    assertThat(nested.get(1).get(0).toOptional()).contains(2);
  }

  @Test
  void innerForeach_withOneFailureTooMany_failsTheInstanceAroundIt() {
    Workflow<List<List<Integer>>, List<InstanceResult<List<InstanceResult<Integer>>>>> workflow =
        Workflow.<List<List<Integer>>>builder("both")
            .foreach(
                x -> x,
                Foreach.<List<Integer>, Integer, Integer>of(x -> x, notSevens("item"))
                    .tolerate(Tolerance.failures(1)),
                f -> f.tolerate(Tolerance.failures(1)))
            .build();
    List<InstanceResult<List<InstanceResult<Integer>>>> results =
        flow.run(workflow, List.of(List.of(7, 14, 1), List.of(7, 1), List.of(2)));
    assertThat(results).extracting(InstanceResult::isFailed).containsExactly(true, false, false);
    assertThatThrownBy(() -> flow.run(workflow, List.of(List.of(7, 14), List.of(21, 28))))
        .isInstanceOf(TaskFailedException.class);
  }

  @Test
  void retriesTimeoutsAndFallbacks_comeBeforeTolerance() {
    EagerClock clock = new EagerClock();
    Workflow<List<Integer>, List<InstanceResult<Integer>>> workflow =
        Workflow.<List<Integer>>builder("all")
            .foreach(
                x -> x,
                Task.<Integer, Integer>contextTask("item", (x, context) -> {
                      if (x == 0) {
                        clock.passForever();
                      }
                      if (context.attempt() <= x) {
                        throw new IOException();
                      }
                      return x;
                    })
                    .timeout(Duration.ofHours(1))
                    .retry(RetryPolicy.attempts(3).fixedDelay(Duration.ZERO)),
                f -> f.tolerate(Tolerance.failures(2)))
            .build();
    List<InstanceResult<Integer>> results;
    try (clock;
        FaasFlow timed = builder().clock(clock).build()) {
      results = timed.run(workflow, List.of(0, 1, 2, 3));
    }
    assertThat(((InstanceResult.Failed<Integer>) results.get(0)).failure().cause())
        .isInstanceOf(TaskTimeoutException.class);
    assertThat(results.get(1).toOptional()).contains(1);
    assertThat(results.get(2).toOptional()).contains(2);
    assertThat(
            ((InstanceResult.Failed<Integer>) results.get(3)).failure().site().attempt())
        .isEqualTo(3);
  }

  @Test
  void function_ofAFailedInstance_isInterruptedWhenTheRunCompletes() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    Workflow<List<Integer>, Integer> workflow = Workflow.<List<Integer>>builder("w")
        .foreach(
            x -> x,
            Parallel.of(
                task("hangs", (Integer x) -> {
                  running.countDown();
                  try {
                    new CountDownLatch(1).await();
                  } catch (InterruptedException e) {
                    interrupted.countDown();
                  }
                  return x;
                }),
                task("fails", (Integer x) -> {
                  running.await();
                  throw new IOException();
                })),
            f -> f.tolerate(Tolerance.failures(1)))
        .sequence(task("size", List::size))
        .build();
    WorkflowRun<Integer> run = flow.start(workflow, List.of(1));
    assertThat(run.await()).isEqualTo(1);
    assertThat(run.status()).isEqualTo(RunStatus.COMPLETED);
    interrupted.await();
  }

  @Test
  void tolerance_inYaml_givesOutputsAndFailuresByName() {
    FunctionRegistry functions = FunctionRegistry.builder()
        .register("read", (Object item) -> {
          if (item.equals("bad")) {
            throw new IOException("cannot read it");
          }
          return "text of " + item;
        })
        .register("report", (Object input) -> input)
        .build();
    Workflow<Map<String, Object>, Object> workflow =
        WorkflowReader.create().readText("""
            faasflow: 1
            name: pages
            steps:
              - {foreach: INPUT.pages, do: {task: read}, tolerate: 50%}
              - task: report
                with: {first: "read[0].output", why: "read[1].failure.message"}
            """, "pages.yaml");
    try (FaasFlow named = builder().functions(functions).build()) {
      Object result = named.run(workflow, Map.of("pages", new ArrayList<>(List.of("good", "bad"))));
      assertThat(result)
          .isEqualTo(Map.of("first", "text of good", "why", "java.io.IOException: cannot read it"));
    }
  }
}
