package io.faasflow;

import static io.faasflow.workflow.Condition.condition;
import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.engine.SchedulePattern;
import io.faasflow.function.FunctionContext;
import io.faasflow.function.RetryPolicy;
import io.faasflow.observe.RunEvent;
import io.faasflow.partition.HashSpread;
import io.faasflow.run.DataException;
import io.faasflow.run.InstanceResult;
import io.faasflow.run.RunCancelledException;
import io.faasflow.run.RunDeadlineException;
import io.faasflow.run.RunException;
import io.faasflow.run.RunRefusedException;
import io.faasflow.run.RunStatus;
import io.faasflow.run.TaskFailedException;
import io.faasflow.run.TaskTimeoutException;
import io.faasflow.store.InHeapStore;
import io.faasflow.workflow.Binding;
import io.faasflow.workflow.Dag;
import io.faasflow.workflow.Foreach;
import io.faasflow.workflow.Outputs;
import io.faasflow.workflow.Parallel;
import io.faasflow.workflow.Step;
import io.faasflow.workflow.Switch;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Tolerance;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The table of failures: each {@link Kind} in each {@link Place}, and each {@link Data}. With one worker
 * here; with several, and with a master, in the subclasses. After each, nothing is left behind: no
 * thread, no state, no alarm, no output in the store.
 *
 * <p>In every place there is a task {@code victim}, to which it happens when its input is 1, and which
 * gives ten times its input otherwise; {@code before} runs before it, {@code after} behind it.
 */
@Timeout(60)
class FailureScenariosTest {
  private static final RetryPolicy AT_ONCE =
      RetryPolicy.attempts(3).fixedDelay(Duration.ZERO).jitter(0);
  private static final Duration DEADLINE = Duration.ofHours(7);

  /**
   * What happens to the victim, and what comes of it.
   *
   * <p>What the caller is told is {@code #}, for the place's output with the victim's in it, or the
   * exception: of a task, with its attempt and cause; {@code @} stands for the task and its instance.
   */
  private enum Kind {
    EXCEPTION("FAILED", "@ attempt 1: IllegalStateException: boom", "FAILED"),
    ERROR("FAILED", "@ attempt 1: LinkageError: boom", "FAILED"),
    RETRIES_EXHAUSTED("FAILED", "@ attempt 3: IllegalStateException: boom", "FAILED FAILED FAILED"),
    ERROR_WITH_RETRIES("FAILED", "@ attempt 1: LinkageError: boom", "FAILED"),
    CURED_BY_RETRY("COMPLETED", "# 10", "FAILED COMPLETED"),
    TIMEOUT("FAILED", "@ attempt 1: TaskTimeoutException: timeout", "TIMED_OUT"),
    TIMEOUT_CURED_BY_RETRY("COMPLETED", "# 10", "TIMED_OUT COMPLETED"),
    LATE_RESULT_OF_A_TIMED_OUT_ATTEMPT("COMPLETED", "# 10", "TIMED_OUT COMPLETED"),
    TOTAL_TIMEOUT("FAILED", "@ attempt 1: TaskTimeoutException: total timeout", "TIMED_OUT"),
    DEADLINE_OF_THE_RUN("TIMED_OUT", "RunDeadlineException", ""),
    CANCEL("CANCELLED", "RunCancelledException: its handle was asked to", ""),
    CANCEL_THAT_IS_IGNORED("CANCELLED", "RunCancelledException: its handle was asked to", ""),
    CLOSE("CANCELLED", "RunCancelledException: the runtime was closed", ""),
    FALLBACK("COMPLETED", "# 77", "FAILED"),
    FALLBACK_AFTER_TIMEOUT("COMPLETED", "# 77", "TIMED_OUT"),
    FALLBACK_THAT_FAILS("FAILED", "fallback@ attempt 1: IllegalStateException: also", "FAILED"),
    COMPENSATION("FAILED", "@ attempt 1: IllegalStateException: boom", "FAILED"),
    COMPENSATION_THAT_FAILS("FAILED", "@ attempt 1: IllegalStateException: boom", "FAILED"),
    COMPENSATION_AFTER_CANCEL("CANCELLED", "RunCancelledException: its handle was asked to", ""),
    TOLERATED("COMPLETED", "# failed", "FAILED"),
    TIMEOUT_TOLERATED("COMPLETED", "# failed", "TIMED_OUT"),
    ONE_TOO_MANY_TO_BE_TOLERATED("FAILED", "@ attempt 1: IllegalStateException: boom", "FAILED");

