package io.faasflow;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.faasflow.function.FunctionContext;
import io.faasflow.function.FunctionRegistry;
import io.faasflow.run.Progress;
import io.faasflow.run.RunCancelledException;
import io.faasflow.run.RunDeadlineException;
import io.faasflow.run.RunId;
import io.faasflow.run.RunStatus;
import io.faasflow.run.TaskFailedException;
import io.faasflow.run.UnboundFunctionsException;
import io.faasflow.workflow.Foreach;
import io.faasflow.workflow.Outputs;
import io.faasflow.workflow.Parallel;
import io.faasflow.workflow.Switch;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a host sees of the runtime: results, failures, cancelling, deadlines, closing. */
@Timeout(60)
class RuntimeTest {
  private FaasFlow flow;

  /** The settings of all runtimes of this test. */
  FaasFlow.Builder builder() {
    return FaasFlow.builder();
  }

  /** How many tasks a chain has that would overflow the stack if each took some of it. */
  int longChain() {
    return 1_000_000;
  }

  @BeforeEach
  void open() {
    flow = builder().closeTimeout(Duration.ZERO).build();
  }

  @AfterEach
  void close() {
    flow.close();
  }

  private static Task<Integer, Integer> plusOne(String name) {
    return task(name, x -> x + 1);
  }

  /** A workflow of one task that says that it runs, and then waits for its interrupt. */
  private static Workflow<Integer, Integer> waiting(
      CountDownLatch runs, AtomicReference<Throwable> end) {
    CountDownLatch never = new CountDownLatch(1);
    return Workflow.<Integer>builder("waiting")
        .sequence(Task.<Integer, Integer>task("wait", x -> {
          runs.countDown();
          try {
            never.await();
            return x;
          } catch (InterruptedException e) {
            end.set(e);
            throw e;
          }
        }))
        .build();
  }

  @Test
  void run_sequence_givesTheLastOutput() {
    Workflow<Integer, String> workflow = Workflow.<Integer>builder("sequence")
        .sequence(plusOne("a"))
        .sequence(plusOne("b").then(plusOne("c")))
        .sequence(task("d", x -> "got " + x))
        .build();
    assertThat(flow.run(workflow, 1)).isEqualTo("got 4");
  }

  @Test
  void run_parallel_givesOutputsByHandle() {
    Task<Integer, Integer> left = plusOne("left");
    Task<Integer, String> right = task("right", x -> "r" + x);
    Workflow<Integer, String> workflow = Workflow.<Integer>builder("parallel")
        .parallel(left, right)
        .sequence(task("join", found -> found.get(right) + found.get(left)))
        .build();
    assertThat(flow.run(workflow, 1)).isEqualTo("r12");
  }

  @Test
  void run_switch_runsTheChosenBranchOnly() {
    List<String> ran = Collections.synchronizedList(new ArrayList<>());
    Task<Integer, String> small = task("small", x -> note(ran, "small"));
    Task<Integer, String> large = task("large", x -> note(ran, "large"));
    Workflow<Integer, String> workflow = Workflow.<Integer>builder("switch")
        .switchOn(x -> x < 10, s -> s.when(true, small).otherwise(large))
        .build();
    assertThat(flow.run(workflow, 1)).isEqualTo("small");
    assertThat(flow.run(workflow, 11)).isEqualTo("large");
    assertThat(ran).containsExactly("small", "large");
  }

  private static String note(List<String> ran, String name) {
    ran.add(name);
    return name;
  }

  @Test
  void run_switchWithoutMatch_isEmpty() {
    Workflow<Integer, Optional<Integer>> workflow = Workflow.<Integer>builder("optional")
        .switchOn(x -> x, s -> s.when(1, plusOne("one")).when(2, plusOne("two")).orEmpty())
        .build();
    assertThat(flow.run(workflow, 2)).contains(3);
    assertThat(flow.run(workflow, 5)).isEmpty();
  }

