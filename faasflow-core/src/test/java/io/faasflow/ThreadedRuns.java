package io.faasflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.engine.ChaosTransport;
import io.faasflow.engine.DirectTransport;
import io.faasflow.engine.SchedulePattern;
import io.faasflow.engine.WorkerTransport;
import io.faasflow.partition.HashSpread;
import io.faasflow.reference.FaultyWorkflow;
import io.faasflow.run.RunStatus;
import io.faasflow.store.CountingStores;
import io.faasflow.store.InHeapStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;

/** Runs random workflows on a runtime with threads, several at a time. */
final class ThreadedRuns implements AutoCloseable {
  private static final int AT_A_TIME = 8;
  private static final Duration LONG = Duration.ofSeconds(60);

  private final EagerClock clock = new EagerClock();
  private final InHeapStore store = new InHeapStore();
  private final CountingStores ownStores = new CountingStores();
  private final Map<String, RandomRun> expected = new ConcurrentHashMap<>(); // by workflow
  private final WorkerTransport transport;
  private final FaasFlow flow;
  private final String name;

  /**
   * @param isChaotic whether messages come several times, late, and in any order
   * @param hasOwnStores whether workers have stores of their own
   */
  ThreadedRuns(
      int workers, SchedulePattern pattern, boolean isChaotic, boolean hasOwnStores, long seed) {
    name = workers + " workers, " + pattern + (isChaotic ? ", chaos" : "")
        + (hasOwnStores ? ", own stores" : "");
    transport = isChaotic ? new ChaosTransport(seed) : new DirectTransport();
    FaasFlow.Builder builder = FaasFlow.builder()
        .workers(workers)
        .pattern(pattern)
        .partitioner(new HashSpread())
        .transport(transport)
        .clock(clock)
        .closeTimeout(Duration.ZERO)
        .interceptor((task, function, original) -> (input, context) -> {
          try {
            return expected.get(context.workflow()).call(original, input, context);
          } finally {
            clock.leave();
          }
        });
    FaultyWorkflow.LIMITED.forEach(builder::concurrency);
    builder.capacity(FaultyWorkflow.CAPACITY);
    flow = (hasOwnStores ? builder.stores(ownStores) : builder.store(store)).build();
  }

  /** Runs a workflow for each seed, and compares each run with what is allowed. */
  void run(List<Long> seeds, int size, Map<RunStatus, Integer> ends) throws Exception {
    for (int from = 0; from < seeds.size(); from += AT_A_TIME) {
      runTogether(seeds.subList(from, Math.min(seeds.size(), from + AT_A_TIME)), size, ends);
    }
  }

  private record Started(RandomRun expected, WorkflowRun<Object> run) {}

  private void runTogether(List<Long> seeds, int size, Map<RunStatus, Integer> ends)
      throws Exception {
    List<Started> all = new ArrayList<>();
    for (long seed : seeds) {
      RandomRun one = new RandomRun(seed, size, false, clock);
      expected.put(one.workflow().name(), one);
      one.workflow().onFailure().ifPresent(recovery -> expected.put(recovery.name(), one));
      // Longer than anything else that there is, and each of another length.
      Duration deadline = Duration.ofDays(1_000).plusMillis(seed);
      WorkflowRun<Object> run =
          flow.start(one.workflow(), FaultyWorkflow.INPUT, RunOptions.deadline(deadline));
      one.begins(run);
      all.add(new Started(one, run));
      switch (new Random(seed).nextInt(20)) {
        case 0, 1 -> one.cancelFromOutside();
        case 2, 3 -> one.deadlineFromOutside(() -> clock.end(deadline));
        default -> {}
      }
    }
    for (Started one : all) {
      try {
        WorkflowResult<Object> result =
            one.run.await(LONG).orElseThrow(() -> new AssertionError("It has not come to its end"));
        one.expected.checkEnd(result);
        ends.merge(result.status(), 1, Integer::sum);
      } catch (AssertionError e) {
        throw failed(one, e);
      }
    }
    awaitEnd();
    for (Started one : all) {
      try {
        one.expected.checkCalls(one.run.result(), false);
      } catch (AssertionError e) {
        throw failed(one, e);
      }
    }
    assertThat(flow.leftovers()).isEmpty();
    assertThat(flow.activeRuns()).isEmpty();
    assertThat(store.size() + ownStores.live()).as("outputs in the stores").isZero();
    assertThat(clock.scheduled()).as("what is scheduled").isZero();
    expected.clear();
  }

  private AssertionError failed(Started one, AssertionError e) {
    return new AssertionError(
        name + ", " + one.expected.workflow() + ": " + e.getMessage() + "\n"
            + one.expected.describe(),
        e);
  }

  /** Waits until nothing of the runs goes on: no function, no message, no compensation. */
  private void awaitEnd() throws InterruptedException {
    // Each can lead to another one, until all are quiet at the same time.
    await(() -> {
      boolean quiet = flow.isIdle() && clock.isIdle();
      if (quiet && transport instanceof ChaosTransport chaos) {
        chaos.awaitQuiet();
        quiet = flow.isIdle() && clock.isIdle();
      }
      return quiet;
    });
  }

  private interface Condition {
    boolean holds() throws InterruptedException;
  }

  private static void await(Condition condition) throws InterruptedException {
    long deadline = System.nanoTime() + LONG.toNanos();
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as("still not quiet").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  @Override
  public void close() {
    flow.close();
    transport.close();
    clock.close();
  }
}
