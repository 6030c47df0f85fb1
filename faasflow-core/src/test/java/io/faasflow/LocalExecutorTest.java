package io.faasflow;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.faasflow.function.FunctionRegistry;
import io.faasflow.function.RetryPolicy;
import io.faasflow.observe.RunTimeline;
import io.faasflow.partition.HashSpread;
import io.faasflow.run.RunStatus;
import io.faasflow.run.TaskFailedException;
import io.faasflow.run.TaskTimeoutException;
import io.faasflow.run.UnboundFunctionsException;
import io.faasflow.workflow.Foreach;
import io.faasflow.workflow.Sequence;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LocalExecutorTest {
  private final LocalExecutor executor = LocalExecutor.create();

  @AfterEach
  void close() {
    executor.close();
  }

  private static <I, O> Workflow<I, O> only(Task<I, O> task) {
    return Workflow.<I>builder("only").sequence(task).build();
  }

  private static final RetryPolicy HOURLY =
      RetryPolicy.attempts(3).fixedDelay(Duration.ofHours(1)).jitter(0);

  /** Parallel branches of two tasks each, a switch, and a foreach in a foreach. */
  private static Workflow<Integer, Integer> everything() {
    Sequence<Integer, Integer> left =
        Task.<Integer, Integer>task("left", x -> x + 1).then(task("left2", x -> x * 2));
    Sequence<Integer, Integer> right =
        Task.<Integer, Integer>task("right", x -> x + 2).then(task("right2", x -> x * 3));
    return Workflow.<Integer>builder("everything")
        .sequence(task("first", (Integer x) -> x + 1))
        .parallel(left, right)
        .sequence(task("both", found -> found.get(left) + found.get(right)))
        .switchOn(
            sum -> sum % 2,
            s -> s.when(0, task("even", (Integer sum) -> sum / 2))
                .otherwise(task("odd", (Integer sum) -> sum * 3 + 1)))
        .foreach(
            n -> IntStream.range(0, 3).boxed().toList(),
            Task.<Integer, List<Integer>>task("rows", i -> List.of(i, i * 10)))
        .foreach(
            rows -> rows,
            Foreach.of((List<Integer> row) -> row, task("cell", (Integer x) -> x + 1))
                .then(task("row", LocalExecutorTest::sum)))
        .sequence(task("sum", LocalExecutorTest::sum))
        .build();
  }

  private static int sum(List<Integer> numbers) {
    return numbers.stream().mapToInt(Integer::intValue).sum();
  }

  private static List<String> order(LocalRun<?> run) {
    return run.invocations().stream().map(one -> one.task() + one.instance()).toList();
  }

  @Test
  void run_withoutStubs_givesWhatTheRuntimeGives() {
    LocalRun<Integer> run = executor.run(everything(), 1);
    try (FaasFlow flow = FaasFlow.local()) {
      assertThat(run.outputOrThrow()).isEqualTo(flow.run(everything(), 1));
    }
    assertThat(run.status()).isEqualTo(RunStatus.COMPLETED);
    assertThat(run.took()).isZero();
    assertThat(run.invocations()).hasSize(20);
  }

  @Test
  void interleavings_ofEveryConstruct_giveOneOutputInManyOrders() {
    for (int workers : new int[] {1, 3}) {
      Workflow<Integer, Integer> workflow = everything();
      Set<List<String>> orders = new HashSet<>();
      LocalExecutor.builder()
          .workers(workers)
          .partitioner(new HashSpread())
          .forEachInterleaving(1_000, one -> {
            LocalRun<Integer> run = one.run(workflow, 1);
            assertThat(run.output()).hasValue(39);
            orders.add(order(run));
          });
      assertThat(orders).hasSizeGreaterThan(900);
    }
  }

  @Test
  void run_withTheSameSeed_hasTheSameOrderAndIds() {
    Workflow<Integer, Integer> workflow = everything();
    List<LocalRun<Integer>> runs = new ArrayList<>();
    for (long seed : new long[] {7, 7, 8}) {
      try (LocalExecutor one = LocalExecutor.builder()
          .seed(seed)
          .workers(3)
          .partitioner(new HashSpread())
          .build()) {
        runs.add(one.run(workflow, 1));
      }
    }
    assertThat(order(runs.get(0))).isEqualTo(order(runs.get(1))).isNotEqualTo(order(runs.get(2)));
    assertThat(runs.get(0).timeline()).isEqualTo(runs.get(1).timeline());
    assertThat(runs.get(0).result().runId()).isEqualTo(runs.get(1).result().runId());
  }

  @Test
  void interleavings_ofAnOrderThatMatters_findItAndNameTheSeed() {
    List<String> seen = new ArrayList<>();
    Workflow<Integer, Integer> racy = Workflow.<Integer>builder("racy")
        .sequence(task("begin", (Integer x) -> {
          seen.clear();
          return x;
        }))
        .foreach(x -> List.of("a", "b", "c"), task("note", (String name) -> {
          seen.add(name);
          return name;
        }))
        .sequence(task("count", (List<String> all) -> all.size()))
        .build();
    Set<List<String>> orders = new HashSet<>();
    LocalExecutor.forEachInterleaving(100, one -> {
      one.run(racy, 1);
      orders.add(List.copyOf(seen));
    });
    assertThat(orders).hasSize(6);
    AtomicInteger failing = new AtomicInteger();
    assertThatThrownBy(() -> LocalExecutor.forEachInterleaving(100, one -> {
          failing.set((int) one.seed());
          one.run(racy, 1);
          assertThat(seen).isNotEqualTo(List.of("c", "b", "a"));
        }))
        .isInstanceOf(AssertionError.class)
        .hasCauseInstanceOf(AssertionError.class)
        .hasMessageContaining("with seed " + failing)
        .hasMessageContaining("LocalExecutor.builder().seed(" + failing + ")");
    try (LocalExecutor again = LocalExecutor.builder().seed(failing.get()).build()) {
      again.run(racy, 1);
      assertThat(seen).containsExactly("c", "b", "a");
    }
  }

  @Test
  void interleavings_ofBranches_mixTheirTasks() {
    Set<List<String>> orders = new HashSet<>();
    Workflow<Integer, Object> workflow = Workflow.<Integer>builder("branches")
        .parallel(
            Task.<Integer, Integer>task("a1", x -> x).then(task("a2", x -> x)),
            Task.<Integer, Integer>task("b1", x -> x).then(task("b2", x -> x)))
        .sequence(Task.<Object, Object>task("end", x -> 1))
        .build();
    LocalExecutor.forEachInterleaving(
        200, one -> orders.add(order(one.run(workflow, 1)).subList(0, 4)));
    assertThat(orders).hasSize(6);
  }

  @Test
  void foreach_withAConcurrency_neverRunsMoreAtATime() {
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    Workflow<Integer, List<Integer>> workflow = Workflow.<Integer>builder("limited")
        .foreach(
            n -> IntStream.range(0, n).boxed().toList(),
            task("item", (Integer x) -> x),
            loop -> loop.concurrency(2))
        .build();
    executor.stub("item", x -> {
      most.set(Math.max(most.get(), running.incrementAndGet()));
      executor.sleep(Duration.ofMinutes(1));
      running.decrementAndGet();
      return x;
    });
    LocalRun<List<Integer>> run = executor.run(workflow, 6);
    assertThat(run.outputOrThrow()).containsExactly(0, 1, 2, 3, 4, 5);
    assertThat(most).hasValue(2);
    assertThat(run.took()).isEqualTo(Duration.ofMinutes(3));
  }

  // Stubs.

  @Test
  void stub_ofATask_replacesItsFunctionAlsoInAForeach() {
    Task<Integer, Integer> item = Task.<Integer, Integer>task("item", x -> x).function("shared");
    Task<Integer, Integer> last = Task.<Integer, Integer>task("last", x -> x).function("shared");
    Workflow<List<Integer>, Integer> workflow = Workflow.<List<Integer>>builder("stubbed")
        .foreach(all -> all, item)
        .sequence(task("sum", LocalExecutorTest::sum))
        .sequence(last)
        .build();
    executor.stub(item, x -> x * 10);
    assertThat(executor.run(workflow, List.of(1, 2)).output()).hasValue(30);
    executor.stubFunction("shared", x -> -1);
    assertThat(executor.run(workflow, List.of(1, 2)).output())
        .as("the task's counts")
        .hasValue(-1);
    executor.stubContextual("item", (x, context) -> context.instance().get(0));
    LocalRun<Integer> run = executor.run(workflow, List.of(1, 2));
    assertThat(run.invocations("sum")).singleElement().satisfies(sum -> {
      assertThat(sum.input()).isEqualTo(List.of(0, 1));
      assertThat(sum.output()).isEqualTo(1);
    });
  }

  @Test
  void stub_ofATaskThatReads_getsItsInput() {
    Task<Integer, Integer> load = task("load", x -> x + 1);
    Task<Integer, Integer> report =
        Task.reading(load).task("report", (input, read) -> input + read.get(load));
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("reading")
        .sequence(load)
        .sequence(task("double", x -> x * 2))
        .sequence(report)
        .build();
    assertThat(executor.run(workflow, 1).output()).hasValue(6);
    executor.stub(report, input -> input);
    assertThat(executor.run(workflow, 1).output()).hasValue(4);
  }

  @Test
  void stub_ofANamedFunction_needsNoRegistry() {
    Workflow<Integer, Integer> workflow =
        only(Task.<Integer, Integer>named("charge").function("payment.charge"));
    assertThatThrownBy(() -> executor.run(workflow, 1))
        .isInstanceOf(UnboundFunctionsException.class);
    executor.stubFunction("payment.charge", x -> 5);
    assertThat(executor.run(workflow, 1).output()).hasValue(5);
    try (LocalExecutor bound = LocalExecutor.builder()
        .functions(FunctionRegistry.builder()
            .<Integer, Integer>register("payment.charge", x -> x + 6)
            .build())
        .build()) {
      assertThat(bound.run(workflow, 1).output()).hasValue(7);
    }
  }

  @Test
  void names_thatTheWorkflowLacks_areErrorsThatListThose() {
    executor.stub("chrage", x -> x).stubFunction("f", x -> x);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> executor.run(only(Task.<Integer, Integer>task("charge", x -> x)), 1))
        .withMessageContaining("tasks [chrage], but there are [charge]")
        .withMessageContaining("functions [f], but there are [charge]");
  }

  // Failures.

  @Test
  void backoff_ofHours_takesVirtualTimeOnly() {
    Workflow<Integer, Integer> workflow =
        only(Task.<Integer, Integer>task("charge", x -> x).retry(HOURLY));
    executor
        .failAttempt("charge", 1, () -> new IOException("down"))
        .failAttempt("charge", 2, () -> new IOException("still down"));
    LocalRun<Integer> run = executor.run(workflow, 5);
    assertThat(run.output()).hasValue(5);
    assertThat(run.took()).isEqualTo(Duration.ofHours(2));
    assertThat(run.invocations("charge"))
        .extracting(LocalRun.Invocation::attempt)
        .containsExactly(1, 2, 3);
    assertThat(run.invocations("charge").get(1).failure()).hasMessage("still down");
    assertThat(executor.clock().instant()).isEqualTo(Instant.EPOCH.plus(Duration.ofHours(2)));
    assertThat(run.timeline().text())
        .contains("completed after 2h")
        .containsPattern("1h +0 +charge +2 +worker-1 +failed: java.io.IOException: still down")
        .containsPattern("2h +0 +charge +3 +worker-1 +completed");
  }

  @Test
  void failInstance_failsThatOneOnly() {
    Workflow<List<Integer>, List<Integer>> workflow = Workflow.<List<Integer>>builder("items")
        .foreach(all -> all, task("item", (Integer x) -> x))
        .build();
    executor.failInstance("item", 3, () -> new IllegalStateException("broken"));
    LocalRun<List<Integer>> run = executor.run(workflow, List.of(1, 2, 3, 4, 5));
    assertThat(run.status()).isEqualTo(RunStatus.FAILED);
    assertThat(run.failure().orElseThrow())
        .isInstanceOfSatisfying(TaskFailedException.class, failure -> {
          assertThat(failure.task()).isEqualTo("item");
          assertThat(failure.instance()).containsExactly(3);
        });
    assertThat(executor.run(workflow, List.of(1, 2, 3)).status()).isEqualTo(RunStatus.COMPLETED);
  }

  @Test
  void failAtRandom_ofManyAttempts_failsTheShareThatTheSeedPicks() {
    Workflow<Integer, List<Integer>> workflow = Workflow.<Integer>builder("items")
        .foreach(
            n -> IntStream.range(0, n).boxed().toList(),
            Task.<Integer, Integer>task("item", x -> x)
                .retry(
                    RetryPolicy.attempts(50).fixedDelay(Duration.ofSeconds(1)).jitter(0)))
        .build();
    Set<Set<String>> failures = new HashSet<>();
    for (long seed : new long[] {1, 1, 2}) {
      try (LocalExecutor one = LocalExecutor.builder().seed(seed).build()) {
        one.failAtRandom(0.3, () -> new IOException("flaky"));
        LocalRun<List<Integer>> run = one.run(workflow, 1_000);
        assertThat(run.output().orElseThrow()).hasSize(1_000);
        assertThat(run.invocations().size()).isBetween(1_300, 1_560);
        failures.add(run.invocations().stream()
            .filter(call -> call.failure() != null)
            .map(call -> call.instance() + "/" + call.attempt())
            .collect(java.util.stream.Collectors.toSet()));
      }
    }
    assertThat(failures).hasSize(2);
    executor.failAtRandom("item", 1, () -> new IOException("always"));
    assertThat(executor.run(workflow, 1).status()).isEqualTo(RunStatus.FAILED);
  }

  // Time.

  @Test
  void takes_inParallel_overlaps() {
    Workflow<Integer, Object> workflow = Workflow.<Integer>builder("slow")
        .parallel(task("a", (Integer x) -> 1), task("b", (Integer x) -> 2))
        .sequence(Task.<Object, Object>task("c", x -> 3))
        .build();
    executor.takes("a", Duration.ofMinutes(5)).takes("b", Duration.ofMinutes(3));
    for (int i = 0; i < 3; i++) {
      LocalRun<Object> run = executor.run(workflow, 1);
      assertThat(run.took()).isEqualTo(Duration.ofMinutes(5));
      assertThat(run.timeline().entries("b")).singleElement().satisfies(b -> {
        assertThat(b.start()).isZero();
        assertThat(b.end()).isEqualTo(Duration.ofMinutes(3));
      });
    }
  }

  @Test
  void timeout_ofATaskThatTakesLonger_interruptsItAndTriesAgain() {
    Workflow<Integer, Integer> workflow = only(Task.<Integer, Integer>task("slow", x -> x)
        .timeout(Duration.ofMinutes(1))
        .retry(HOURLY));
    executor.takes("slow", Duration.ofMinutes(5));
    LocalRun<Integer> run = executor.run(workflow, 1);
    assertThat(run.failure().orElseThrow()).hasCauseInstanceOf(TaskTimeoutException.class);
    assertThat(run.took()).isEqualTo(Duration.ofMinutes(123));
    assertThat(run.timeline().entries("slow"))
        .extracting(RunTimeline.Entry::state)
        .containsExactly(
            RunTimeline.State.TIMED_OUT, RunTimeline.State.TIMED_OUT, RunTimeline.State.TIMED_OUT);
    assertThat(run.invocations())
        .extracting(LocalRun.Invocation::failure)
        .allSatisfy(e -> assertThat(e).isInstanceOf(InterruptedException.class));
  }

  @Test
  void timeout_thatTheFunctionIgnores_makesItsLateOutputUseless() {
    Workflow<Integer, Integer> workflow = only(Task.<Integer, Integer>task("stubborn", x -> x)
        .timeout(Duration.ofMinutes(1))
        .retry(HOURLY));
    executor.stubContextual("stubborn", (x, context) -> {
      if (context.attempt() == 1) {
        try {
          executor.sleep(Duration.ofMinutes(2));
        } catch (InterruptedException e) {
          executor.sleep(Duration.ofHours(3));
        }
      }
      return context.attempt();
    });
    LocalRun<Integer> run = executor.run(workflow, 1);
    assertThat(run.output()).hasValue(2);
    assertThat(run.took()).isEqualTo(Duration.ofMinutes(61));
    assertThat(run.invocations().get(0).output()).as("came too late").isEqualTo(1);
  }

  @Test
  void deadline_passed_endsTheRunAndItsSleepers() {
    Workflow<Integer, Object> workflow = Workflow.<Integer>builder("slow")
        .parallel(task("a", (Integer x) -> 1), task("b", (Integer x) -> 2))
        .sequence(Task.<Object, Object>task("c", x -> 3))
        .build();
    executor.takes("a", Duration.ofMinutes(5)).takes("b", Duration.ofMinutes(3));
    LocalRun<Object> run = executor.run(workflow, 1, RunOptions.deadline(Duration.ofMinutes(4)));
    assertThat(run.status()).isEqualTo(RunStatus.TIMED_OUT);
    assertThat(run.took()).isEqualTo(Duration.ofMinutes(4));
    assertThat(run.invocations("a").get(0).failure()).isInstanceOf(InterruptedException.class);
    assertThat(run.invocations("c")).isEmpty();
  }

  @Test
  void cancelRun_inAStub_cancels() {
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("two")
        .sequence(task("a", (Integer x) -> x))
        .sequence(task("b", (Integer x) -> x))
        .build();
    executor.stub("a", x -> {
      executor.cancelRun();
      return x;
    });
    LocalRun<Integer> run = executor.run(workflow, 1);
    assertThat(run.status()).isEqualTo(RunStatus.CANCELLED);
    assertThat(run.invocations("b")).isEmpty();
  }

  // Threads and misuse.

  @Test
  void compensation_ofWhatWasDoneAtOneMoment_isTheLastFirstInEveryInterleaving() {
    List<String> undone = new ArrayList<>();
    var builder = Workflow.<Integer>builder("saga");
    for (int i = 0; i < 6; i++) {
      builder = builder.sequence(Task.<Integer, Integer>task("t" + i, x -> x)
          .compensate((input, output, context) -> undone.add(context.task())));
    }
    Workflow<Integer, Integer> workflow = builder
        .sequence(Task.<Integer, Integer>task("fails", x -> {
          throw new IOException("boom");
        }))
        .build();
    for (int workers : new int[] {1, 3}) {
      LocalExecutor.builder()
          .workers(workers)
          .partitioner(new HashSpread())
          .forEachInterleaving(20, executor -> {
            undone.clear();
            assertThat(executor.run(workflow, 1).status()).isEqualTo(RunStatus.FAILED);
            assertThat(undone).containsExactly("t5", "t4", "t3", "t2", "t1", "t0");
          });
    }
  }

  private static Workflow<Integer, Integer> saga(List<String> undone) {
    return Workflow.<Integer>builder("saga")
        .sequence(Task.<Integer, Integer>task("code", x -> x + 1)
            .compensate((input, output, context) -> undone.add("code")))
        .sequence(Task.<Integer, Integer>task("named", x -> x + 10).compensateBy("undo"))
        .sequence(Task.<Integer, Integer>task("fails", x -> {
              throw new IOException("boom");
            })
            .compensate((input, output, context) -> undone.add("fails")))
        .build();
  }

  @Test
  void stubCompensation_isCalledInPlaceOfWhatUndoesTheTask() {
    List<String> undone = new ArrayList<>();
    List<String> stubbed = new ArrayList<>();
    executor
        .stub("undo", both -> undone.add("undo"))
        .stubCompensation("code", (input, output, context) -> stubbed.add("code"))
        .stubCompensation("named", (input, output, context) -> stubbed.add("named"));
    LocalRun<Integer> run = executor.run(saga(undone), 1);
    assertThat(run.status()).isEqualTo(RunStatus.FAILED);
    assertThat(undone).isEmpty();
    assertThat(stubbed).containsExactly("named", "code");
    assertThat(run.invocations("undo")).isEmpty();
    assertThat(run.compensations())
        .containsExactly(
            new LocalRun.Compensated("named", List.of(), 1, "worker-1", 2, 12, null),
            new LocalRun.Compensated("code", List.of(), 1, "worker-1", 1, 2, null));
    assertThat(run.compensations("fails")).isEmpty();
  }

  @Test
  void stubCompensation_thatThrows_isTriedAgainAndRecorded() {
    IOException failure = new IOException("not now");
    Task<Integer, Integer> task = Task.<Integer, Integer>task("code", x -> x + 1)
        .retry(RetryPolicy.attempts(3).fixedDelay(Duration.ofHours(1)).jitter(0))
        .compensate((input, output, context) -> {});
    executor.stubCompensation(task, (input, output, context) -> {
      executor.sleep(Duration.ofMinutes(1));
      if (context.attempt() < 3) {
        throw failure;
      }
    });
    executor.stub("fails", x -> {
      throw new IOException("boom");
    });
    LocalRun<Integer> run = executor.run(
        Workflow.<Integer>builder("undone")
            .sequence(task)
            .sequence(task("fails", (Integer x) -> x))
            .build(),
        1);
    assertThat(run.compensations("code"))
        .extracting(LocalRun.Compensated::attempt, LocalRun.Compensated::failure)
        .containsExactly(tuple(1, failure), tuple(2, failure), tuple(3, null));
    assertThat(run.took()).isEqualTo(Duration.ofHours(2).plusMinutes(3));
  }

  @Test
  void compensation_ofATaskThatHasNone_isRefused() {
    Workflow<Integer, Integer> saga = saga(new ArrayList<>());
    executor.stubCompensation("undo", (input, output, context) -> {});
    assertThatIllegalArgumentException()
        .isThrownBy(() -> executor.run(saga, 1))
        .withMessageContaining("compensations of [undo], but there are those of")
        .withMessageContaining("[code, fails, named]");
    try (LocalExecutor other = LocalExecutor.create().stub("undo", both -> null)) {
      LocalRun<Integer> run = other.run(saga, 1);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> run.compensations("undo"))
          .withMessageContaining("[code, fails, named]");
    }
  }

  @Test
  void functions_thatDoNotSleep_runOnTheCallingThread() {
    Set<Thread> threads = new HashSet<>();
    executor.stub("cell", x -> {
      threads.add(Thread.currentThread());
      return x;
    });
    executor.run(everything(), 1);
    assertThat(threads).containsExactly(Thread.currentThread());
  }

  @Test
  void close_afterManySleepers_leavesNoThread() {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    Workflow<Integer, List<Integer>> workflow = Workflow.<Integer>builder("sleepers")
        .foreach(n -> IntStream.range(0, n).boxed().toList(), task("item", (Integer x) -> x))
        .build();
    executor.takes("item", Duration.ofHours(1));
    for (int i = 0; i < 3; i++) {
      LocalRun<List<Integer>> run = executor.run(workflow, 50);
      assertThat(run.took()).isEqualTo(Duration.ofHours(1));
    }
    List<Thread> threads = Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("faasflow-"))
        .filter(thread -> !before.contains(thread))
        .toList();
    assertThat(threads).hasSizeBetween(1, 60);
    executor.close();
    assertThat(threads).noneMatch(Thread::isAlive);
  }

  @Test
  void sleepers_inEveryOrder_giveTheSameOnSeveralWorkers() {
    Workflow<Integer, Integer> workflow = everything();
    LocalExecutor.builder()
        .workers(3)
        .partitioner(new HashSpread())
        .forEachInterleaving(100, one -> {
          one.takes("left", Duration.ofSeconds(2))
              .takes("right", Duration.ofSeconds(3))
              .takes("cell", Duration.ofSeconds(5));
          LocalRun<Integer> run = one.run(workflow, 1);
          assertThat(run.output()).hasValue(39);
          assertThat(run.took()).isEqualTo(Duration.ofSeconds(8));
        });
  }

  @Test
  void sleepers_withTheSameSeed_haveTheSameOrderAndTimeline() {
    Workflow<Integer, Integer> workflow = everything();
    Set<List<String>> orders = new HashSet<>();
    Set<RunTimeline> timelines = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      try (LocalExecutor one = LocalExecutor.builder()
          .seed(3)
          .workers(3)
          .partitioner(new HashSpread())
          .build()) {
        one.takes("left", Duration.ofSeconds(1))
            .takes("right", Duration.ofSeconds(1))
            .takes("cell", Duration.ofSeconds(1));
        LocalRun<Integer> run = one.run(workflow, 1);
        orders.add(order(run));
        timelines.add(run.timeline());
      }
    }
    assertThat(orders).hasSize(1);
    assertThat(timelines).hasSize(1);
  }

  @Test
  void interrupt_ofTheCaller_isStillThereAfterwards() {
    Thread.currentThread().interrupt();
    LocalRun<Integer> run = executor.run(everything(), 1);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(run.output()).hasValue(39);
  }

  @Test
  void run_inAFunctionOfTheSameExecutor_saysSo() {
    Workflow<Integer, Integer> workflow = only(Task.<Integer, Integer>task("inner", x -> x));
    executor.stub("inner", x -> executor.run(workflow, 1));
    assertThat(executor.run(workflow, 1).failure().orElseThrow())
        .hasRootCauseInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is running something already");
    executor.stub("inner", x -> {
      executor.close();
      return x;
    });
    assertThat(executor.run(workflow, 1).failure().orElseThrow())
        .hasMessageContaining("A function cannot close the executor");
  }

  @Test
  void misuse_ofEachKind_isAnErrorWithACure() {
    Workflow<Integer, Integer> workflow = only(Task.<Integer, Integer>task("a", x -> x));
    assertThatIllegalStateException()
        .isThrownBy(() -> executor.sleep(Duration.ofSeconds(1)))
        .withMessageContaining("Only a function that is running");
    assertThatIllegalStateException()
        .isThrownBy(executor::cancelRun)
        .withMessageContaining("from a stub");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> executor.takes("a", Duration.ofSeconds(-1)))
        .withMessageContaining("'a' was to take PT-1S");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> executor.failAttempt("a", 0, IOException::new))
        .withMessageContaining("counted from 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> executor.failInstance("a", -1, IOException::new))
        .withMessageContaining("counted from 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> executor.failAtRandom(1.1, IOException::new))
        .withMessageContaining("1.1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LocalExecutor.forEachInterleaving(0, one -> {}))
        .withMessageContaining("not 0");
    LocalRun<Integer> run = executor.run(workflow, 1);
    assertThat(executor.lastRun()).hasValueSatisfying(last -> assertThat(last).isSameAs(run));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> run.invocations("b"))
        .withMessageContaining("has no task 'b'; it has [a]");
    executor.close();
    assertThatIllegalStateException()
        .isThrownBy(() -> executor.run(workflow, 1))
        .withMessageContaining("is closed");
  }
}
