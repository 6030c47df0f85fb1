package io.faasflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.engine.Message;
import io.faasflow.engine.SchedulePattern;
import io.faasflow.engine.Steps;
import io.faasflow.engine.WorkerTransport;
import io.faasflow.observe.RunEvent;
import io.faasflow.partition.HashSpread;
import io.faasflow.reference.FaultyWorkflow;
import io.faasflow.run.RunStatus;
import io.faasflow.store.CountingStores;
import io.faasflow.store.InHeapStore;
import io.faasflow.time.VirtualClock;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Runs random workflows one step at a time, in virtual time, as {@link LocalExecutor} does. The seed
 * decides on everything: the workflow, its faults, workers, pattern, and the order of the steps.
 */
final class SteppedRuns {
  private final long seed;
  private final VirtualClock clock = new VirtualClock();
  private final InHeapStore store = new InHeapStore();
  private final CountingStores ownStores = new CountingStores();
  private final AtomicLong endedAt = new AtomicLong(-1);

  private SteppedRuns(long seed) {
    this.seed = seed;
  }

  /**
   * Runs one, and compares it with what is allowed.
   *
   * @param size about how many tasks it has at most
   * @return how it ended
   */
  static RunStatus run(long seed, int size) throws Exception {
    return new SteppedRuns(seed).run(size);
  }

  private RunStatus run(int size) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    try (Steps steps = new Steps(clock, seed);
        clock) {
      RandomRun expected = new RandomRun(seed, size, random.nextBoolean(), time(steps));
      try (FaasFlow flow = flow(steps, random, expected)) {
        return compare(steps, flow, expected);
      } catch (AssertionError e) {
        throw new AssertionError(e.getMessage() + "\n" + expected.describe(), e);
      }
    }
  }

  private FaasFlow flow(Steps steps, SplittableRandom random, RandomRun expected) {
    boolean repeats = random.nextBoolean();
    boolean hasMaster = random.nextInt(3) == 0;
    FaasFlow.Builder builder = FaasFlow.builder()
        .workers(random.nextBoolean() ? 1 : 3)
        .pattern(hasMaster ? SchedulePattern.MASTER_SIDE : SchedulePattern.WORKER_SIDE)
        .partitioner(new HashSpread())
        .transport(repeats ? new Repeating(steps.transport(), random.split()) : steps.transport())
        .clock(clock)
        .listener(event -> {
          if (event instanceof RunEvent.RunEnded) {
            endedAt.set(event.nanos());
          }
        })
        .closeTimeout(Duration.ZERO)
        .stepped(steps, seed)
        .interceptor((task, function, original) ->
            (input, context) -> expected.call(original, input, context));
    FaultyWorkflow.LIMITED.forEach(builder::concurrency);
    builder.capacity(FaultyWorkflow.CAPACITY);
    return (random.nextBoolean() ? builder.store(store) : builder.stores(ownStores)).build();
  }

  private RunStatus compare(Steps steps, FaasFlow flow, RandomRun expected) throws Exception {
    WorkflowRun<Object> run = flow.start(expected.workflow(), FaultyWorkflow.INPUT);
    expected.begins(run);
    assertThat(steps.run(() -> run.status().isTerminal())).as("comes to an end").isTrue();
    WorkflowResult<Object> result = run.result();
    assertThat(result.status()).isEqualTo(run.status());
    expected.checkEnd(result);
    while (expected.mayUndoLate() && clock.advanceToNext()) {
      assertThat(steps.run(() -> true)).isTrue();
    }
    expected.checkCalls(result, true);
    if (!expected.hasUndone()) {
      assertThat(expected.mayEndAt(endedAt.get())).as("ended at %s ns", endedAt).isTrue();
    }
    assertThat(clock.advanceToNext()).as("something is still scheduled").isFalse();
    assertThat(flow.leftovers()).isEmpty();
    assertThat(flow.activeRuns()).isEmpty();
    assertThat(store.size() + ownStores.live()).as("outputs in the stores").isZero();
    assertThat(ownStores.misuses()).isEmpty();
    return result.status();
  }

  private static RandomRun.Time time(Steps steps) {
    return new RandomRun.Time() {
      @Override
      public void pass(Duration time) throws InterruptedException {
        if (!time.isZero()) {
          steps.sleep(time);
        }
      }

      @Override
      public void passForever() throws InterruptedException {
        steps.sleep(Duration.ofDays(100_000));
        throw new IllegalStateException("Nobody interrupted it");
      }
    };
  }

  /** Sends messages up to three times; the steps come in any order. */
  private record Repeating(WorkerTransport once, SplittableRandom random)
      implements WorkerTransport {
    @Override
    public void register(String worker, Consumer<Message> receiver) {
      once.register(worker, receiver);
    }

    @Override
    public int send(String worker, Message message) {
      for (int copies = random.nextInt(3); copies > 0; copies--) {
        int ignored = once.send(worker, message);
      }
      return once.send(worker, message);
    }

    @Override
    public void close() {
      once.close();
    }
  }
}
