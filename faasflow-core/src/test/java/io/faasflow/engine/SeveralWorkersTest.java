package io.faasflow.engine;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.faasflow.FaasFlow;
import io.faasflow.WorkflowRun;
import io.faasflow.function.RetryPolicy;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.partition.HashSpread;
import io.faasflow.run.DataException;
import io.faasflow.run.RunCancelledException;
import io.faasflow.run.TaskFailedException;
import io.faasflow.store.DataKey;
import io.faasflow.store.DataStore;
import io.faasflow.store.ForwardingStore;
import io.faasflow.store.InHeapStore;
import io.faasflow.workflow.Outputs;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Tolerance;
import io.faasflow.workflow.Workflow;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs that cross workers, over a transport that repeats, delays and reorders. */
@Timeout(120)
abstract class SeveralWorkersTest {
  private final SchedulePattern pattern;
  private final InHeapStore kept = new InHeapStore();
  private final DataStore store = new Unclosable(kept);
  private final AtomicInteger calls = new AtomicInteger();

  SeveralWorkersTest(SchedulePattern pattern) {
    this.pattern = pattern;
  }

  /** Keeps its content when the runtime is closed, so that what was forgotten can be seen. */
  private static final class Unclosable extends ForwardingStore {
    Unclosable(DataStore store) {
      super(store);
    }

    @Override
    public void close() {}
  }

  private FaasFlow flow(int workers, WorkerTransport transport) {
    return builder(workers, transport).build();
  }

  private FaasFlow.Builder builder(int workers, WorkerTransport transport) {
    return FaasFlow.builder()
        .workers(workers)
        .pattern(pattern)
        .partitioner(new HashSpread())
        .transport(transport)
        .store(store);
  }

  private Task<Integer, Integer> plusOne(String name) {
    return task(name, x -> {
      calls.incrementAndGet();
      return x + 1;
    });
  }

