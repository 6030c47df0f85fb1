package io.faasflow;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.faasflow.function.FunctionRegistry;
import io.faasflow.function.RetryPolicy;
import io.faasflow.run.TaskFailedException;
import io.faasflow.run.TaskFailure;
import io.faasflow.run.TaskTimeoutException;
import io.faasflow.workflow.Fallback;
import io.faasflow.workflow.InvalidWorkflowException;
import io.faasflow.workflow.Outputs;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import io.faasflow.workflow.yaml.WorkflowReader;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Fallbacks of tasks: with one worker here, otherwise in the subclasses. */
class FallbackTest extends RuntimeScene {
  private final AtomicInteger fallbacks = new AtomicInteger();

  /** Fails for odd numbers; gives ten times the even ones. */
  private static Task<Integer, Integer> evenOnly(String name) {
    return task(name, x -> {
      if (x % 2 != 0) {
        throw new IOException("odd " + x);
      }
      return x * 10;
    });
  }

  private Task<TaskFailure, Integer> minus(String name) {
    return task(name, failure -> {
      fallbacks.incrementAndGet();
      return -(Integer) failure.input();
    });
  }

  /** With a policy: what follows a failure is on the stack of no other. */
  @Test
  void fallbacks_oneAfterTheOther_needNoStack() {
    IOException broken = new IOException("broken");
    Task<Integer, Integer> fails = Task.<Integer, Integer>task("fails", x -> {
          throw broken;
        })
        .retry(RetryPolicy.attempts(2).notOn(IOException.class));
    Workflow<Integer, List<Integer>> workflow = Workflow.<Integer>builder("many-fallbacks")
        .foreach(
            n -> IntStream.range(0, n).boxed().toList(),
            fails.onFailure(minus("otherwise")),
            f -> f.concurrency(1))
        .build();
    assertThat(flow.run(workflow, 50_000)).hasSize(50_000).endsWith(-49_999);
  }

  @Test
  void fallback_ofATaskThatFails_givesItsOutput() {
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("w")
        .sequence(task("before", (Integer x) -> x))
        .sequence(evenOnly("tried").onFailure(minus("otherwise")))
        .sequence(task("after", (Integer x) -> x + 1))
        .build();
    assertThat(flow.run(workflow, 2)).isEqualTo(21);
    assertThat(fallbacks).hasValue(0);
    assertThat(flow.run(workflow, 3)).isEqualTo(-2);
    assertThat(fallbacks).hasValue(1);
  }

  @Test
  void fallback_takesAllThatIsKnownOfTheFailure() {
    Workflow<Integer, TaskFailure> workflow = Workflow.<Integer>builder("w")
        .sequence(Task.<Integer, TaskFailure>task("tried", x -> {
              throw new IOException("call");
            })
            .function("f")
            .retry(RetryPolicy.attempts(3).fixedDelay(Duration.ZERO))
            .onFailure(task("otherwise", (TaskFailure failure) -> failure)))
        .build();
    TaskFailure failure = flow.run(workflow, 7);
    assertThat(failure.site().task()).isEqualTo("tried");
    assertThat(failure.site().function()).isEqualTo("f");
    assertThat(failure.site().attempt()).isEqualTo(3);
    assertThat(failure.input()).isEqualTo(7);
    assertThat(failure.cause()).isInstanceOf(IOException.class);
    assertThat(failure).hasToString("task 'tried' failed at attempt 3: java.io.IOException: call");
  }

  @Test
  void fallback_ofATimeout_runsInItsPlace() {
    Workflow<Integer, String> workflow = Workflow.<Integer>builder("w")
        .sequence(Task.<Integer, String>task("hangs", x -> {
              new CountDownLatch(1).await();
              return "never";
            })
            .timeout(Duration.ofMillis(5))
            .onFailure(task(
                "otherwise", (TaskFailure failure) -> failure.cause().getClass().getSimpleName())))
        .build();
    assertThat(flow.run(workflow, 1)).isEqualTo(TaskTimeoutException.class.getSimpleName());
  }

  @Test
  void readers_ofTheTask_getWhatTheFallbackGave() {
    Task<Integer, Integer> tried = evenOnly("tried");
    Fallback<Integer, Integer> safe = tried.onFailure(minus("otherwise"));
    Workflow<Integer, String> workflow = Workflow.<Integer>builder("w")
        .parallel(safe, task("beside", (Integer x) -> x))
        .sequence(Task.reading(tried)
            .<Outputs, String>task(
                "report", (found, read) -> found.get(safe) + " " + read.get(tried)))
        .build();
    assertThat(flow.run(workflow, 4)).isEqualTo("40 40");
    assertThat(flow.run(workflow, 5)).isEqualTo("-5 -5");
  }

