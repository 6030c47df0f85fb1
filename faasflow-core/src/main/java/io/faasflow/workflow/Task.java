package io.faasflow.workflow;

import io.faasflow.container.ContainerImage;
import io.faasflow.function.CompensationFunction;
import io.faasflow.function.ContextFunction;
import io.faasflow.function.Resources;
import io.faasflow.function.RetryPolicy;
import io.faasflow.function.TaskFunction;
import io.faasflow.function.TaskPolicy;
import io.faasflow.run.TaskFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * One use of a function in a workflow, and the handle by which other tasks read its output.
 * Immutable: every setter returns a changed copy, which is another handle.
 *
 * @param <I> what it takes
 * @param <O> what it gives
 */
public final class Task<I, O> implements Step<I, O> {
  /**
   * An earlier task whose output a task reads.
   *
   * @param task the handle
   * @param optional whether that task may have been skipped
   */
  public record Read(Task<?, ?> task, boolean optional) {
    /** Refuses null. */
    public Read {
      Objects.requireNonNull(task, "task");
    }

    // By name: comparing what is read in turn could recurse along the whole workflow.
    @Override
    public boolean equals(Object other) {
      return other instanceof Read that
          && optional == that.optional
          && task.name().equals(that.task.name());
    }

    @Override
    public int hashCode() {
      return task.name().hashCode();
    }
  }

  private final String name;
  private final Spec spec;

  /** Everything but the name. */
  private record Spec(
      TaskCode code,
      @Nullable String function,
      Data data,
      Resources resources,
      Estimates estimates,
      TaskPolicy policy,
      @Nullable Compensation compensation) {
    static Spec of(TaskCode code, List<Read> reads) {
      return new Spec(
          code,
          null,
          new Data(reads, null, Map.of()),
          Resources.NONE,
          new Estimates(null, OptionalLong.empty()),
          TaskPolicy.NONE,
          null);
    }
  }

  private record Data(
      List<Read> reads, @Nullable Map<String, Binding> inputs, Map<String, OptionalLong> outputs) {}

  private record Estimates(@Nullable Duration runtime, OptionalLong outputBytes) {}

  private Task(String name, Spec spec) {
    this.name = Objects.requireNonNull(name, "name");
    this.spec = spec;
  }

  private static <I, O> Task<I, O> of(String name, TaskCode code, List<Read> reads) {
    return new Task<>(name, Spec.of(code, reads));
  }

  /**
   * A task that runs a lambda or a method reference.
   *
   * @param name unique in the workflow; checked by {@link WorkflowBuilder#build()}
   */
  public static <I, O> Task<I, O> task(String name, TaskFunction<? super I, ? extends O> function) {
    return of(name, new TaskCode.Inline(function), List.of());
  }

  /** A task whose function also takes its {@link io.faasflow.function.FunctionContext}. */
  public static <I, O> Task<I, O> contextTask(
      String name, ContextFunction<? super I, ? extends O> function) {
    return of(name, new TaskCode.Inline(function), List.of());
  }

  /**
   * A task whose function is bound by name, from the registry of the runtime that runs the workflow.
   * The function has the task's own name unless {@link #function(String)} gives another.
   */
  public static <I, O> Task<I, O> named(String name) {
    return of(name, new TaskCode.Named(), List.of());
  }

  /** A task without a function: it gives what it takes. For joining and renaming data. */
  public static <T> Task<T, T> pass(String name) {
    return of(name, new TaskCode.Pass(), List.of());
  }

  /**
   * Begins a task that reads the outputs of earlier tasks besides its input: {@code
   * Task.reading(load, count).task("report", (input, read) -> new Report(read.get(load)))}.
   *
   * @param tasks handles of tasks that surely ran before; checked by {@link
   *     WorkflowBuilder#build()}
   */
  public static Reading reading(Task<?, ?>... tasks) {
    return new Reading(List.of()).plus(tasks, false);
  }

  /** Begins a task that reads the outputs of earlier tasks that may have been skipped. */
  public static Reading readingOptional(Task<?, ?>... tasks) {
    return new Reading(List.of()).plus(tasks, true);
  }

  /** What a task to be made reads. Immutable. */
  public static final class Reading {
    private final List<Read> reads;

    private Reading(List<Read> reads) {
      this.reads = reads;
    }

    private Reading plus(Task<?, ?>[] tasks, boolean optional) {
      List<Read> all = new ArrayList<>(reads);
      Arrays.stream(tasks).forEach(task -> all.add(new Read(task, optional)));
      return new Reading(List.copyOf(all));
    }

    /** The same, and these tasks, which surely ran before. */
    public Reading and(Task<?, ?>... tasks) {
      return plus(tasks, false);
    }

    /** The same, and these tasks, which may have been skipped. */
    public Reading andOptional(Task<?, ?>... tasks) {
      return plus(tasks, true);
    }