  /** Every construct, many names, so that a hash spreads it well. Calls 13 functions for 1. */
  private Workflow<Integer, String> mixed() {
    Task<Integer, Integer> a = plusOne("alpha");
    Task<Integer, Integer> b = plusOne("beta");
    Task<Integer, Integer> c = plusOne("gamma");
    Task<Integer, Integer> taken = plusOne("taken");
    Task<Integer, Integer> other = plusOne("other");
    return Workflow.<Integer>builder("mixed")
        .sequence(a)
        .parallel(b.then(plusOne("beta2")), c, plusOne("delta"))
        .sequence(task("sum", (Outputs o) -> {
          calls.incrementAndGet();
          return o.get(c) + o.values().size();
        }))
        .switchOn(
            x -> x % 2 == 0,
            s -> s.when(true, taken.then(plusOne("taken2")))
                .otherwise(other.then(plusOne("other2"))))
        .foreach(x -> IntStream.range(0, 5).boxed().toList(), plusOne("item"))
        .sequence(task("size", List::size))
        .sequence(Task.reading(a, b)
            .andOptional(taken, other)
            .task(
                "report",
                (Integer x, Outputs read) ->
                    x + ":" + read.get(a) + read.get(b) + read.find(taken) + read.find(other)))
        .build();
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "3, 2", "7, 3", "7, 4"})
  void run_overAChaoticTransport_givesTheSameEachTimeAndRunsEachFunctionOnce(int workers, long seed)
      throws Exception {
    String expected1;
    String expected2;
    int callsOf1;
    try (FaasFlow reference = FaasFlow.local()) {
      expected1 = reference.run(mixed(), 1);
      callsOf1 = calls.getAndSet(0);
      expected2 = reference.run(mixed(), 2);
      calls.set(0);
    }
    try (ChaosTransport transport = new ChaosTransport(seed);
        FaasFlow flow = flow(workers, transport)) {
      Workflow<Integer, String> workflow = mixed();
      for (int i = 0; i < 500; i++) {
        assertThat(flow.run(workflow, 1)).isEqualTo(expected1);
      }
      assertThat(calls).hasValue(500 * callsOf1);
      List<WorkflowRun<String>> runs = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        runs.add(flow.start(workflow, 1 + i % 2));
      }
      for (int i = 0; i < 500; i++) {
        assertThat(runs.get(i).await()).isEqualTo(i % 2 == 0 ? expected1 : expected2);
      }
      assertThat(calls).hasValue(1000 * callsOf1);
      transport.awaitQuiet();
      assertThat(kept.size()).isZero();
      assertThat(flow.activeRuns()).isEmpty();
      if (workers > 1) {
        assertThat(transport.delivered()).isPositive();
      }
    }
  }

  @Test
  void failure_onAnotherWorker_reachesTheCallerWithItsCause() throws Exception {
    IllegalStateException boom = new IllegalStateException("boom");
    var builder = Workflow.<Integer>builder("fails").sequence(plusOne("t0"));
    for (int i = 1; i < 12; i++) {
      builder = builder.sequence(plusOne("t" + i));
    }
    Workflow<Integer, Integer> workflow = builder
        .sequence(Task.<Integer, Integer>task("fails", x -> {
          throw boom;
        }))
        .sequence(plusOne("never"))
        .build();
    try (ChaosTransport transport = new ChaosTransport(5);
        FaasFlow flow = flow(7, transport)) {
      for (int i = 0; i < 200; i++) {
        calls.set(0);
        assertThatThrownBy(() -> flow.run(workflow, 1))
            .isInstanceOf(TaskFailedException.class)
            .hasCause(boom)
            .hasMessageContaining("Task 'fails'")
            .hasMessageContaining(
                "on " + flow.plan(workflow).workerOfNode().get(13)); // start, 12 tasks, then it
        assertThat(calls).hasValue(12);
      }
      transport.awaitQuiet();
      assertThat(kept.size()).isZero();
    }
  }

  @Test
  void failures_ofSeveralInstancesAtOnce_areToldWithTheirOwnCause() {
    CyclicBarrier together = new CyclicBarrier(4);
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("together")
        .sequence(plusOne("first"))
        .foreach(
            x -> IntStream.range(0, 4).boxed().toList(), Task.<Integer, Integer>task("fails", i -> {
              together.await();
              throw new IllegalStateException("instance " + i);
            }))
        .sequence(task("size", List::size))
        .build();
    try (FaasFlow flow = flow(7, new DirectTransport())) {
      List<String> workers = flow.plan(workflow).workerOfNode();
      assertThat(workers.get(2)).isNotEqualTo(workers.get(0)); // the foreach is not at home
      for (int i = 0; i < 1_000; i++) {
        TaskFailedException failure =
            catchThrowableOfType(TaskFailedException.class, () -> flow.run(workflow, 1));
        assertThat(failure.getCause())
            .hasMessage("instance " + failure.instance().get(0));
        together.reset();
      }
    }
    assertThat(kept.size()).isZero();
  }

  /** A store that has lost the output of a node when it is asked for it. */
  private static final class Forgetful extends ForwardingStore {
    private final int node;

    Forgetful(DataStore store, int node) {
      super(store);
      this.node = node;
    }

    @Override
    public Optional<Stored> fetch(DataKey key) {
      return key.node() == node ? Optional.empty() : super.fetch(key);
    }

    @Override
    public void close() {}
  }

  @Test
  void valueThatTheStoreHasLost_failsTheRunAndIsNeitherSkippedNorTriedAgain() {
    Task<Integer, Integer> lost = plusOne("lost");
    Task<Integer, String> reads = Task.readingOptional(lost)
        .<Integer, String>task("reads", (x, read) -> {
          calls.incrementAndGet();
          return read.find(lost).isPresent() ? "there" : "skipped";
        })
        .retry(RetryPolicy.attempts(5));
    Workflow<Integer, String> workflow = Workflow.<Integer>builder("forgetful")
        .switchOn(x -> x > 0, s -> s.when(true, lost).otherwise(plusOne("other")))
        .foreach(
            x -> List.of(1, 2),
            Task.<Integer>pass("item").then(reads.onFailure(task("instead", failure -> {
              calls.incrementAndGet();
              return "fallback";
            }))),
            f -> f.tolerate(Tolerance.failures(2)))
        .sequence(task("text", Object::toString))
        .build();
    FunctionGraph graph = FunctionGraph.of(workflow);
    int node = graph.nodes().stream()
        .filter(one -> one.name().equals("lost"))
        .findFirst()
        .orElseThrow()
        .id();
    try (FaasFlow flow =
        builder(7, new DirectTransport()).store(new Forgetful(store, node)).build()) {
      assertThat(flow.run(workflow, 0)).contains("skipped");
      calls.set(0);
      assertThatThrownBy(() -> flow.run(workflow, 1))
          .isInstanceOf(TaskFailedException.class)
          .hasRootCauseInstanceOf(DataException.class)
          .hasMessageContaining("is not in the store any more");
      assertThat(calls).hasValue(1); // "lost" itself
    }
    assertThat(kept.size()).isZero();
  }

  @Test
  void cancel_ofRunsOnSeveralWorkers_leavesNothingBehind() throws Exception {
    try (ChaosTransport transport = new ChaosTransport(6);
        FaasFlow flow = flow(7, transport)) {
      Workflow<Integer, String> workflow = mixed();
      int cancelled = 0;
      for (int i = 0; i < 1_000; i++) {
        WorkflowRun<String> run = flow.start(workflow, 1);
        if (i % 3 == 0) {
          transport.awaitQuiet(); // lets it get somewhere
        }
        if (run.cancel()) {
          cancelled++;
          assertThatThrownBy(run::await).isInstanceOf(RunCancelledException.class);
        } else {
          assertThat(run.await()).isNotEmpty(); // it has completed, or is about to say so
        }
      }
      assertThat(cancelled).isPositive();
      transport.awaitQuiet();
      assertThat(flow.run(workflow, 1)).isNotEmpty();
      transport.awaitQuiet();
      assertThat(flow.activeRuns()).isEmpty();
    }
    // Only now are functions of cancelled runs surely over, and what they saved late is gone too.
    assertThat(kept.size()).isZero();
  }

  @Test
  void cancel_reachesAFunctionOnAnotherWorker() throws Exception {
    CountDownLatch runs = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    var builder = Workflow.<Integer>builder("remote").sequence(plusOne("t0"));
    for (int i = 1; i < 6; i++) {
      builder = builder.sequence(plusOne("t" + i));
    }
    Workflow<Integer, Integer> workflow = builder
        .sequence(Task.<Integer, Integer>task("waits", x -> {
          runs.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            interrupted.countDown();
          }
          return x;
        }))
        .build();
    try (ChaosTransport transport = new ChaosTransport(7);
        FaasFlow flow = flow(7, transport)) {
      WorkflowRun<Integer> run = flow.start(workflow, 1);
      runs.await();
      run.cancel();
      interrupted.await();
    }
  }

  @Test
  void endedRuns_areRememberedInBoundedSpace() throws Exception {
    EndedRuns ended = new EndedRuns();
    OpenSequences open = new OpenSequences(1_000);
    RunIds ids = new RunIds(java.time.InstantSource.system());
    for (int i = 0; i < 100_000; i++) {
      long sequence = open.open();
      RunRef ref = new RunRef(ids.next(), "home", sequence, "d");
      assertThat(ended.contains(ref)).isFalse();
      ended.add(ref, open.close(sequence));
      assertThat(ended.contains(ref)).isTrue();
    }
    assertThat(ended.size()).isLessThanOrEqualTo(1);
  }
}
