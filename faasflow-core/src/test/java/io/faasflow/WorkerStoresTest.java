package io.faasflow;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.engine.SchedulePattern;
import io.faasflow.function.Resources;
import io.faasflow.function.RetryPolicy;
import io.faasflow.observe.RunEvent;
import io.faasflow.observe.RunListener;
import io.faasflow.partition.HashSpread;
import io.faasflow.run.DataException;
import io.faasflow.run.InstanceResult;
import io.faasflow.run.RunException;
import io.faasflow.run.RunId;
import io.faasflow.run.TaskFailure;
import io.faasflow.store.Composite;
import io.faasflow.store.CountingStores;
import io.faasflow.store.ForwardingWorkerStore;
import io.faasflow.store.Kept;
import io.faasflow.store.Output;
import io.faasflow.store.WorkerStore;
import io.faasflow.store.WorkerStore.FunctionShare;
import io.faasflow.workflow.Outputs;
import io.faasflow.workflow.Parallel;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Tolerance;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a store of a worker is asked, and when. */
@Timeout(60)
class WorkerStoresTest {
  private final CountingStores stores = new CountingStores();

  /** Records what is kept, on top of what counts. */
  private final Map<String, List<Output>> kept = new ConcurrentHashMap<>();

  private WorkerStore recording(String worker) {
    return new ForwardingWorkerStore(stores.of(worker)) {
      @Override
      public Kept keep(RunId run, Output output, @Nullable Object value) {
        kept.computeIfAbsent(worker, any -> new ArrayList<>()).add(output);
        return super.keep(run, output, value);
      }
    };
  }

  @Test
  void keep_outputWithReadersHere_saysHowMany() {
    Task<Integer, Integer> first = task("first", x -> x + 1);
    Task<Integer, Integer> left = task("left", x -> x + 10);
    Task<Integer, Integer> right = task("right", x -> x + 20);
    Workflow<Integer, Outputs> workflow = Workflow.<Integer>builder("two-readers")
        .sequence(first)
        .sequence(Parallel.of(left, right))
        .build();
    try (FaasFlow flow = FaasFlow.builder().stores(this::recording).build()) {
      Outputs outputs = flow.run(workflow, 1);
      assertThat(outputs.get(left)).isEqualTo(12);
      assertThat(outputs.get(right)).isEqualTo(22);
    }
    assertThat(kept.get("worker-1"))
        .filteredOn(output -> output.task().equals("first"))
        .singleElement()
        .satisfies(output -> {
          assertThat(output.readersHere()).isEqualTo(2);
          assertThat(output.workersElsewhere()).isEmpty();
          assertThat(output.workflow()).isEqualTo("two-readers");
          assertThat(output.forms()).hasSize(1);
        });
    assertThat(stores.live()).isZero();
  }

  @Test
  void forms_ofParallelSteps_putPartsTogetherAgain() {
    Task<Integer, Integer> left = task("left", x -> x + 10);
    Task<Integer, Integer> right = task("right", x -> x + 20);
    Task<Outputs, Integer> sum = task("sum", found -> found.get(left) + found.get(right));
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("forms")
        .sequence(Parallel.of(left, right))
        .sequence(sum)
        .build();
    ConcurrentLinkedQueue<Object> seen = new ConcurrentLinkedQueue<>();
    try (FaasFlow flow = FaasFlow.builder()
        .stores(worker -> new TakingApart(recording(worker), seen))
        .build()) {
      assertThat(flow.run(workflow, 1)).isEqualTo(32);
    }
    assertThat(seen).containsExactly(List.of(11, 21));
  }

  /** Hands out composites that it has put together of their parts. */
  private static final class TakingApart extends ForwardingWorkerStore {
    private final ConcurrentLinkedQueue<Object> seen;

    TakingApart(WorkerStore inner, ConcurrentLinkedQueue<Object> seen) {
      super(inner);
      this.seen = seen;
    }

    @Override
    public Kept keep(RunId run, Output output, @Nullable Object value) {
      if (value instanceof Composite composite) {
        int form = output.forms().indexOf(composite.form());
        seen.add(List.of(composite.parts()));
        return super.keep(run, output, output.forms().get(form).of(composite.parts()));
      }
      return super.keep(run, output, value);
    }
  }