  @Test
  void fallback_insideOfAForeachAndASwitch_isEachInstancesOwn() {
    Workflow<List<Integer>, List<Integer>> workflow = Workflow.<List<Integer>>builder("w")
        .foreach(x -> x, evenOnly("tried").onFailure(minus("otherwise")))
        .build();
    assertThat(flow.run(workflow, List.of(1, 2, 3, 4))).containsExactly(-1, 20, -3, 40);
    Workflow<Integer, Integer> skipped = Workflow.<Integer>builder("w")
        .switchOn(
            (Integer x) -> x > 100,
            s -> s.when(true, evenOnly("tried").onFailure(minus("otherwise")))
                .otherwise(task("small", (Integer x) -> x)))
        .build();
    assertThat(flow.run(skipped, 7)).isEqualTo(7);
    assertThat(flow.run(skipped, 101)).isEqualTo(-101);
    assertThat(flow.run(skipped, 102)).isEqualTo(1020);
  }

  @Test
  void fallback_thatHasSeveralStepsOrAFallback_works() {
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("w")
        .sequence(evenOnly("tried")
            .onFailure(task("number", (TaskFailure failure) -> (Integer) failure.input())
                .then(evenOnly("again")
                    .onFailure(minus("one").then(task("two", (Integer x) -> x - 1))))))
        .build();
    assertThat(flow.run(workflow, 2)).isEqualTo(20);
    assertThat(flow.run(workflow, 3)).isEqualTo(-4);
  }

  @Test
  void fallback_thatFails_failsTheRun() {
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("w")
        .sequence(evenOnly("tried").onFailure(Task.<TaskFailure, Integer>task("otherwise", x -> {
          throw new IllegalStateException("the fallback too");
        })))
        .build();
    TaskFailedException failure =
        catchThrowableOfType(TaskFailedException.class, () -> flow.run(workflow, 1));
    assertThat(failure.task()).isEqualTo("otherwise");
    assertThat(failure).hasRootCauseMessage("the fallback too");
  }

  @Test
  void fallback_inYaml_readsByName() {
    FunctionRegistry functions = FunctionRegistry.builder()
        .register("charge", input -> {
          throw new IOException("declined");
        })
        .register("queue", failure -> Map.of("paid", false))
        .register("report", (Object input) -> "paid: " + ((Map<?, ?>) input).get("paid"))
        .build();
    Workflow<Map<String, Object>, Object> workflow =
        WorkflowReader.create().readText("""
            faasflow: 1
            name: order
            steps:
              - task: charge
                output: [paid]
                retry: {attempts: 2, delay: 0}
                onFailure: {task: queue, output: [paid]}
              - {task: report, with: {paid: charge.paid}}
            """, "order.yaml");
    try (FaasFlow named = builder().functions(functions).build()) {
      assertThat(named.run(workflow, Map.of())).isEqualTo("paid: false");
    }
  }

  @Test
  void definition_thatCannotWork_isRefused() {
    Task<Integer, Integer> tried = evenOnly("tried");
    assertThatThrownBy(() -> Workflow.<Integer>builder("w")
            .sequence(tried.onFailure(Task.reading(tried)
                .<TaskFailure, Integer>task("otherwise", (failure, read) -> read.get(tried))))
            .build())
        .isInstanceOf(InvalidWorkflowException.class)
        .hasMessageContaining("task 'otherwise' reads 'tried', which cannot have run before it");
    Task<TaskFailure, Integer> otherwise = minus("otherwise");
    assertThatThrownBy(() -> Workflow.<Integer>builder("w")
            .sequence(evenOnly("tried").onFailure(otherwise))
            .sequence(Task.reading(otherwise)
                .<Integer, Integer>task("after", (x, read) -> read.get(otherwise)))
            .build())
        .isInstanceOf(InvalidWorkflowException.class)
        .hasMessageContaining("readingOptional");
    assertThatThrownBy(() -> Workflow.<Integer>builder("w")
            .sequence(Task.<Integer>pass("pass").onFailure(minus("otherwise")))
            .build())
        .isInstanceOf(InvalidWorkflowException.class)
        .hasMessageContaining("without a function that could fail");
  }
}
