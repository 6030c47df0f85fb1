package io.faasflow;

import io.faasflow.engine.Steps;
import io.faasflow.engine.WorkerTransport;
import io.faasflow.function.CompensationFunction;
import io.faasflow.function.ContextFunction;
import io.faasflow.function.FunctionContext;
import io.faasflow.function.FunctionRegistry;
import io.faasflow.function.TaskFunction;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import io.faasflow.graph.Operation;
import io.faasflow.observe.TimelineRecorder;
import io.faasflow.partition.Partitioner;
import io.faasflow.time.VirtualClock;
import io.faasflow.workflow.Compensation;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.TaskCode;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs workflows for unit tests: with the engine of {@link FaasFlow}, but one step at a time, in an
 * order that a seed decides, and in virtual time, so that an hour of backoff takes none.
 *
 * <p>Functions can be replaced, failed and made to take (virtual) time; this holds for the runs that
 * begin afterwards. Names that no workflow has are errors of the next {@link #run}. What is set for a
 * task counts more than what is set for its function.
 *
 * <p>Functions run to their end, on the calling thread; only when one {@linkplain #sleep sleeps} do
 * others run on a thread of this executor meanwhile, and never two at a time. A function that blocks
 * in another way, on a latch or in {@code Thread.sleep}, blocks the run.
 *
 * <p>For one thread at a time. Close it after use.
 */
public final class LocalExecutor implements AutoCloseable {
  /** More than a test that anyone reads has. */
  private static final int MAX_ENTRIES = 100_000;

  private final long seed;
  private final VirtualClock clock = new VirtualClock();
  private final Steps steps;
  private final StandIns standIns;
  private final TimelineRecorder timelines = new TimelineRecorder(1, MAX_ENTRIES);
  private final WorkerTransport transport;
  private final FaasFlow flow;
  private final Set<String> knownTasks = new TreeSet<>();
  private final Set<String> knownFunctions = new TreeSet<>();
  private final Set<String> knownCompensated = new TreeSet<>();
  private final AtomicBoolean busy = new AtomicBoolean();
  private @Nullable WorkflowRun<?> current;
  private @Nullable LocalRun<?> last;
  private boolean closed;

  private LocalExecutor(Builder builder, long seed) {
    this.seed = seed;
    this.steps = new Steps(clock, seed);
    this.standIns = new StandIns(steps, seed);
    this.transport = steps.transport();
    FaasFlow.Builder runtime = FaasFlow.builder()
        .functions(builder.functions)
        .workers(builder.workers)
        .transport(transport)
        .clock(clock)
        .listener(timelines)
        .closeTimeout(Duration.ZERO)
        .stepped(steps, seed)
        .interceptor(standIns);
    if (builder.partitioner != null) {
      runtime.partitioner(builder.partitioner);
    }
    this.flow = runtime.build();
  }

  /** An executor with one worker, no functions by name, and the default seed. */
  public static LocalExecutor create() {
    return builder().build();
  }

  /** Begins an executor. */
  public static Builder builder() {
    return new Builder();
  }

  /** Like {@link Builder#forEachInterleaving}, with everything at its default. */
  public static void forEachInterleaving(int count, Body body) {
    builder().forEachInterleaving(count, body);
  }

  /** What is done with each executor of an exploration. */
  @FunctionalInterface
  public interface Body {
    /** Runs workflows and checks what came of it. */
    void accept(LocalExecutor executor) throws Exception;
  }

  // What stands in for functions.

  /** Calls this in place of a task's function. A later stub of the task replaces it. */
  public <I, O> LocalExecutor stub(Task<I, O> task, TaskFunction<? super I, ? extends O> stub) {
    return stubContextual(task.name(), stub);
  }

  /** Calls this in place of the function of the task of that name. */
  public LocalExecutor stub(String task, TaskFunction<?, ?> stub) {
    return stubContextual(task, stub);
  }

  /** Calls this, which also takes its context, in place of the function of the task of that name. */
  public LocalExecutor stubContextual(String task, ContextFunction<?, ?> stub) {
    standIns.ofTask(Objects.requireNonNull(task, "task"), any(stub));
    return this;
  }

  /** Calls this in place of the function of that name, whichever tasks use it. */
  public LocalExecutor stubFunction(String function, TaskFunction<?, ?> stub) {
    standIns.ofFunction(Objects.requireNonNull(function, "function"), any(stub));
    return this;
  }

  /** Calls this in place of what undoes a task. */
  public <I, O> LocalExecutor stubCompensation(
      Task<I, O> task, CompensationFunction<? super I, ? super O> stub) {
    return stubCompensation(task.name(), stub);
  }

  /**
   * Calls this in place of what undoes the task of that name, be it code or a function, which is to be
   * in the registry, or stubbed, all the same.
   */
  @SuppressWarnings("unchecked") // as with other stubs
  public LocalExecutor stubCompensation(String task, CompensationFunction<?, ?> stub) {
    standIns.ofCompensation(Objects.requireNonNull(task, "task"), (CompensationFunction<
            @Nullable Object, @Nullable Object>)
        Objects.requireNonNull(stub, "stub"));
    return this;
  }

  @SuppressWarnings("unchecked") // the test's author answers for it, as with a registry
  private static ContextFunction<@Nullable Object, @Nullable Object> any(
      ContextFunction<?, ?> stub) {
    return (ContextFunction<@Nullable Object, @Nullable Object>)
        Objects.requireNonNull(stub, "stub");
  }

  /**
   * Each attempt of a task takes so much virtual time, and its function is called at the end. An
   * attempt that times out before does not call it.
   *
   * @param time zero or more
   */
  public LocalExecutor takes(String task, Duration time) {
    if (time.isNegative()) {
      throw new IllegalArgumentException(
          "A task takes no negative time: '" + task + "' was to take " + time);
    }
    standIns.takes(Objects.requireNonNull(task, "task"), time);
    return this;
  }

  // Failures.

  /**
   * Fails an attempt of a task, of each of its instances, in place of calling its function.
   *
   * @param attempt counted from 1
   * @param failure makes what is thrown, anew for each
   */
  public LocalExecutor failAttempt(
      String task, int attempt, Supplier<? extends Exception> failure) {
    if (attempt < 1) {
      throw new IllegalArgumentException("Attempts are counted from 1, not " + attempt);
    }
    return failWhen(task, context -> context.attempt() == attempt, failure);
  }

  /**
   * Fails all attempts of one instance of a task in a foreach.
   *
   * @param instance counted from 0; for a foreach in a foreach see {@link #failWhen}
   * @param failure makes what is thrown, anew for each
   */
  public LocalExecutor failInstance(
      String task, int instance, Supplier<? extends Exception> failure) {
    if (instance < 0) {
      throw new IllegalArgumentException("Instances are counted from 0, not " + instance);
    }
    return failWhen(task, context -> context.instance().equals(List.of(instance)), failure);
  }

  /**
   * Fails the invocations of a task that meet a condition.
   *
   * @param failure makes what is thrown, anew for each
   */
  public LocalExecutor failWhen(
      String task, Predicate<FunctionContext> condition, Supplier<? extends Exception> failure) {
    standIns.fail(
        Objects.requireNonNull(task, "task"),
        Objects.requireNonNull(condition, "condition"),
        Objects.requireNonNull(failure, "failure"));
    return this;
  }

  /**
   * Fails attempts of all tasks at random. The seed decides which, whatever the order in which they
   * run.
   *
   * @param rate the share that fails, from 0 to 1
   * @param failure makes what is thrown, anew for each
   */
  public LocalExecutor failAtRandom(double rate, Supplier<? extends Exception> failure) {
    Predicate<FunctionContext> drawn = drawn(rate);
    standIns.fail(null, drawn, Objects.requireNonNull(failure, "failure"));
    return this;
  }

  /** Like {@link #failAtRandom(double, Supplier)}, for one task. */
  public LocalExecutor failAtRandom(
      String task, double rate, Supplier<? extends Exception> failure) {
    return failWhen(task, drawn(rate), failure);
  }

  private Predicate<FunctionContext> drawn(double rate) {
    if (!(rate >= 0 && rate <= 1)) {
      throw new IllegalArgumentException("The rate must be from 0 to 1, was " + rate);
    }
    int salt = standIns.faults();
    return context -> standIns.chance(context, salt) < rate;
  }

  // For functions.

  /**
   * Lets virtual time pass in the calling function, while other functions run.
   *
   * @throws InterruptedException when the attempt times out meanwhile, or the run ends
   * @throws IllegalStateException when no function of this executor is running on this thread
   */
  public void sleep(Duration time) throws InterruptedException {
    steps.sleep(time);
  }

  /**
   * Cancels the run that is running.
   *
   * @throws IllegalStateException when none is
   */
  public void cancelRun() {
    WorkflowRun<?> running = current;
    if (running == null) {
      throw new IllegalStateException(
          "No run is running that could be cancelled; call this from a stub");
    }
    running.cancel();
  }

  /** The virtual time, which begins at 1970-01-01T00:00:00Z. */
  public InstantSource clock() {
    return clock;
  }

  // Runs.

  /**
   * Runs a workflow to its end, whichever it is. What the run throws is in the result.
   *
   * @param input what the workflow takes; null where it takes nothing
   * @throws IllegalArgumentException when a name that was given to this executor is not in the
   *     workflow, nor in one that was run before
   * @throws io.faasflow.run.UnboundFunctionsException when functions are neither in the registry nor
   *     stubbed
   * @throws IllegalStateException when this executor is closed, or is running something
   */
  public <I extends @Nullable Object, O> LocalRun<O> run(Workflow<I, O> workflow, I input) {
    return run(workflow, input, RunOptions.none());
  }

  /** Like {@link #run(Workflow, Object)}, with options. */
  public <I extends @Nullable Object, O> LocalRun<O> run(
      Workflow<I, O> workflow, I input, RunOptions options) {
    if (!busy.compareAndSet(false, true)) {
      throw new IllegalStateException("This executor is running something already. Use one for each"
          + " thread, and let no function use the executor that runs it");
    }
    // The engine takes an interrupt for one of its own.
    boolean interrupted = Thread.interrupted();
    try {
      if (closed) {
        throw new IllegalStateException("This executor is closed; make a new one");
      }
      return runNow(workflow, input, options);
    } finally {
      current = null;
      busy.set(false);
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private <I extends @Nullable Object, O> LocalRun<O> runNow(
      Workflow<I, O> workflow, I input, RunOptions options) {
    Set<String> tasks = new TreeSet<>();
    Set<String> compensated = new TreeSet<>();
    addNames(FunctionGraph.of(workflow), tasks, compensated);
    workflow
        .onFailure()
        .ifPresent(recovery -> addNames(FunctionGraph.of(recovery), tasks, compensated));
    knownTasks.addAll(tasks);
    knownCompensated.addAll(compensated);
    checkNames(workflow);
    standIns.beginRun();
    WorkflowRun<O> run = flow.start(workflow, input, options);
    current = run;
    if (!steps.run(() -> run.status().isTerminal())) {
      String state = run.progress() + ", " + standIns.invocations().size() + " invocations";
      run.cancel();
      boolean ignored = steps.run(() -> true);
      throw new IllegalStateException(
          "The " + run + " came to a halt: nothing is ready, and nothing is"
              + " scheduled. That is a bug of FaaSFlow; seed " + seed + ", " + state);
    }
    LocalRun<O> ended = new LocalRun<>(
        result(run),
        timelines.timeline(run.id()).orElseThrow(),
        standIns.invocations(),
        standIns.compensations(),
        Collections.unmodifiableSet(tasks),
        compensated,
        seed);
    last = ended;
    return ended;
  }

  private static <O> WorkflowResult<O> result(WorkflowRun<O> run) {
    try {
      return run.result();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted after the end of " + run, e);
    }
  }

  private void addNames(FunctionGraph graph, Set<String> tasks, Set<String> compensated) {
    for (Node node : graph.nodes()) {
      if (node.operation() instanceof Operation.Loop loop) {
        addNames(loop.body(), tasks, compensated);
      } else if (node.operation() instanceof Operation.Run run
          && !(run.task().code() instanceof TaskCode.Pass)) {
        tasks.add(run.task().name());
        knownFunctions.add(run.task().function());
        run.task().compensation().ifPresent(undo -> {
          compensated.add(run.task().name());
          if (undo instanceof Compensation.Named named) {
            tasks.add(named.function()); // it can be replaced, and is recorded, like a task
            knownFunctions.add(named.function());
          }
        });
      }
    }
  }

  private void checkNames(Workflow<?, ?> workflow) {
    TreeSet<String> tasks = new TreeSet<>();
    TreeSet<String> functions = new TreeSet<>();
    TreeSet<String> compensated = new TreeSet<>();
    standIns.addNames(tasks, functions, compensated);
    tasks.removeAll(knownTasks);
    functions.removeAll(knownFunctions);
    compensated.removeAll(knownCompensated);
    if (!tasks.isEmpty() || !functions.isEmpty() || !compensated.isEmpty()) {
      throw new IllegalArgumentException("The executor was told of what is not in " + workflow
          + (tasks.isEmpty() ? "" : ": tasks " + tasks + ", but there are " + knownTasks)
          + (functions.isEmpty()
              ? ""
              : ": functions " + functions + ", but there are " + knownFunctions)
          + (compensated.isEmpty()
              ? ""
              : ": compensations of " + compensated + ", but there are those of "
                  + knownCompensated));
    }
  }

  /** The last run that has ended; empty before the first. */
  public Optional<LocalRun<?>> lastRun() {
    return Optional.ofNullable(last);
  }

  /** What decides the order. */
  public long seed() {
    return seed;
  }

  /**
   * Ends the threads that sleeping functions needed. A second call does nothing.
   *
   * @throws IllegalStateException when something is running
   */
  @Override
  public void close() {
    if (!busy.compareAndSet(false, true)) {
      throw new IllegalStateException("A function cannot close the executor that runs it");
    }
    try {
      closed = true;
      flow.close();
      steps.close();
      transport.close();
      clock.close();
    } finally {
      busy.set(false);
    }
  }

  @Override
  public String toString() {
    return "LocalExecutor[seed " + seed + "]";
  }

  /** Settings of an executor. Not thread-safe. {@link #build()} may be called again. */
  public static final class Builder {
    private long seed;
    private int workers = 1;
    private FunctionRegistry functions = FunctionRegistry.empty();
    private @Nullable Partitioner partitioner;

    private Builder() {}

    /**
     * What decides in which order things happen that may happen in any: which ready task is next, which
     * message arrives first. Default: 0.
     */
    public Builder seed(long newSeed) {
      seed = newSeed;
      return this;
    }

    /** How many workers there are, 1 to 1,000. Default: 1. */
    public Builder workers(int count) {
      workers = count;
      return this;
    }

    /** The functions that workflows name. Default: none. */
    public Builder functions(FunctionRegistry registry) {
      functions = Objects.requireNonNull(registry, "registry");
      return this;
    }

    /** What places workflows on workers. Default: as in {@link FaasFlow.Builder#partitioner}. */
    public Builder partitioner(Partitioner newPartitioner) {
      partitioner = Objects.requireNonNull(newPartitioner, "partitioner");
      return this;
    }

    /** Makes the executor. */
    public LocalExecutor build() {
      return new LocalExecutor(this, seed);
    }

    /**
     * Does the same with many orders: makes an executor for each of as many seeds, beginning with the
     * one of this builder, and hands it to the body.
     *
     * @param count how many, 1 or more
     * @throws AssertionError when the body throws anything, which is the cause; names the seed
     */
    public void forEachInterleaving(int count, Body body) {
      Objects.requireNonNull(body, "body");
      if (count < 1) {
        throw new IllegalArgumentException("There is 1 interleaving or more, not " + count);
      }
      for (int i = 0; i < count; i++) {
        long tried = seed + i;
        try (LocalExecutor executor = new LocalExecutor(this, tried)) {
          body.accept(executor);
        } catch (Throwable e) {
          throw new AssertionError(
              "Interleaving " + (i + 1) + " of " + count + " failed, with seed " + tried
                  + ". To see it again: LocalExecutor.builder().seed(" + tried
                  + ") with the same settings, and forEachInterleaving(1, ...). It threw: " + e,
              e);
        }
      }
    }
  }
}