  @Test
  void keep_instancesOfAForeach_areReleasedOneByOne() {
    Task<Integer, Integer> once = task("once", x -> x + 1);
    Task<Integer, Integer> twice = task("twice", x -> x * 2);
    List<Integer> liveAtTheEnd = new ArrayList<>();
    Task<List<Integer>, Integer> sum = task("sum", all -> {
      liveAtTheEnd.add(stores.live());
      return all.stream().mapToInt(Integer::intValue).sum();
    });
    Workflow<List<Integer>, Integer> workflow = Workflow.<List<Integer>>builder("instances")
        .foreach(x -> x, once.then(twice))
        .sequence(sum)
        .build();
    try (FaasFlow flow = FaasFlow.builder().stores(stores).build()) {
      assertThat(flow.run(workflow, List.of(1, 2, 3))).isEqualTo(18);
    }
    // The list of the results, and nothing of the instances.
    assertThat(liveAtTheEnd).containsExactly(1);
    assertThat(stores.kept()).isGreaterThanOrEqualTo(4);
  }

  @Test
  void release_ofARunThatFailed_leavesNothing() {
    Task<Integer, Integer> first = task("first", x -> x + 1);
    Task<Integer, Integer> fails = task("fails", x -> {
      throw new IllegalStateException("broken");
    });
    Workflow<Integer, Integer> workflow =
        Workflow.<Integer>builder("fails").sequence(first).sequence(fails).build();
    try (FaasFlow flow = FaasFlow.builder().stores(stores).build()) {
      assertThatThrownBy(() -> flow.run(workflow, 1)).isInstanceOf(RunException.class);
      assertThat(stores.kept()).isEqualTo(1);
      assertThat(stores.live()).isZero();
    }
  }