    /** The task itself. */
    public <I, O> Task<I, O> task(String name, ReadFunction<? super I, ? extends O> function) {
      return of(name, new TaskCode.Reading(function), reads);
    }
  }

  /** The same task under another name, for using a function twice. It is another handle. */
  public Task<I, O> as(String newName) {
    return new Task<>(newName, spec);
  }

  /** The same with the name of the function that it uses. Default: the task's name. */
  public Task<I, O> function(String functionName) {
    Objects.requireNonNull(functionName, "functionName");
    return with(new Spec(
        spec.code,
        functionName,
        spec.data,
        spec.resources,
        spec.estimates,
        spec.policy,
        spec.compensation));
  }

  /** Like {@link #image(ContainerImage)}, for an image with everything at its default. */
  public Task<I, O> image(String imageName) {
    return image(ContainerImage.of(imageName));
  }

  /**
   * The same function, run in a container: the runtime needs a backend for containers, and nothing of
   * that name in its registry. Data are what JSON can say: maps, lists, strings, numbers, booleans
   * and null.
   *
   * @throws IllegalStateException when the task was given Java code; {@link #named} ones were not
   */
  public Task<I, O> image(ContainerImage image) {
    if (!(spec.code instanceof TaskCode.Named || spec.code instanceof TaskCode.Contained)) {
      throw new IllegalStateException("Task '"
          + name
          + "' "
          + (spec.code instanceof TaskCode.Pass ? "passes data on" : "has Java code")
          + " and cannot have an image as well; begin it with Task.named(\""
          + name
          + "\")");
    }
    return with(new Spec(
        new TaskCode.Contained(image),
        spec.function,
        spec.data,
        spec.resources,
        spec.estimates,
        spec.policy,
        spec.compensation));
  }

  /**
   * The same with named inputs: the function takes a {@code Map<String, Object>} of them in place of
   * the predecessor's output.
   *
   * @param inputs from where in the run each comes; the order is kept
   */
  public Task<Object, O> inputs(Map<String, Binding> inputs) {
    return retyped(with(new Data(spec.data.reads, OrderedMaps.copyOf(inputs), spec.data.outputs)));
  }

  /**
   * The same with named outputs: the function gives a {@code Map<String, Object>} with them. Where
   * there is one name only, a function may also give the bare value.
   *
   * @param outputs the estimated size of each in bytes, empty where unknown; the order is kept
   */
  public Task<I, Map<String, Object>> outputs(Map<String, OptionalLong> outputs) {
    return retyped(with(new Data(spec.data.reads, spec.data.inputs, OrderedMaps.copyOf(outputs))));
  }

  /** The same with what one instance takes of its worker. Default: {@link Resources#NONE}. */
  public Task<I, O> resources(Resources resources) {
    Objects.requireNonNull(resources, "resources");
    return with(new Spec(
        spec.code,
        spec.function,
        spec.data,
        resources,
        spec.estimates,
        spec.policy,
        spec.compensation));
  }

  /** The same with an estimate, for the partitioner, of how long one instance runs. */
  public Task<I, O> expectedRuntime(Duration runtime) {
    Objects.requireNonNull(runtime, "runtime");
    return with(new Estimates(runtime, spec.estimates.outputBytes));
  }

  /**
   * The same with an estimate, for the partitioner, of the size of one output. For a task with
   * {@linkplain #outputs named outputs}, estimate those instead.
   */
  public Task<I, O> expectedOutputBytes(long bytes) {
    return with(new Estimates(spec.estimates.runtime, OptionalLong.of(bytes)));
  }

  /**
   * The same with a limit for how long one attempt may take, of the task or of what undoes it. An
   * attempt that takes longer has failed: its function is interrupted, and what it gives later is
   * ignored. Default: the workflow's.
   *
   * @throws IllegalArgumentException when the time is zero or negative
   */
  public Task<I, O> timeout(Duration time) {
    return policy(spec.policy.withTimeout(time));
  }

  /**
   * The same with a limit for how long the task may take from when it is ready: waits for its
   * function, all attempts and the waits between them. Default: the workflow's.
   *
   * @throws IllegalArgumentException when the time is zero or negative
   */
  public Task<I, O> totalTimeout(Duration time) {
    return policy(spec.policy.withTotalTimeout(time));
  }

  /** The same, tried again when it fails. Default: as the workflow says, which is never by default. */
  public Task<I, O> retry(RetryPolicy retry) {
    return policy(spec.policy.withRetry(retry));
  }

  /**
   * This task, and a step that runs in its place when it has failed for good.
   *
   * @param otherwise takes the failure, gives what this task should have given
   */
  public Fallback<I, O> onFailure(Step<? super TaskFailure, ? extends O> otherwise) {
    return Fallback.of(this, otherwise);
  }

  /** The same with all of its limits and attempts. */
  public Task<I, O> policy(TaskPolicy policy) {
    Objects.requireNonNull(policy, "policy");
    return with(new Spec(
        spec.code,
        spec.function,
        spec.data,
        spec.resources,
        spec.estimates,
        policy,
        spec.compensation));
  }

