package io.faasflow;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.function.FunctionContext;
import io.faasflow.observe.CallScopes;
import io.faasflow.observe.RunEvent;
import io.faasflow.observe.RunListener;
import io.faasflow.run.RunStatus;
import io.faasflow.run.TaskFailedException;
import io.faasflow.time.VirtualClock;
import io.faasflow.workflow.Outputs;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class CallScopesTest {
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  private CallScopes named(String name) {
    return call -> {
      Thread thread = Thread.currentThread();
      log.add(name + "+" + call.task() + (call.isCompensation() ? "~" : ""));
      return failure -> {
        assertThat(Thread.currentThread()).isSameAs(thread);
        log.add(name + "-" + (failure == null ? "" : failure.getMessage()));
      };
    };
  }

  private static Task<Integer, Integer> plus(String name) {
    return task(name, x -> x + 1);
  }

  private static Task<Integer, Integer> fails() {
    return task("fails", x -> {
      throw new IOException("boom");
    });
  }

  @Test
  void scopes_ofACall_areNested() {
    Workflow<Integer, Integer> workflow =
        Workflow.<Integer>builder("w").sequence(plus("a")).sequence(fails()).build();
    try (FaasFlow flow =
        FaasFlow.builder().around(named("1")).around(named("2")).build()) {
      assertThatThrownBy(() -> flow.run(workflow, 1)).isInstanceOf(TaskFailedException.class);
    }
    assertThat(log)
        .containsExactly("1+a", "2+a", "2-", "1-", "1+fails", "2+fails", "2-boom", "1-boom");
  }

  @Test
  void scopes_thatFail_harmNeitherTheCallNorOthers() {
    CallScopes failing = call -> {
      if (call.task().equals("a")) {
        throw new IllegalStateException("cannot open");
      }
      return failure -> {
        throw new IllegalStateException("cannot close");
      };
    };
    Workflow<Integer, Integer> workflow =
        Workflow.<Integer>builder("w").sequence(plus("a")).sequence(plus("b")).build();
    try (FaasFlow flow =
        FaasFlow.builder().around(named("1")).around(failing).around(named("2")).build()) {
      assertThat(flow.run(workflow, 1)).isEqualTo(3);
    }
    assertThat(log).containsExactly("1+a", "2+a", "2-", "1-", "1+b", "2+b", "2-", "1-");
  }

  @Test
  void compensation_hasScopesOfItsOwn() throws Exception {
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("w")
        .sequence(plus("a").compensate((input, output, context) -> log.add("undone")))
        .sequence(fails())
        .build();
    try (FaasFlow flow = FaasFlow.builder().around(named("1")).build()) {
      assertThat(flow.start(workflow, 1).result().status()).isEqualTo(RunStatus.FAILED);
    }
    assertThat(log).containsExactly("1+a", "1-", "1+fails", "1-boom", "1+a~", "undone", "1-");
  }

  @Test
  void reading_tasksToo_areSurrounded() {
    Task<Integer, Integer> first = plus("first");
    Task<Integer, Integer> sum =
        Task.reading(first).task("sum", (Integer x, Outputs read) -> x + read.get(first));
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("w")
        .sequence(first)
        .sequence(plus("second"))
        .sequence(sum)
        .build();
    try (FaasFlow flow = FaasFlow.builder().around(named("1")).build()) {
      assertThat(flow.run(workflow, 1)).isEqualTo(5);
    }
    assertThat(log).contains("1+sum").hasSize(6);
  }

  @Test
  void attemptThatTimedOut_isClosedWhenItsFunctionReturns() throws Exception {
    CountDownLatch closed = new CountDownLatch(1);
    CallScopes scopes = call -> failure -> {
      log.add(String.valueOf(failure));
      closed.countDown();
    };
    VirtualClock clock = new VirtualClock();
    Task<Integer, Integer> hangs = Task.<Integer, Integer>task("hangs", x -> {
          clock.advance(Duration.ofMillis(20));
          new CountDownLatch(1).await(); // until it is interrupted
          return x;
        })
        .timeout(Duration.ofMillis(20));
    try (clock;
        FaasFlow flow = FaasFlow.builder().clock(clock).around(scopes).build()) {
      assertThat(flow.start(Workflow.<Integer>builder("w").sequence(hangs).build(), 1)
              .result()
              .status())
          .isEqualTo(RunStatus.FAILED);
      closed.await();
    }
    assertThat(log).containsExactly("java.lang.InterruptedException");
  }

  /** Is told of runs, and surrounds calls. */
  private final class Both implements RunListener, CallScopes {
    @Override
    public void on(RunEvent event) {
      log.add(event.getClass().getSimpleName());
    }

    @Override
    public CallScope open(FunctionContext call) {
      log.add("open");
      return failure -> log.add("close");
    }
  }

  @Test
  void listener_thatIsBoth_isTwice() {
    try (FaasFlow flow = FaasFlow.builder().listener(new Both()).build()) {
      assertThat(flow.run(Workflow.<Integer>builder("w").sequence(plus("a")).build(), 1))
          .isEqualTo(2);
    }
    assertThat(log).containsExactly("RunStarted", "open", "close", "Attempted", "RunEnded");
  }
}
