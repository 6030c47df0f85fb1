package io.faasflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.function.RetryPolicy;
import io.faasflow.time.FlowClock;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class UndoingTest {
  private static final int RUNS = 64;
  private static final int ATTEMPTS = 2_000;

  /** Each attempt is offered anew, while other threads still look at where the last one stood. */
  @Test
  void compensations_triedAgainAndAgain_areNeverLost() throws Exception {
    AtomicInteger undone = new AtomicInteger();
    Task<Integer, Integer> isUndoneLate = Task.<Integer, Integer>task("a", x -> x)
        .retry(RetryPolicy.attempts(ATTEMPTS).fixedDelay(Duration.ZERO))
        .compensate((input, output, context) -> {
          undone.incrementAndGet();
          if (context.attempt() < ATTEMPTS) {
            throw new IllegalStateException("not yet");
          }
        });
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("saga")
        .sequence(isUndoneLate)
        .sequence(Task.<Integer, Integer>task("fails", x -> {
          throw new IllegalStateException("broken");
        }))
        .build();
    try (FaasFlow flow = FaasFlow.builder()
        .closeTimeout(Duration.ZERO)
        .platformThreads(16)
        .clock(new AtOnce())
        .build()) {
      for (int i = 0; i < RUNS; i += 8) {
        for (WorkflowRun<Integer> run :
            Stream.generate(() -> flow.start(workflow, 1)).limit(8).toList()) {
          assertThat(run.result().failure().orElseThrow().getSuppressed()).isEmpty();
        }
      }
    }
    assertThat(undone).hasValue(RUNS * ATTEMPTS);
  }

  /** Waits for nothing, on the thread that asks. */
  private static final class AtOnce implements FlowClock {
    @Override
    public Instant instant() {
      return Instant.EPOCH;
    }

    @Override
    public long nanos() {
      return 0;
    }

    @Override
    public Alarm schedule(Duration delay, Runnable action) {
      action.run();
      return () -> {};
    }

    @Override
    public void close() {}
  }
}