  /**
   * The same with what undoes it. When a run does not complete, whatever the reason, the tasks of it
   * that have completed are undone, one after the other, the last first; only then the run has ended.
   * A compensation that throws, or takes longer than an attempt of the task may, is tried again as the
   * task's retry policy says.
   */
  @SuppressWarnings("unchecked") // an engine gives it what the task took and gave
  public Task<I, O> compensate(CompensationFunction<? super I, ? super O> undo) {
    Objects.requireNonNull(undo, "undo");
    return compensation(
        new Compensation.Inline((CompensationFunction<@Nullable Object, @Nullable Object>)
            (CompensationFunction<?, ?>) undo));
  }

  /** The same with a function of the registry that undoes it: see {@link Compensation.Named}. */
  public Task<I, O> compensateBy(String function) {
    return compensation(new Compensation.Named(function));
  }

  private Task<I, O> compensation(Compensation undo) {
    return with(new Spec(
        spec.code, spec.function, spec.data, spec.resources, spec.estimates, spec.policy, undo));
  }

  private Task<I, O> with(Spec changed) {
    return new Task<>(name, changed);
  }

  private Task<I, O> with(Data data) {
    return with(new Spec(
        spec.code,
        spec.function,
        data,
        spec.resources,
        spec.estimates,
        spec.policy,
        spec.compensation));
  }

  private Task<I, O> with(Estimates estimates) {
    return with(new Spec(
        spec.code,
        spec.function,
        spec.data,
        spec.resources,
        estimates,
        spec.policy,
        spec.compensation));
  }

  /** A task whose types nobody has checked, for readers of definitions. */
  public static Task<Object, Object> untyped(Task<?, ?> task) {
    return retyped(task);
  }

  @SuppressWarnings(
      "unchecked") // what a task with named data takes and gives is not its function's
  private static <A, B> Task<A, B> retyped(Task<?, ?> task) {
    return (Task<A, B>) task;
  }

  /** The name, unique in the workflow. */
  public String name() {
    return name;
  }

  /** The name of the function that the task uses. */
  public String function() {
    return spec.function == null ? name : spec.function;
  }

  /** What the task runs. */
  public TaskCode code() {
    return spec.code;
  }

  /** The image in whose containers the task's function runs; empty: it runs in this JVM. */
  public Optional<ContainerImage> image() {
    return spec.code instanceof TaskCode.Contained contained
        ? Optional.of(contained.image())
        : Optional.empty();
  }

  /** The handles that the task reads besides its input. */
  public List<Read> reads() {
    return spec.data.reads;
  }

  /** The named inputs; empty when the task takes its predecessor's output. */
  public Optional<Map<String, Binding>> inputs() {
    return Optional.ofNullable(spec.data.inputs);
  }

  /** The named outputs and the estimated size of each in bytes; none when the task names none. */
  public Map<String, OptionalLong> outputs() {
    return spec.data.outputs;
  }

  /** What one instance takes of its worker. */
  public Resources resources() {
    return spec.resources;
  }

  /** Its limits and attempts, as far as it has its own. */
  public TaskPolicy policy() {
    return spec.policy;
  }

  /** What undoes it, if anything does. */
  public Optional<Compensation> compensation() {
    return Optional.ofNullable(spec.compensation);
  }

  /** How long one instance is estimated to run. */
  public Optional<Duration> expectedRuntime() {
    return Optional.ofNullable(spec.estimates.runtime);
  }

  /** The estimated size of all outputs together in bytes; empty where nothing was declared. */
  public OptionalLong expectedOutputBytes() {
    if (spec.estimates.outputBytes.isPresent()) {
      return spec.estimates.outputBytes;
    }
    long sum = 0;
    boolean known = false;
    for (OptionalLong size : spec.data.outputs.values()) {
      known |= size.isPresent();
      long next = sum + size.orElse(0);
      sum = sum > 0 && next < sum ? Long.MAX_VALUE : next; // no declared size is that large
    }
    return known ? OptionalLong.of(sum) : OptionalLong.empty();
  }

  @Override
  public int depth() {
    return 0;
  }

  @Override
  public boolean equals(Object other) {
    // By what can be seen: a function given the task's own name is the default, and an estimate
    // that is the sum of the outputs' is theirs.
    return other instanceof Task<?, ?> that
        && name.equals(that.name)
        && function().equals(that.function())
        && spec.code.equals(that.spec.code)
        && spec.data.equals(that.spec.data)
        && spec.resources.equals(that.spec.resources)
        && spec.policy.equals(that.spec.policy)
        && Objects.equals(spec.compensation, that.spec.compensation)
        && expectedRuntime().equals(that.expectedRuntime())
        && expectedOutputBytes().equals(that.expectedOutputBytes());
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return "task '" + name + "'";
  }
}