  @Test
  void run_readOfSkippedTask_isEmptyAndOfTakenOneIsThere() {
    Task<Integer, Integer> rare = plusOne("rare");
    Task<Integer, Integer> usual = task("usual", x -> x);
    Task<Integer, String> reader =
        Task.readingOptional(rare).task("reader", (x, read) -> x + " " + read.find(rare));
    Workflow<Integer, String> workflow = Workflow.<Integer>builder("optional-read")
        .switchOn(x -> x > 9, s -> s.when(true, rare).otherwise(usual))
        .sequence(reader)
        .build();
    assertThat(flow.run(workflow, 1)).isEqualTo("1 Optional.empty");
    assertThat(flow.run(workflow, 10)).isEqualTo("11 Optional[11]");
  }

  @Test
  void run_readsOfEarlierTasks_seeTheirOutputs() {
    Task<Integer, Integer> first = plusOne("first");
    Task<Integer, Integer> second = plusOne("second");
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("reads")
        .sequence(first)
        .sequence(second)
        .foreach(
            x -> List.of(x, x),
            Task.reading(first, second)
                .task("both", (Integer x, Outputs read) -> read.get(first) * read.get(second)))
        .sequence(task("sum", list -> list.stream().mapToInt(Integer::intValue).sum()))
        .build();
    assertThat(flow.run(workflow, 1)).isEqualTo(12);
  }

  @Test
  void run_nullEverywhere_isAnOutputLikeAnyOther() {
    Task<String, String> toNull = task("toNull", x -> null);
    Task<String, Boolean> isNull = task("isNull", x -> x == null);
    Workflow<String, List<Boolean>> workflow = Workflow.<String>builder("nulls")
        .sequence(toNull)
        .foreach(x -> Collections.nCopies(3, x), isNull)
        .build();
    assertThat(flow.run(workflow, null)).containsExactly(true, true, true);
  }

  @Test
  void run_foreach_keepsTheOrderOfItems() {
    Workflow<Integer, List<Integer>> workflow = Workflow.<Integer>builder("each")
        .foreach(n -> IntStream.range(0, n).boxed().toList(), plusOne("one"))
        .build();
    for (int n : new int[] {0, 1, 2, 63, 64, 65, 100_000}) {
      assertThat(flow.run(workflow, n))
          .isEqualTo(IntStream.rangeClosed(1, n).boxed().toList());
    }
  }

  @Test
  void run_everythingNested_works() {
    // A foreach of a parallel of a switch of a sequence, in a foreach.
    Task<Integer, Integer> even = task("even", x -> x / 2);
    Task<Integer, Integer> odd = task("odd", x -> 3 * x + 1);
    Task<Integer, Integer> same = task("same", x -> x);
    Switch<Integer, Integer> collatz = Switch.<Integer, Boolean>on(x -> x % 2 == 0)
        .when(true, even.then(plusOne("evenNext")))
        .otherwise(odd);
    Parallel<Integer> both = Parallel.of(collatz, same);
    Foreach<List<Integer>, Integer> inner = Foreach.of(
        list -> list, both.then(task("add", (Outputs o) -> o.get(collatz) + 1000 * o.get(same))));
    Workflow<List<List<Integer>>, List<List<Integer>>> workflow =
        Workflow.<List<List<Integer>>>builder("nested").foreach(x -> x, inner).build();
    assertThat(flow.run(workflow, List.of(List.of(4, 7), List.of(), List.of(10))))
        .containsExactly(List.of(4003, 7022), List.of(), List.of(10006));
  }

  @Test
  void run_foreachOverNull_namesTaskAndCure() {
    Workflow<Integer, List<Integer>> workflow = Workflow.<Integer>builder("bad")
        .<Integer, Integer>foreach(x -> null, plusOne("one"))
        .build();
    assertThatThrownBy(() -> flow.run(workflow, 1))
        .isInstanceOf(TaskFailedException.class)
        .hasMessageContaining("Task 'one'")
        .hasMessageContaining("its collection is null. Give it a List");
  }

  @Test
  @Timeout(600)
  void run_longChain_doesNotOverflowTheStack() {
    var builder = Workflow.<Integer>builder("long").sequence(plusOne("t0"));
    for (int i = 1; i < longChain(); i++) {
      builder = builder.sequence(plusOne("t" + i));
    }
    assertThat(flow.run(builder.build(), 0)).isEqualTo(longChain());
  }