    final RunStatus status;
    final String told;
    final String attempts; // how each of the victim's ended

    Kind(String status, String told, String attempts) {
      this.status = RunStatus.valueOf(status);
      this.told = told;
      this.attempts = attempts;
    }

    boolean isOneOf(Kind... kinds) {
      return Arrays.asList(kinds).contains(this);
    }

    /** Whether the victim runs until somebody ends the run. */
    boolean isEndedFromOutside() {
      return isOneOf(
          DEADLINE_OF_THE_RUN, CANCEL, CANCEL_THAT_IS_IGNORED, CLOSE, COMPENSATION_AFTER_CANCEL);
    }

    boolean isIn(Place place) {
      boolean isOfForeach = isOneOf(TOLERATED, TIMEOUT_TOLERATED, ONE_TOO_MANY_TO_BE_TOLERATED);
      return !isOfForeach || place.isForeach();
    }

    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
    }
  }

  /**
   * Where the victim is.
   *
   * <p>In the output, {@code *} stands for what the victim gives, and what its instance of a foreach
   * gives is in angle brackets.
   */
  private enum Place {
    A_TASK_ALONE("victim", "", "*"),
    A_SEQUENCE("victim", "", "*"),
    A_PARALLEL_BRANCH("victim", "", "{0=*, beside=1}"),
    A_BRANCH_OF_A_SWITCH("victim", "", "*"),
    A_FOREACH("victim[1]", "[1]", "[0, <*>, 20]"),
    A_NESTED_FOREACH("victim[1, 1]", "[1, 1]", "[[0, 0], [0, <*>]]"),
    A_PARALLEL_IN_A_FOREACH("victim[1]", "[1]", "[{0=0, beside=0}, <{0=*, beside=1}>]"),
    A_NODE_OF_A_DAG("victim", "", "{last=*}"),
    A_RUN_IN_A_RUN("outer", "", "*");

    final String site;
    final String instance;
    final String output;

    Place(String site, String instance, String output) {
      this.site = site;
      this.instance = instance;
      this.output = output;
    }

    boolean isForeach() {
      return name().contains("FOREACH");
    }

    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
    }
  }

  private final EagerClock clock = new EagerClock();
  private final InHeapStore store = new InHeapStore();
  private final List<String> called = Collections.synchronizedList(new ArrayList<>());
  private final List<RunEvent.Attempted> attempts = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch hangs = new CountDownLatch(1);
  private final CountDownLatch letGo = new CountDownLatch(1);
  private Set<Thread> threadsBefore;
  private FaasFlow flow;

  FaasFlow.Builder builder() {
    return FaasFlow.builder();
  }

  @BeforeEach
  void open() {
    threadsBefore = threads();
    flow = made(builder());
  }

  private FaasFlow made(FaasFlow.Builder builder) {
    return builder
        .store(store)
        .clock(clock)
        .closeTimeout(Duration.ZERO)
        .listener(event -> {
          if (event instanceof RunEvent.Attempted attempted) {
            attempts.add(attempted);
          }
        })
        .interceptor((task, function, original) -> (input, context) -> {
          called.add(task);
          try {
            return original.apply(input, context);
          } finally {
            clock.leave();
          }
        })
        .build();
  }

  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().matches("(faasflow|eager).*"))
        .collect(Collectors.toCollection(HashSet::new));
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    letGo.countDown();
    awaitQuiet();
    assertThat(flow.leftovers()).isEmpty();
    assertThat(flow.activeRuns()).isEmpty();
    assertThat(store.size()).as("outputs in the store").isZero();
    assertThat(clock.scheduled()).as("what is scheduled").isZero();
    flow.close();
    clock.close();
    Set<Thread> left = threads();
    left.removeAll(threadsBefore);
    for (Thread thread : left) {
      thread.join(10_000);
      assertThat(thread.isAlive()).as("%s goes on", thread).isFalse();
    }
  }

  private void awaitQuiet() {
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!flow.isIdle() || !clock.isIdle()) {
      assertThat(System.nanoTime()).as("still not quiet").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  static Stream<Arguments> scenarios() {
    return Arrays.stream(Kind.values())
        .flatMap(kind -> Arrays.stream(Place.values())
            .filter(kind::isIn)
            .map(place -> Arguments.of(kind, place)));
  }

  @ParameterizedTest(name = "{0} in {1}")
  @MethodSource("scenarios")
  void failure_ofEachKindInEachPlace_isAsTheTableSays(Object kindOf, Object placeOf)
      throws Exception {
    Kind kind = (Kind) kindOf;
    Place place = (Place) placeOf;
    RunOptions options =
        kind == Kind.DEADLINE_OF_THE_RUN ? RunOptions.deadline(DEADLINE) : RunOptions.none();
    WorkflowRun<Object> run = flow.start(workflow(kind, place), 1, options);
    if (kind.isEndedFromOutside()) {
      assertThat(hangs.await(30, TimeUnit.SECONDS)).isTrue();
      endFromOutside(kind, run);
    }
    WorkflowResult<Object> result =
        run.await(Duration.ofSeconds(30)).orElseThrow(() -> new AssertionError("It hangs"));

    assertThat(result.status()).isEqualTo(kind.status);
    assertThat(told(result)).isEqualTo(expected(kind, place));
    assertThat(called.contains("after")).isEqualTo(kind.status == RunStatus.COMPLETED);
    if (kind.isOneOf(Kind.COMPENSATION, Kind.COMPENSATION_AFTER_CANCEL)) {
      assertThat(called).contains("undo of before");
    }
    if (kind == Kind.COMPENSATION_THAT_FAILS) {
      assertThat(result.failure().orElseThrow().getSuppressed())
          .singleElement()
          .satisfies(thrown -> assertThat(thrown).hasMessage("not undone"));
    }
    letGo.countDown();
    awaitQuiet();
    if (!kind.isEndedFromOutside()) {
      assertThat(attemptsOfVictim(place)).isEqualTo(kind.attempts);
    }
  }

  private void endFromOutside(Kind kind, WorkflowRun<?> run) {
    switch (kind) {
      case DEADLINE_OF_THE_RUN -> clock.end(DEADLINE);
      case CLOSE -> flow.close();
      default -> assertThat(run.cancel()).isTrue();
    }
  }

  private static String expected(Kind kind, Place place) {
    if (kind.told.startsWith("# ")) {
      String output = kind.told.endsWith("failed")
          ? place.output.replaceAll("<.*>", "failed")
          : place.output.replaceAll("[<>]", "");
      return output.replace("*", kind.told.substring(2));
    }
    if (place == Place.A_RUN_IN_A_RUN && kind.status == RunStatus.FAILED) {
      return "outer attempt 1: TaskFailedException";
    }
    return kind.told.replace("fallback@", "fallback" + place.instance).replace("@", place.site);
  }

  /** What a caller is told, as the tables have it. */
  private static String told(WorkflowResult<?> result) {
    if (result.failure().isEmpty()) {
      return text(result.output().orElse(null));
    }
    RunException failure = result.failure().get();
    if (failure instanceof TaskFailedException task) {
      String instance = task.instance().isEmpty() ? "" : task.instance().toString();
      return task.task() + instance + " attempt " + task.attempt() + ": " + cause(task.getCause());
    }
    if (failure instanceof RunDeadlineException) {
      assertThat(failure).hasMessageContaining(DEADLINE.toString());
      return "RunDeadlineException";
    }
    assertThat(failure).isInstanceOf(RunCancelledException.class);
    return "RunCancelledException: "
        + (failure.getMessage().contains("closed")
            ? "the runtime was closed"
            : "its handle was asked to");
  }

  private static String cause(Throwable cause) {
    String type = cause.getClass().getSimpleName();
    if (cause instanceof TaskTimeoutException) {
      return type + ": " + (cause.getMessage().contains("total") ? "total timeout" : "timeout");
    }
    return cause instanceof RunException || cause instanceof DataException
        ? type
        : type + ": " + cause.getMessage();
  }

  private static String text(Object value) {
    if (value instanceof List<?> list) {
      return list.stream().map(FailureScenariosTest::text).toList().toString();
    }
    if (value instanceof InstanceResult<?> instance) {
      return instance.isFailed() ? "failed" : text(instance.toOptional().orElse(null));
    }
    return value instanceof Outputs outputs
        ? outputs.asMap().entrySet().stream()
            .map(entry -> entry.getKey() + "=" + text(entry.getValue()))
            .collect(Collectors.joining(", ", "{", "}"))
        : String.valueOf(value);
  }

  private String attemptsOfVictim(Place place) {
    return attempts.stream()
        .filter(one -> one.site().task().equals("victim"))
        .filter(one ->
            place.instance.isEmpty() || one.site().instance().toString().equals(place.instance))
        .sorted(Comparator.comparingInt(RunEvent.Attempted::attempt))
        .map(one -> one.outcome().name())
        .collect(Collectors.joining(" "));
  }

  // The workflows.

  @SuppressWarnings("unchecked") // for a host, the types of a step would say what it gives
  private Workflow<Integer, Object> workflow(Kind kind, Place place) {
    Task<Integer, Integer> before = task("before", (Integer x) -> x);
    if (kind.isOneOf(Kind.COMPENSATION, Kind.COMPENSATION_AFTER_CANCEL)) {
      before = before.compensate((input, output, context) -> called.add("undo of before"));
    }
    if (kind == Kind.COMPENSATION_THAT_FAILS) {
      before = before.compensate((input, output, context) -> {
        throw new IllegalStateException("not undone");
      });
    }
    if (place == Place.A_TASK_ALONE) {
      before = before.as("victim's before");
    }
    Step<Integer, ?> step = (Step<Integer, ?>) inPlace(kind, place);
    return Workflow.<Integer>builder("scenario")
        .sequence(before)
        .sequence((Step<Integer, Object>) step)
        .sequence(task("after", (Object x) -> x))
        .build();
  }

  private Step<?, ?> inPlace(Kind kind, Place place) {
    Step<Integer, Integer> victim = victim(kind);
    Task<Integer, Integer> beside = task("beside", (Integer x) -> x);
    return switch (place) {
      case A_TASK_ALONE -> victim;
      case A_SEQUENCE ->
        task("first", (Integer x) -> x).then(victim).then(task("last", (Integer x) -> x));
      case A_PARALLEL_BRANCH -> Parallel.of(Task.<Integer>pass("pass").then(victim), beside);
      case A_BRANCH_OF_A_SWITCH ->
        Switch.on((Integer x) -> x > 0).when(true, victim).otherwise(beside);
      case A_FOREACH -> tolerant(kind, Foreach.of((Integer x) -> List.of(0, 1, 2), victim));
      case A_NESTED_FOREACH ->
        Foreach.of(
            (Integer x) -> List.of(0, 1),
            tolerant(kind, Foreach.of((Integer x) -> List.of(0, x), victim)));
      case A_PARALLEL_IN_A_FOREACH ->
        tolerantOfBranches(
            kind,
            Foreach.of(
                (Integer x) -> List.of(0, 1),
                Parallel.of(Task.<Integer>pass("pass").then(victim), beside)));
      case A_NODE_OF_A_DAG ->
        Dag.of(List.of(
            new Dag.Node("first", task("first", (Integer x) -> x), new Dag.All(List.of("middle"))),
            new Dag.Node("middle", victim, new Dag.All(List.of("last"))),
            new Dag.Node("last", task("last", (Integer x) -> x), new Dag.All(List.of()))));
      case A_RUN_IN_A_RUN -> {
        Workflow<Integer, Integer> inner =
            Workflow.<Integer>builder("inner").sequence(victim).build();
        yield task("outer", (Integer x) -> flow.run(inner, x));
      }
    };
  }

  private static <R> Step<Integer, ?> tolerant(Kind kind, Foreach<Integer, R> foreach) {
    return switch (kind) {
      case TOLERATED, TIMEOUT_TOLERATED -> foreach.tolerate(Tolerance.failures(1));
      case ONE_TOO_MANY_TO_BE_TOLERATED -> foreach.tolerate(Tolerance.failures(0));
      default -> foreach;
    };
  }

  private static Step<Integer, ?> tolerantOfBranches(Kind kind, Foreach<Integer, Outputs> foreach) {
    return tolerant(kind, foreach);
  }

  private Step<Integer, Integer> victim(Kind kind) {
    Task<Integer, Integer> victim = Task.contextTask(
        "victim",
        (Integer x, FunctionContext context) ->
            x != 1 ? (Integer) (x * 10) : happens(kind, context));
    return switch (kind) {
      case RETRIES_EXHAUSTED, ERROR_WITH_RETRIES, CURED_BY_RETRY -> victim.retry(AT_ONCE);
      case TIMEOUT, TIMEOUT_TOLERATED -> victim.timeout(Duration.ofHours(1));
      case TIMEOUT_CURED_BY_RETRY, LATE_RESULT_OF_A_TIMED_OUT_ATTEMPT ->
        victim.timeout(Duration.ofHours(1)).retry(AT_ONCE);
      case TOTAL_TIMEOUT -> victim.totalTimeout(Duration.ofHours(2)).retry(AT_ONCE);
      case FALLBACK -> victim.onFailure(task("fallback", failure -> 77));
      case FALLBACK_AFTER_TIMEOUT ->
        victim.timeout(Duration.ofHours(1)).onFailure(task("fallback", failure -> 77));
      case FALLBACK_THAT_FAILS ->
        victim.onFailure(task("fallback", failure -> {
          throw new IllegalStateException("also");
        }));
      default -> victim;
    };
  }

  private Integer happens(Kind kind, FunctionContext context) throws Exception {
    switch (kind) {
      case ERROR, ERROR_WITH_RETRIES -> throw new LinkageError("boom");
      case CURED_BY_RETRY, TIMEOUT_CURED_BY_RETRY, LATE_RESULT_OF_A_TIMED_OUT_ATTEMPT -> {
        if (context.attempt() == 2) {
          return 10;
        }
      }
      default -> {
        // fails, or hangs, each time
      }
    }
    switch (kind) {
      case TIMEOUT,
          TIMEOUT_TOLERATED,
          TIMEOUT_CURED_BY_RETRY,
          TOTAL_TIMEOUT,
          FALLBACK_AFTER_TIMEOUT -> clock.passForever();
      case LATE_RESULT_OF_A_TIMED_OUT_ATTEMPT -> {
        try {
          clock.passForever();
        } catch (InterruptedException e) {
          return -1;
        }
      }
      case DEADLINE_OF_THE_RUN, CANCEL, CLOSE, COMPENSATION_AFTER_CANCEL -> {
        hangs.countDown();
        clock.awaitInterrupt();
      }
      case CANCEL_THAT_IS_IGNORED -> {
        hangs.countDown();
        while (letGo.getCount() > 0) {
          Thread.onSpinWait(); // deaf to interrupts
        }
        return -1;
      }
      default -> throw new IllegalStateException("boom");
    }
    throw new AssertionError("not reached");
  }

  /** Data that do not fit, in steps that are no tasks, and what the caller is told. */
  private enum Data {
    SELECTOR_THROWS("switch after before attempt 1: IllegalStateException: boom"),
    CONDITION_DOES_NOT_FIT("switch after before attempt 1: DataException"),
    CONDITION_OF_A_DAG_DOES_NOT_FIT("switch after node attempt 1: DataException"),
    FOREACH_OVER_NULL("body attempt 1: DataException"),
    FOREACH_OVER_NO_LIST("body attempt 1: DataException"),
    FOREACH_OVER_WHAT_CANNOT_BE_READ("body attempt 1: IllegalStateException: boom"),
    FOREACH_SELECTOR_THROWS("body attempt 1: IllegalStateException: boom"),
    LISTS_OF_DIFFERENT_LENGTHS("body attempt 1: DataException"),
    INPUT_WITHOUT_A_VALUE("needs attempt 1: DataException"),
    INPUT_WITHOUT_A_VALUE_IN_ALL_ATTEMPTS("needs attempt 3: DataException");

    final String told;

    Data(String told) {
      this.told = told;
    }

    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
    }
  }

  @ParameterizedTest
  @EnumSource
  void data_thatDoNotFit_failTheRunAndNothingBehindRuns(Data data) throws Exception {
    Workflow<Object, Object> workflow = Workflow.<Object>builder("data")
        .sequence(task("before", x -> x))
        .sequence(misfit(data))
        .sequence(task("after", x -> x))
        .build();
    WorkflowResult<Object> result = flow.start(workflow, "text").result();
    assertThat(result.status()).isEqualTo(RunStatus.FAILED);
    assertThat(told(result)).isEqualTo(data.told);
    assertThat(called)
        .containsExactlyElementsOf(
            data == Data.CONDITION_OF_A_DAG_DOES_NOT_FIT
                ? List.of("before", "node")
                : List.of("before"));
  }

  @SuppressWarnings("unchecked") // as above
  private static Step<Object, Object> misfit(Data data) {
    Task<Object, Object> body = task("body", x -> x);
    Task<Object, Object> other = task("other", x -> x);
    Task<Object, Object> needs = Task.untyped(Task.<Object, Object>task("needs", x -> x)
        .inputs(Map.of("x", Binding.from("before"), "y", Binding.from("before[0]"))));
    Step<?, ?> step = switch (data) {
      case SELECTOR_THROWS -> Switch.on(x -> boom()).when(1, body).otherwise(other);
      case CONDITION_DOES_NOT_FIT ->
        Switch.choose().when(condition("before * 2 > 1"), body).otherwise(other);
      case CONDITION_OF_A_DAG_DOES_NOT_FIT ->
        Dag.of(List.of(
            new Dag.Node(
                "node",
                task("node", x -> x),
                new Dag.FirstMatch(
                    List.of(new Dag.Choice(Optional.of(condition("before * 2 > 1")), "body")))),
            new Dag.Node("body", body, new Dag.All(List.of()))));
      case FOREACH_OVER_NULL -> Foreach.of(x -> null, body);
      case FOREACH_OVER_NO_LIST -> Foreach.each(body);
      case FOREACH_OVER_WHAT_CANNOT_BE_READ ->
        Foreach.<Object, Object, Object>of(x -> () -> (java.util.Iterator<Object>) boom(), body);
      case FOREACH_SELECTOR_THROWS ->
        Foreach.<Object, Object, Object>of(x -> (List<Object>) boom(), body);
      case LISTS_OF_DIFFERENT_LENGTHS ->
        Foreach.untyped(
            new Foreach.Zipped(
                Map.of("a", Binding.constant(List.of(1, 2)), "b", Binding.constant(List.of(1)))),
            body);
      case INPUT_WITHOUT_A_VALUE -> needs;
      case INPUT_WITHOUT_A_VALUE_IN_ALL_ATTEMPTS -> needs.retry(AT_ONCE);
    };
    return (Step<Object, Object>) step;
  }

  private static Object boom() {
    throw new IllegalStateException("boom");
  }

  @Test
  void runs_aboveTheLimits_areRefusedAndHarmNoOther() throws Exception {
    flow.close();
    flow = made(builder().maxActiveRuns(1).maxQueuedRuns(1));
    WorkflowRun<Object> hanging = flow.start(workflow(Kind.CANCEL, Place.A_FOREACH), 1);
    assertThat(hangs.await(30, TimeUnit.SECONDS)).isTrue();
    Workflow<Integer, Integer> small = Workflow.<Integer>builder("small")
        .sequence(task("small", (Integer x) -> x))
        .build();
    WorkflowRun<Integer> waits = flow.start(small, 5);
    assertThat(waits.status()).isEqualTo(RunStatus.QUEUED);
    assertThatThrownBy(() -> flow.start(small, 6))
        .isInstanceOf(RunRefusedException.class)
        .hasMessageContaining("small");
    assertThat(hanging.cancel()).isTrue();
    assertThat(waits.await()).isEqualTo(5);
    assertThat(called.stream().filter("small"::equals)).hasSize(1);
  }

  /** The same on several workers. */
  static FaasFlow.Builder several() {
    return FaasFlow.builder().workers(3).partitioner(new HashSpread());
  }

  /** The same with a master. */
  static FaasFlow.Builder withMaster(FaasFlow.Builder builder) {
    return builder.pattern(SchedulePattern.MASTER_SIDE);
  }
}