  @Test
  void release_ofWhatAFunctionGaveThatCameTooLate_leavesNothing() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Task<Integer, Integer> stubborn = task("stubborn", x -> {
      begun.countDown();
      boolean open = false;
      while (!open) {
        try {
          open = goOn.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
          // It ignores that it is not wanted any more.
        }
      }
      return x;
    });
    Task<Integer, Integer> next = task("next", x -> x);
    Workflow<Integer, Integer> workflow =
        Workflow.<Integer>builder("late").sequence(stubborn).sequence(next).build();
    try (FaasFlow flow = FaasFlow.builder().stores(stores).build()) {
      WorkflowRun<Integer> run = flow.start(workflow, 1);
      assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
      run.cancel();
      goOn.countDown();
    }
    assertThat(stores.live()).isZero();
  }

  @Test
  void deploy_tellsTheFunctionsOfEachWorker() {
    Task<Integer, Integer> small = Task.<Integer, Integer>task("small", x -> x)
        .resources(Resources.NONE.withMemoryBytes(1_000))
        .function("f");
    Task<Integer, Integer> body = Task.<Integer, Integer>task("body", x -> x)
        .resources(Resources.NONE.withMemoryBytes(2_000));
    Workflow<Integer, List<Integer>> workflow = Workflow.<Integer>builder("shares")
        .sequence(small)
        .foreach(List::of, body)
        .build();
    try (FaasFlow flow =
        FaasFlow.builder().stores(stores).concurrency("body", 2).build()) {
      assertThat(flow.run(workflow, 1)).containsExactly(1);
      assertThat(stores.shares("worker-1"))
          .contains(new FunctionShare("f", 1_000, 1))
          .anySatisfy(share -> {
            assertThat(share.function()).isEqualTo("body");
            assertThat(share.memoryBytes()).isEqualTo(2_000);
            assertThat(share.instances()).isBetween(1, 2);
          });
    }
  }

  @Test
  void keep_thatThrows_failsTheRunAndNamesTheTask() {
    Task<Integer, Integer> first = task("first", x -> x + 1);
    Task<Integer, Integer> second = task("second", x -> x + 1);
    Workflow<Integer, Integer> workflow =
        Workflow.<Integer>builder("full").sequence(first).sequence(second).build();
    try (FaasFlow flow =
        FaasFlow.builder().stores(worker -> new Broken(stores.of(worker))).build()) {
      assertThatThrownBy(() -> flow.run(workflow, 1))
          .hasRootCauseMessage("no room")
          .cause()
          .isInstanceOf(DataException.class)
          .hasMessageContaining("The output of 'first' could not be kept in the store");
    }
  }

  /** The thread that finds that out goes on with the next run, and not in the one that has failed. */
  @Test
  void keep_thatThrowsBehindAForeach_leavesOtherRunsAlone() throws Exception {
    CountDownLatch began = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Task<Integer, Integer> item = task("item", x -> {
      began.countDown();
      goOn.await();
      return x;
    });
    Workflow<Integer, Integer> broken = Workflow.<Integer>builder("broken")
        .foreach(List::of, item)
        .sequence(task("size", List::size))
        .build();
    Task<Integer, Integer> fails = Task.<Integer, Integer>task("fails", x -> {
          throw new IllegalStateException("broken");
        })
        .timeout(Duration.ofHours(1));
    Workflow<Integer, Integer> sound = Workflow.<Integer>builder("sound")
        .sequence(fails.onFailure(Task.<TaskFailure, Integer>task("instead", failure -> 7)))
        .build();
    try (FaasFlow flow = FaasFlow.builder()
        .stores(worker -> new WithoutLists(stores.of(worker)))
        .platformThreads(1)
        .build()) {
      WorkflowRun<Integer> first = flow.start(broken, 1);
      began.await();
      WorkflowRun<Integer> second = flow.start(sound, 2);
      goOn.countDown();
      assertThat(first.result().failure()).isPresent();
      assertThat(second.await()).isEqualTo(7);
    }
  }

  /** Has no room for lists. */
  private static final class WithoutLists extends ForwardingWorkerStore {
    WithoutLists(WorkerStore inner) {
      super(inner);
    }

    @Override
    public Kept keep(RunId run, Output output, @Nullable Object value) {
      if (value instanceof List<?>) {
        throw new IllegalStateException("no room");
      }
      return super.keep(run, output, value);
    }
  }

  /** A value that is lost is no failure of the task that reads it, which would hide the loss. */
  @Test
  void value_lost_failsTheRunInSpiteOfAFallback() {
    Task<Integer, Integer> first = task("first", x -> x + 1);
    Task<Integer, Integer> second =
        Task.<Integer, Integer>task("second", x -> x + 1).retry(RetryPolicy.attempts(3));
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("lost")
        .sequence(first)
        .sequence(second.onFailure(Task.<TaskFailure, Integer>task("instead", failure -> 7)))
        .build();
    try (FaasFlow flow =
        FaasFlow.builder().stores(worker -> new Losing(stores.of(worker))).build()) {
      assertThatThrownBy(() -> flow.run(workflow, 1))
          .cause()
          .isInstanceOf(DataException.class)
          .hasMessage("gone");
    }
    assertThat(stores.live()).isZero();
  }

  /** Who is told of a failure gets what the function took, which cannot be had a second time. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void value_thatCanBeReadOnce_isTheInputOfTheFailure(boolean hasPolicy) {
    Task<Integer, Integer> first = task("first", x -> x + 1);
    Task<Integer, Integer> plain = task("second", x -> {
      throw new IllegalStateException("broken");
    });
    Task<Integer, Integer> second = hasPolicy ? plain.timeout(Duration.ofHours(1)) : plain;
    Task<TaskFailure, Object> told = task("told", failure -> String.valueOf(failure.input()));
    Workflow<Integer, List<InstanceResult<Integer>>> tolerant = Workflow.<Integer>builder(
            "tolerant")
        .foreach(List::of, first.then(second), f -> f.tolerate(Tolerance.failures(1)))
        .build();
    Task<Integer, Object> third = Task.<Integer, Object>task("third", x -> {
      throw new IllegalStateException("broken");
    });
    Workflow<Integer, Object> fallback = Workflow.<Integer>builder("fallback")
        .sequence(first)
        .sequence((hasPolicy ? third.timeout(Duration.ofHours(1)) : third).onFailure(told))
        .build();
    try (FaasFlow flow =
        FaasFlow.builder().stores(worker -> new Once(stores.of(worker))).build()) {
      assertThat(flow.run(tolerant, 1)).singleElement().satisfies(result -> {
        InstanceResult.Failed<Integer> failed = (InstanceResult.Failed<Integer>) result;
        assertThat(failed.failure().input()).isEqualTo(2);
      });
      assertThat(flow.run(fallback, 1)).isEqualTo("2");
    }
  }

  /** What the task named 'first' gave can be read once. */
  private static final class Once extends ForwardingWorkerStore {
    Once(WorkerStore inner) {
      super(inner);
    }

    @Override
    public Kept keep(RunId run, Output output, @Nullable Object value) {
      AtomicBoolean wasRead = new AtomicBoolean();
      return new ChangedKept(super.keep(run, output, value)) {
        @Override
        public @Nullable Object value() {
          if (output.task().equals("first") && wasRead.getAndSet(true)) {
            throw new IllegalStateException("the line is cut");
          }
          return super.value();
        }
      };
    }
  }

  /** Loses everything. */
  private static final class Losing extends ForwardingWorkerStore {
    Losing(WorkerStore inner) {
      super(inner);
    }

    @Override
    public Kept keep(RunId run, Output output, @Nullable Object value) {
      return new ChangedKept(super.keep(run, output, value)) {
        @Override
        public @Nullable Object value() {
          throw new DataException("gone", null);
        }
      };
    }
  }

  /** Takes nothing. */
  private static final class Broken extends ForwardingWorkerStore {
    Broken(WorkerStore inner) {
      super(inner);
    }

    @Override
    public Kept keep(RunId run, Output output, @Nullable Object value) {
      throw new IllegalStateException("no room");
    }
  }

  @Test
  void events_ofKeptOutputs_sayTierAndSize() {
    ConcurrentLinkedQueue<RunEvent.Saved> saved = new ConcurrentLinkedQueue<>();
    Task<Integer, Integer> first = task("first", x -> x + 1);
    Task<Integer, Integer> second = task("second", x -> x + 1);
    Workflow<Integer, Integer> workflow =
        Workflow.<Integer>builder("events").sequence(first).sequence(second).build();
    try (FaasFlow flow = FaasFlow.builder()
        .workers(2)
        .partitioner(new HashSpread())
        .stores(stores)
        .listener(event -> {
          if (event instanceof RunEvent.Saved one) {
            saved.add(one);
          }
        })
        .build()) {
      assertThat(flow.run(workflow, 1)).isEqualTo(3);
    }
    assertThat(saved)
        .anySatisfy(event -> assertThat(event.site().task()).isEqualTo("first"))
        .allSatisfy(event -> assertThat(event.tier()).isEqualTo(Kept.MEMORY));
  }

  // Outputs that readers elsewhere can read only later.

  /** Readers elsewhere can read an output of a task when the test says so. */
  private static final class Late extends ForwardingWorkerStore {
    private final String task;
    private final CountDownLatch reached;
    private final CompletableFuture<Void> readable;

    Late(WorkerStore inner, String task, CountDownLatch reached, CompletableFuture<Void> readable) {
      super(inner);
      this.task = task;
      this.reached = reached;
      this.readable = readable;
    }

    @Override
    public Kept keep(RunId run, Output output, @Nullable Object value) {
      Kept kept = super.keep(run, output, value);
      if (!output.task().equals(task) || output.workersElsewhere().isEmpty()) {
        return kept;
      }
      reached.countDown();
      return new ChangedKept(kept) {
        @Override
        public CompletableFuture<Void> readable() {
          return readable;
        }
      };
    }
  }

  /** What stands for an output, with something changed. */
  private static class ChangedKept implements Kept {
    private final Kept inner;

    ChangedKept(Kept inner) {
      this.inner = inner;
    }

    @Override
    public @Nullable Object value() {
      return inner.value();
    }

    @Override
    public void release() {
      inner.release();
    }

    @Override
    public String tier() {
      return inner.tier();
    }

    @Override
    public long bytes() {
      return inner.bytes();
    }

    @Override
    public Placement placement() {
      return inner.placement();
    }
  }

  private final CountDownLatch reached = new CountDownLatch(1);
  private final CountDownLatch hereRan = new CountDownLatch(1);
  private final CountDownLatch thereRan = new CountDownLatch(1);
  private final CompletableFuture<Void> readable = new CompletableFuture<>();

  private Workflow<Integer, Integer> onBothSides() {
    Task<Integer, Integer> first = task("first", x -> x + 1);
    Task<Integer, Integer> here = task("here", x -> {
      hereRan.countDown();
      return x + 10;
    });
    Task<Integer, Integer> there = task("there", x -> {
      thereRan.countDown();
      return x + 20;
    });
    return Workflow.<Integer>builder("on-both-sides")
        .sequence(first)
        .sequence(Parallel.of(here, there))
        .sequence(Task.<Outputs, Integer>task("sum", all -> all.get(here) + all.get(there)))
        .build();
  }

  private FaasFlow late(SchedulePattern pattern, RunListener listener) {
    return late(pattern, "first", listener);
  }

  private FaasFlow late(SchedulePattern pattern, String task, RunListener listener) {
    return FaasFlow.builder()
        .workers(2)
        .partitioner(new OnSecondWorker(List.of("there")))
        .pattern(pattern)
        .stores(worker -> new Late(stores.of(worker), task, reached, readable))
        .listener(listener)
        .build();
  }

  /** Waits until there is nothing to do before readers elsewhere can read the output. */
  private void awaitNothingElse(FaasFlow flow) throws InterruptedException {
    assertThat(reached.await(30, TimeUnit.SECONDS)).isTrue();
    while (!flow.isIdle()) {
      Thread.onSpinWait();
    }
  }

  @Test
  void readable_later_holdsUpOnlyReadersElsewhere() throws Exception {
    ConcurrentLinkedQueue<RunEvent.Saved> saved = new ConcurrentLinkedQueue<>();
    RunListener listener = event -> {
      if (event instanceof RunEvent.Saved one && one.site().task().equals("first")) {
        saved.add(one);
      }
    };
    try (FaasFlow flow = late(SchedulePattern.WORKER_SIDE, listener)) {
      WorkflowRun<Integer> run = flow.start(onBothSides(), 1);
      assertThat(hereRan.await(30, TimeUnit.SECONDS)).isTrue();
      awaitNothingElse(flow);
      assertThat(thereRan.getCount()).isEqualTo(1);
      assertThat(saved).isEmpty();
      assertThat(run.toFuture()).isNotDone();
      readable.complete(null);
      assertThat(run.toFuture().get(30, TimeUnit.SECONDS)).isEqualTo(34);
      assertThat(saved).hasSize(1);
    }
    assertThat(stores.live()).isZero();
    assertThat(stores.misuses()).isEmpty();
  }

  /** A master gives nodes to workers that may read what it has: its own outputs hold them up too. */
  @ParameterizedTest
  @ValueSource(strings = {"first", "#start"})
  void readable_laterWithAMaster_holdsUpReaders(String task) throws Exception {
    try (FaasFlow flow = late(SchedulePattern.MASTER_SIDE, task, event -> {})) {
      WorkflowRun<Integer> run = flow.start(onBothSides(), 1);
      awaitNothingElse(flow);
      assertThat(hereRan.getCount()).isEqualTo(1);
      assertThat(thereRan.getCount()).isEqualTo(1);
      readable.complete(null);
      assertThat(run.toFuture().get(30, TimeUnit.SECONDS)).isEqualTo(34);
    }
    assertThat(stores.live()).isZero();
  }

  @ParameterizedTest
  @EnumSource(SchedulePattern.class)
  void readable_never_failsTheRunAndNamesTheTask(SchedulePattern pattern) {
    readable.completeExceptionally(new IllegalStateException("the line is cut"));
    try (FaasFlow flow = late(pattern, event -> {})) {
      assertThatThrownBy(() -> flow.run(onBothSides(), 1))
          .rootCause()
          .hasMessageContaining("the line is cut");
      assertThatThrownBy(() -> flow.run(onBothSides(), 1))
          .hasMessageContaining("'first'")
          .cause()
          .hasMessageContaining("The output of 'first' could not be kept in the store");
    }
    assertThat(thereRan.getCount()).isEqualTo(1);
    assertThat(stores.live()).isZero();
  }

  @Test
  void readable_neverAfterAWhile_failsTheRun() throws Exception {
    try (FaasFlow flow = late(SchedulePattern.WORKER_SIDE, event -> {})) {
      WorkflowRun<Integer> run = flow.start(onBothSides(), 1);
      assertThat(hereRan.await(30, TimeUnit.SECONDS)).isTrue();
      readable.completeExceptionally(new IllegalStateException("the line is cut"));
      assertThatThrownBy(() -> run.toFuture().get(30, TimeUnit.SECONDS))
          .hasRootCauseMessage("the line is cut");
    }
    assertThat(stores.live()).isZero();
  }

  @Test
  void readable_afterTheRunWasCancelled_triggersNobody() throws Exception {
    try (FaasFlow flow = late(SchedulePattern.WORKER_SIDE, event -> {})) {
      WorkflowRun<Integer> run = flow.start(onBothSides(), 1);
      assertThat(hereRan.await(30, TimeUnit.SECONDS)).isTrue();
      run.cancel();
      readable.complete(null);
    }
    assertThat(thereRan.getCount()).isEqualTo(1);
    assertThat(stores.live()).isZero();
  }
}