  @Test
  void run_wideFanOut_usesFewThreads() {
    List<Task<Integer, Integer>> branches = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      branches.add(plusOne("f" + i));
    }
    @SuppressWarnings({"unchecked", "rawtypes"})
    Parallel<Integer> parallel = Parallel.of(branches.toArray(new Task[0]));
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("wide")
        .sequence(parallel)
        .sequence(task("count", outputs -> outputs.values().size()))
        .build();
    assertThat(flow.run(workflow, 1)).isEqualTo(100_000);
    assertThat(Thread.getAllStackTraces().keySet().stream()
            .filter(t -> t.getName().matches("faasflow-\\d+")))
        .hasSizeLessThanOrEqualTo(Math.max(64, 8 * Runtime.getRuntime().availableProcessors()));
  }

  @Test
  void run_functionsThatWaitForEachOther_allGetAThread() {
    // Fifty functions of one run that end only when all fifty have begun, many times over: nobody
    // waits behind a function that blocks.
    int parties = 50;
    Workflow<CyclicBarrier, List<Integer>> workflow = Workflow.<CyclicBarrier>builder("barrier")
        .foreach(
            barrier -> Collections.nCopies(parties, barrier),
            Task.<CyclicBarrier, Integer>task(
                "meet", barrier -> barrier.await(30, TimeUnit.SECONDS)))
        .build();
    for (int i = 0; i < 50; i++) {
      assertThat(flow.run(workflow, new CyclicBarrier(parties))).hasSize(parties);
    }
  }

  @Test
  void run_parallelBranchesThatWaitForEachOther_allGetAThread() {
    CyclicBarrier barrier = new CyclicBarrier(20);
    List<Task<Integer, Integer>> branches = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      branches.add(task("f" + i, x -> barrier.await(30, TimeUnit.SECONDS)));
    }
    @SuppressWarnings({"unchecked", "rawtypes"})
    Parallel<Integer> parallel = Parallel.of(branches.toArray(new Task[0]));
    Workflow<Integer, Outputs> workflow =
        Workflow.<Integer>builder("meeting").sequence(parallel).build();
    for (int i = 0; i < 100; i++) {
      assertThat(flow.run(workflow, 1).values()).hasSize(20);
    }
  }

  @Test
  void foreach_concurrency_isNeverExceededAndIsReached() {
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CyclicBarrier three = new CyclicBarrier(3);
    Workflow<Integer, List<Integer>> workflow = Workflow.<Integer>builder("limited")
        .foreach(
            n -> IntStream.range(0, n).boxed().toList(),
            Task.<Integer, Integer>task("guarded", x -> {
              most.accumulateAndGet(running.incrementAndGet(), Math::max);
              three.await(30, TimeUnit.SECONDS);
              running.decrementAndGet();
              return x;
            }),
            f -> f.concurrency(3))
        .build();
    assertThat(flow.run(workflow, 300)).hasSize(300);
    assertThat(most).hasValue(3);
  }

  @Test
  void functionConcurrency_isNeverExceededOverRunsAndNothingIsLost() throws Exception {
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    Workflow<Integer, List<Integer>> workflow = Workflow.<Integer>builder("limited")
        .foreach(
            n -> IntStream.range(0, n).boxed().toList(),
            Task.<Integer, Integer>task("guarded", x -> {
                  most.accumulateAndGet(running.incrementAndGet(), Math::max);
                  Thread.onSpinWait();
                  running.decrementAndGet();
                  return x;
                })
                .function("scarce"))
        .build();
    try (FaasFlow limited = builder().concurrency("scarce", 2).build()) {
      List<WorkflowRun<List<Integer>>> runs = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        runs.add(limited.start(workflow, 500));
      }
      runs.get(3).cancel();
      for (WorkflowRun<List<Integer>> run : runs) {
        if (run != runs.get(3)) {
          assertThat(run.await()).hasSize(500);
        }
      }
      assertThat(most.get()).isBetween(1, 2);
    }
  }

  @Test
  void failure_inANestedForeach_namesTaskInstanceAndCause() {
    IllegalStateException boom = new IllegalStateException("boom");
    Task<Integer, Integer> fails = Task.<Integer, Integer>task("fails", x -> {
          if (x == 42) {
            throw boom;
          }
          return x;
        })
        .function("risky");
    Workflow<List<List<Integer>>, List<List<Integer>>> workflow =
        Workflow.<List<List<Integer>>>builder("failing")
            .foreach(x -> x, Foreach.<List<Integer>, Integer, Integer>of(x -> x, fails))
            .build();
    TaskFailedException failure = catchThrowableOfType(
        TaskFailedException.class,
        () -> flow.run(workflow, List.of(List.of(1), List.of(2, 3, 42))));
    assertThat(failure.task()).isEqualTo("fails");
    assertThat(failure.function()).isEqualTo("risky");
    assertThat(failure.instance()).containsExactly(1, 2);
    assertThat(failure.attempt()).isEqualTo(1);
    assertThat(failure.worker()).isEqualTo(flow.plan(workflow).workerOfNode().get(1));
    assertThat(failure.workflow()).isEqualTo("failing");
    assertThat(failure)
        .hasCause(boom)
        .hasMessageContaining("Task 'fails' (function 'risky') instance [1, 2], attempt 1");
  }

  @Test
  void failure_ofAnError_failsTheRunAndLeavesTheThreadsAlive() {
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("error")
        .sequence(Task.<Integer, Integer>task("deep", x -> {
          throw new StackOverflowError("deep");
        }))
        .build();
    for (int i = 0; i < 200; i++) {
      assertThatThrownBy(() -> flow.run(workflow, 1))
          .isInstanceOf(TaskFailedException.class)
          .hasCauseInstanceOf(StackOverflowError.class);
    }
  }

  @Test
  void failure_interruptsWhatRunsBeside() throws Exception {
    CountDownLatch runs = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    Task<Integer, Integer> slow = task("slow", x -> {
      runs.countDown();
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        interrupted.countDown();
        throw e;
      }
      return x;
    });
    Task<Integer, Integer> fails = task("fails", x -> {
      runs.await();
      throw new IllegalStateException("no");
    });
    Workflow<Integer, Outputs> workflow =
        Workflow.<Integer>builder("beside").parallel(slow, fails).build();
    assertThatThrownBy(() -> flow.run(workflow, 1)).isInstanceOf(TaskFailedException.class);
    assertThat(interrupted.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void cancel_interruptsTheFunctionAndFailsTheRun() throws Exception {
    CountDownLatch runs = new CountDownLatch(1);
    AtomicReference<Throwable> end = new AtomicReference<>();
    WorkflowRun<Integer> run = flow.start(waiting(runs, end), 1);
    runs.await();
    assertThat(flow.activeRuns()).hasSize(1);
    assertThat(run.status()).isEqualTo(RunStatus.RUNNING);
    assertThat(run.await(Duration.ofMillis(1))).isEmpty();
    assertThat(run.await(Duration.ofSeconds(Long.MIN_VALUE))).isEmpty();
    assertThat(run.cancel()).isTrue();
    assertThat(run.cancel()).isFalse();
    assertThat(run.status()).isEqualTo(RunStatus.CANCELLED);
    assertThatThrownBy(run::await)
        .isInstanceOf(RunCancelledException.class)
        .hasMessageContaining(run.id().toString());
    assertThat(flow.activeRuns()).isEmpty();
    flow.close(); // waits until the function has ended
    assertThat(end.get()).isInstanceOf(InterruptedException.class);
  }

  @Test
  void cancel_neverInterruptsTheFunctionOfAnotherRun() throws Exception {
    // One run after the other is cancelled while others go on, on the same threads.
    AtomicBoolean disturbed = new AtomicBoolean();
    Workflow<Integer, Integer> innocent = Workflow.<Integer>builder("innocent")
        .sequence(Task.<Integer, Integer>task("calm", x -> {
          for (int i = 0; i < 20; i++) {
            disturbed.compareAndSet(false, Thread.currentThread().isInterrupted());
            Thread.onSpinWait();
          }
          return x;
        }))
        .build();
    Workflow<Integer, Integer> victim = Workflow.<Integer>builder("victim")
        .sequence(Task.<Integer, Integer>task("spin", x -> {
          while (!Thread.currentThread().isInterrupted()) {
            Thread.onSpinWait();
          }
          return x;
        }))
        .build();
    for (int i = 0; i < 2_000; i++) {
      WorkflowRun<Integer> cancelled = flow.start(victim, 1);
      WorkflowRun<Integer> other = flow.start(innocent, 2);
      cancelled.cancel();
      assertThat(other.await()).isEqualTo(2);
    }
    assertThat(disturbed).isFalse();
  }

  @Test
  void deadline_passes_stopsTheRunAndNamesWhatRan() throws Exception {
    CountDownLatch runs = new CountDownLatch(1);
    AtomicReference<Throwable> end = new AtomicReference<>();
    RunDeadlineException failure = catchThrowableOfType(
        RunDeadlineException.class,
        () -> flow.run(waiting(runs, end), 1, RunOptions.deadline(Duration.ofMillis(30))));
    assertThat(failure.deadline()).isEqualTo(Duration.ofMillis(30));
    assertThat(failure).hasMessageContaining("PT0.03S");
  }

  @Test
  void deadline_notReached_changesNothing() {
    Workflow<Integer, Integer> workflow =
        Workflow.<Integer>builder("quick").sequence(plusOne("a")).build();
    assertThat(flow.run(workflow, 1, RunOptions.deadline(Duration.ofHours(1)))).isEqualTo(2);
  }

  @Test
  void interruptedCaller_cancelsTheRun() throws Exception {
    CountDownLatch runs = new CountDownLatch(1);
    AtomicReference<Throwable> end = new AtomicReference<>();
    AtomicReference<Throwable> seen = new AtomicReference<>();
    AtomicBoolean flag = new AtomicBoolean();
    Workflow<Integer, Integer> workflow = waiting(runs, end);
    Thread caller = new Thread(() -> {
      try {
        flow.run(workflow, 1);
      } catch (RunCancelledException e) {
        seen.set(e);
        flag.set(Thread.currentThread().isInterrupted());
      }
    });
    caller.start();
    runs.await();
    caller.interrupt();
    caller.join();
    assertThat(seen.get()).hasMessageContaining("interrupted");
    assertThat(flag).isTrue();
    assertThat(flow.activeRuns()).isEmpty();
  }

  @Test
  void future_completesWithTheRunAndIsACopy() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("held")
        .sequence(Task.<Integer, Integer>task("hold", x -> {
          go.await();
          return x;
        }))
        .build();
    WorkflowRun<Integer> run = flow.start(workflow, 7);
    CompletableFuture<Integer> mine = run.toFuture();
    mine.complete(-1);
    CompletableFuture<Integer> other = run.toFuture().thenApply(x -> x * 2);
    go.countDown();
    assertThat(other.get(30, TimeUnit.SECONDS)).isEqualTo(14);
    assertThat(run.await()).isEqualTo(7);
    assertThat(run.result().outputOrThrow()).isEqualTo(7);
  }

  @Test
  void future_ofAFailedRun_failsWithTheRunsException() {
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("fails")
        .sequence(Task.<Integer, Integer>task("fails", x -> {
          throw new java.io.IOException("disk");
        }))
        .build();
    WorkflowRun<Integer> run = flow.start(workflow, 1);
    assertThatThrownBy(() -> run.toFuture().join())
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(TaskFailedException.class);
    assertThat(run.status()).isEqualTo(RunStatus.FAILED);
  }

  @Test
  void unboundFunctions_areAllListedAtOnce() {
    Workflow<Integer, Object> workflow = Workflow.<Integer>builder("named")
        .sequence(Task.<Integer, Object>named("a"))
        .sequence(Task.<Object, Object>named("b").function("shared.b"))
        .sequence(Task.<Object, Object>named("known"))
        .build();
    try (FaasFlow named = builder()
        .functions(FunctionRegistry.builder().register("known", x -> x).build())
        .build()) {
      UnboundFunctionsException failure =
          catchThrowableOfType(UnboundFunctionsException.class, () -> named.run(workflow, 1));
      assertThat(failure.functions()).containsExactly("'a'", "'shared.b'");
      assertThat(failure).hasMessageContaining("known").hasMessageContaining("register");
    }
  }

  @Test
  void context_saysWhereTheFunctionRuns() {
    ConcurrentLinkedQueue<String> seen = new ConcurrentLinkedQueue<>();
    AtomicReference<RunId> id = new AtomicReference<>();
    Task<Integer, Integer> look = Task.<Integer, Integer>contextTask(
            "look", (Integer x, FunctionContext context) -> {
              id.set(context.runId());
              seen.add(String.join(
                  " ",
                  context.workflow(),
                  context.task(),
                  context.function(),
                  context.instance().toString(),
                  "" + context.attempt(),
                  context.worker(),
                  "" + context.isCancelled()));
              return x;
            })
        .function("looker");
    Workflow<List<Integer>, List<Integer>> workflow =
        Workflow.<List<Integer>>builder("context").foreach(x -> x, look).build();
    WorkflowRun<List<Integer>> run = flow.start(workflow, List.of(1));
    assertThat(run.toFuture().join()).containsExactly(1);
    assertThat(seen).containsExactly("context look looker [0] 1 worker-1 false");
    assertThat(id.get()).isEqualTo(run.id());
  }

  @Test
  void namedTask_withOneNamedOutput_takesABareValue() {
    Workflow<Map<String, Object>, Map<String, Object>> workflow =
        Workflow.<Map<String, Object>>builder("named")
            .sequence(Task.<Map<String, Object>, Object>named("double")
                .inputs(Map.of("x", io.faasflow.workflow.Binding.from("INPUT.n")))
                .outputs(Map.of("twice", java.util.OptionalLong.empty())))
            .outputs(Map.of("result", io.faasflow.workflow.Binding.from("double.twice")))
            .build();
    FunctionRegistry registry = FunctionRegistry.builder()
        .register("double", (Map<String, Object> in) -> 2 * (Integer) in.get("x"))
        .build();
    try (FaasFlow named = builder().functions(registry).build()) {
      assertThat(named.run(workflow, Map.of("n", 21))).isEqualTo(Map.of("result", 42));
      assertThatThrownBy(() -> named.run(workflow, Map.of()))
          .hasMessageContaining("Task 'double'")
          .hasMessageContaining("input 'x' has no value: nobody saved 'INPUT.n'");
    }
  }

  @Test
  void close_waitsForRunsWithinItsPatience() throws Exception {
    CountDownLatch runs = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("held")
        .sequence(Task.<Integer, Integer>task("hold", x -> {
          runs.countDown();
          go.await();
          return x;
        }))
        .build();
    FaasFlow patient = builder().build();
    WorkflowRun<Integer> run = patient.start(workflow, 1);
    runs.await();
    Thread closer = new Thread(() -> patient.close(Duration.ofSeconds(30)));
    closer.start();
    assertThatThrownBy(() -> {
          while (true) { // until the closing has begun
            patient.start(workflow, 2).cancel();
          }
        })
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertThat(run.status()).isEqualTo(RunStatus.RUNNING);
    go.countDown();
    closer.join();
    assertThat(run.await()).isEqualTo(1);
  }

  @Test
  void close_withNegativePatience_isOneWithout() {
    FaasFlow other = builder().build();
    other.close(Duration.ofSeconds(Long.MIN_VALUE));
    assertThatThrownBy(() ->
            other.run(Workflow.<Integer>builder("w").sequence(plusOne("a")).build(), 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void close_withoutPatience_cancelsAndInterrupts() throws Exception {
    CountDownLatch runs = new CountDownLatch(1);
    AtomicReference<Throwable> end = new AtomicReference<>();
    WorkflowRun<Integer> run = flow.start(waiting(runs, end), 1);
    runs.await();
    flow.close(Duration.ZERO);
    assertThat(end.get()).isInstanceOf(InterruptedException.class);
    assertThatThrownBy(run::await)
        .isInstanceOf(RunCancelledException.class)
        .hasMessageContaining("closed");
    flow.close(); // a second call does nothing
    assertThatThrownBy(() -> flow.start(waiting(runs, end), 1))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void close_leavesNoThreadBehind() throws Exception {
    for (int i = 0; i < 20; i++) {
      FaasFlow short1 = builder().workers(3).build();
      Workflow<Integer, List<Integer>> workflow = Workflow.<Integer>builder("each")
          .foreach(n -> Collections.nCopies(n, 1), plusOne("one"))
          .build();
      short1.run(workflow, 100, RunOptions.deadline(Duration.ofMinutes(1)));
      short1.close();
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    // Threads that were told to end may still be on their way out.
    while (liveThreads() > 0) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private static long liveThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("faasflow-"))
        .count();
  }

  @Test
  void twoRuntimes_neverSeeEachOther() throws Exception {
    CountDownLatch runs = new CountDownLatch(1);
    AtomicReference<Throwable> end = new AtomicReference<>();
    WorkflowRun<Integer> run = flow.start(waiting(runs, end), 1);
    try (FaasFlow other = builder().build()) {
      assertThat(other.activeRuns()).isEmpty();
    }
    assertThat(run.status()).isEqualTo(RunStatus.RUNNING);
    assertThat(run.cancel()).isTrue();
  }

  @Test
  void functionThatRunsAWorkflow_findsAThreadHoweverManyDoSo() {
    Workflow<Integer, Integer> inner =
        Workflow.<Integer>builder("inner").sequence(plusOne("one")).build();
    Workflow<Integer, List<Integer>> outer = Workflow.<Integer>builder("outer")
        .foreach(
            n -> IntStream.range(0, n).boxed().toList(),
            Task.<Integer, Integer>task("nest", x -> flow.run(inner, x)))
        .build();
    assertThat(flow.run(outer, 300)).hasSize(300);
  }

  @Test
  void failure_thatCannotPrintItself_endsTheRunAllTheSame() {
    RuntimeException mute = new RuntimeException() {
      private static final long serialVersionUID = 1L;

      @Override
      public String getMessage() {
        throw new IllegalStateException("no message");
      }
    };
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("mute")
        .sequence(Task.<Integer, Integer>task("fails", x -> {
          throw mute;
        }))
        .build();
    assertThatThrownBy(() -> flow.run(workflow, 1))
        .isInstanceOf(TaskFailedException.class)
        .hasMessageContaining("its message cannot be read");
  }

  @Test
  void callbackOfAFailedRun_isNotInterrupted() {
    Workflow<Integer, Integer> fails = Workflow.<Integer>builder("fails")
        .sequence(Task.<Integer, Integer>task("fails", x -> {
          throw new IllegalStateException("no");
        }))
        .build();
    Workflow<Integer, Integer> fallback =
        Workflow.<Integer>builder("fallback").sequence(plusOne("one")).build();
    for (int i = 0; i < 100; i++) {
      CompletableFuture<Integer> result =
          flow.start(fails, 1).toFuture().exceptionally(e -> flow.run(fallback, 1));
      assertThat(result.join()).isEqualTo(2);
    }
  }

  @Test
  void callbackOfADeadline_doesNotHoldUpOtherDeadlines() {
    Workflow<Integer, Integer> workflow = waiting(new CountDownLatch(9), new AtomicReference<>());
    RunOptions soon = RunOptions.deadline(Duration.ofMillis(20));
    CompletableFuture<Integer> result = flow.start(workflow, 1, soon)
        .toFuture()
        .handle((x, first) -> {
          assertThatThrownBy(() -> flow.run(workflow, 1, soon))
              .isInstanceOf(RunDeadlineException.class);
          return 1;
        });
    assertThat(result.join()).isEqualTo(1);
  }

  @Test
  void close_inACallback_doesNotWaitForItself() {
    FaasFlow own = builder().build();
    Workflow<Integer, Integer> workflow =
        Workflow.<Integer>builder("quick").sequence(plusOne("a")).build();
    CompletableFuture<Void> closed = own.start(workflow, 1).toFuture().thenRun(own::close);
    assertThat(closed).succeedsWithin(Duration.ofSeconds(4));
  }

  @Test
  void functions_runOnVirtualThreadsWhereThereAreSuch() throws Exception {
    Workflow<Integer, Thread> workflow = Workflow.<Integer>builder("thread")
        .sequence(Task.<Integer, Thread>task("where", x -> Thread.currentThread()))
        .build();
    Thread thread = flow.run(workflow, 1);
    assertThat(thread.getName()).startsWith("faasflow-");
    if (Runtime.version().feature() >= 21) {
      assertThat((boolean) Thread.class.getMethod("isVirtual").invoke(thread)).isTrue();
    }
  }

  @Test
  void progress_countsInstances() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    CountDownLatch half = new CountDownLatch(10);
    Workflow<Integer, List<Integer>> workflow = Workflow.<Integer>builder("progress")
        .sequence(plusOne("before"))
        .foreach(
            n -> IntStream.range(0, 20).boxed().toList(),
            Task.<Integer, Integer>task("item", x -> {
              if (x >= 10) {
                go.await();
              }
              half.countDown();
              return x;
            }),
            f -> f.concurrency(1))
        .build();
    WorkflowRun<List<Integer>> run = flow.start(workflow, 1);
    half.await();
    assertThat(run.progress().total()).isEqualTo(21);
    assertThat(run.progress().done()).isBetween(10L, 11L);
    go.countDown();
    run.await();
    assertThat(run.progress()).isEqualTo(new Progress(21, 21));
  }

  @Test
  void progress_ofAForeachThatIsCancelled_keepsWhatWasDone() throws Exception {
    CountDownLatch half = new CountDownLatch(2);
    Workflow<Integer, List<Integer>> workflow = Workflow.<Integer>builder("progress")
        .foreach(
            n -> List.of(0, 1, 2, 3),
            Task.<Integer, Integer>task("item", x -> {
              half.countDown();
              if (x > 0) {
                new CountDownLatch(1).await();
              }
              return x;
            }),
            f -> f.concurrency(1))
        .build();
    WorkflowRun<List<Integer>> run = flow.start(workflow, 1);
    half.await();
    assertThat(run.cancel()).isTrue();
    assertThat(run.progress()).isEqualTo(new Progress(1, 4));
  }

  @Test
  void progress_seenWhileARunEnds_neverShrinks() {
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("progress")
        .sequence(plusOne("one"))
        .sequence(plusOne("two"))
        .sequence(plusOne("three"))
        .build();
    for (int i = 0; i < 300; i++) {
      WorkflowRun<Integer> run = flow.start(workflow, 1);
      long done = 0;
      while (!run.toFuture().isDone()) {
        long now = run.progress().done();
        assertThat(now).isGreaterThanOrEqualTo(done);
        done = now;
      }
    }
  }

  @Test
  void progress_ofACompletedRunThatSkippedAForeach_isComplete() throws Exception {
    Workflow<Integer, List<Integer>> workflow = Workflow.<Integer>builder("progress")
        .sequence(plusOne("first"))
        .switchOn(
            (Integer x) -> x > 5,
            s -> s.when(
                    true,
                    io.faasflow.workflow.Foreach.<Integer, Integer, Integer>of(
                        x -> List.of(x, x), plusOne("item")))
                .otherwise(task("other", x -> List.of(x))))
        .build();
    WorkflowRun<List<Integer>> run = flow.start(workflow, 1);
    run.await();
    assertThat(run.progress().done()).isEqualTo(run.progress().total());
  }

  @Test
  void data_isLetGoWhenItsLastReaderIsDone() throws Exception {
    AtomicReference<java.lang.ref.WeakReference<byte[]>> big = new AtomicReference<>();
    CountDownLatch read = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Task<Integer, byte[]> make = task("make", x -> {
      byte[] bytes = new byte[1 << 20];
      big.set(new java.lang.ref.WeakReference<>(bytes));
      return bytes;
    });
    Task<byte[], Integer> length = task("length", bytes -> bytes.length);
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("release")
        .sequence(make)
        .sequence(length)
        .sequence(Task.<Integer, Integer>task("hold", x -> {
          read.countDown();
          go.await();
          return x;
        }))
        .build();
    WorkflowRun<Integer> run = flow.start(workflow, 1);
    read.await();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (big.get().get() != null) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      System.gc();
    }
    go.countDown();
    assertThat(run.await()).isEqualTo(1 << 20);
  }
}
