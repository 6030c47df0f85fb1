package io.faasflow.workflow;

import io.faasflow.function.TaskFunction;
import io.faasflow.function.TaskPolicy;
import io.faasflow.run.TaskFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Builds a workflow, one step after the other; each takes what the one before gave, and the compiler
 * checks that it can. Not thread-safe. {@link #build()} leaves the builder as it was.
 *
 * @param <I> what the workflow takes
 * @param <O> what the last step so far gives
 */
public final class WorkflowBuilder<I, O> {
  private final String name;
  private String version = "1";
  private boolean versionSet;
  private final List<Step<?, ?>> steps = new ArrayList<>();
  private Map<String, OptionalLong> inputs = Map.of();
  private @Nullable Map<String, Binding> outputs;
  private TaskPolicy taskDefaults = TaskPolicy.NONE;
  private @Nullable Duration deadline;
  private @Nullable Step<?, ?> onFailure;

  WorkflowBuilder(String name) {
    this.name = Objects.requireNonNull(name, "name");
  }

  /**
   * Sets the version. Default: "1".
   *
   * @throws IllegalStateException when it was set before
   */
  public WorkflowBuilder<I, O> version(String newVersion) {
    Objects.requireNonNull(newVersion, "version");
    if (versionSet) {
      throw new IllegalStateException("The version was already set to '" + version + "'");
    }
    version = newVersion;
    versionSet = true;
    return this;
  }

  /**
   * Adds a step.
   *
   * @throws IllegalStateException after {@link #outputs} or {@link #onFailure}, which complete the
   *     workflow
   */
  public <P> WorkflowBuilder<I, P> sequence(Step<? super O, P> step) {
    if (outputs != null) {
      throw new IllegalStateException(
          "outputs(...) says what the workflow gives; add " + step + " before it");
    }
    if (onFailure != null) {
      throw new IllegalStateException(
          "onFailure(...) gives what the last step gives; add " + step + " before it");
    }
    Sequence.append(steps, Objects.requireNonNull(step, "step"));
    return giving();
  }

  /** Adds branches that run at the same time; gives their outputs, keyed by branch. */
  @SafeVarargs
  @SuppressWarnings("varargs") // the array is copied, never written to
  public final WorkflowBuilder<I, Outputs> parallel(Step<? super O, ?>... branches) {
    return sequence(Parallel.<O>of(branches));
  }

  /**
   * Adds a choice between branches: {@code switchOn(Order::country, s -> s.when("CH",
   * swiss).otherwise(rest))}.
   *
   * @param selector gives the value that cases are compared with
   * @param cases completes the switch
   */
  public <K, P> WorkflowBuilder<I, P> switchOn(
      TaskFunction<? super O, ? extends K> selector,
      Function<Switch.Cases<O, K>, Switch<O, P>> cases) {
    return sequence(cases.apply(Switch.<O, K>on(selector)));
  }

  /**
   * Adds a body that runs once for each item, in parallel; gives the outputs in the order of the
   * items.
   *
   * @param items gives the collection
   * @param body runs once for each item
   */
  public <E, R> WorkflowBuilder<I, List<R>> foreach(
      TaskFunction<? super O, ? extends Iterable<? extends E>> items, Step<? super E, R> body) {
    return sequence(Foreach.<O, E, R>of(items, body));
  }

  /**
   * Adds a body that runs once for each item, at most so many at a time.
   *
   * @param options sets more, as in {@code f -> f.concurrency(8)}; with {@code
   *     f.tolerate(Tolerance.failures(3))} it gives what became of each instance
   */
  public <E, R, P> WorkflowBuilder<I, List<P>> foreach(
      TaskFunction<? super O, ? extends Iterable<? extends E>> items,
      Step<? super E, R> body,
      Function<Foreach<O, R>, Foreach<O, P>> options) {
    return sequence(options.apply(Foreach.<O, E, R>of(items, body)));
  }

  /**
   * Names what the workflow takes, for definitions with named data, and the size of each in bytes
   * where it is known. Names that are not listed may be given to a run all the same.
   *
   * @throws IllegalStateException when they were named before
   */
  public WorkflowBuilder<I, O> inputs(Map<String, OptionalLong> named) {
    if (!inputs.isEmpty()) {
      throw new IllegalStateException("The inputs were already named: " + inputs.keySet());
    }
    inputs = OrderedMaps.copyOf(named);
    return this;
  }

  /**
   * Makes the result of the workflow a map of named data in place of the last step's output. A name
   * whose references have no value in a run is left out of that run's result.
   *
   * @throws IllegalStateException when they were named before
   */
  public WorkflowBuilder<I, Map<String, Object>> outputs(Map<String, Binding> named) {
    if (outputs != null) {
      throw new IllegalStateException("The outputs were already named: " + outputs.keySet());
    }
    if (onFailure != null) {
      throw new IllegalStateException(
          "onFailure(...) gives what the outputs are; name the outputs before it");
    }
    outputs = OrderedMaps.copyOf(named);
    return giving();
  }

  @SuppressWarnings("unchecked") // only the phantom type of what comes next changes
  private <P> WorkflowBuilder<I, P> giving() {
    return (WorkflowBuilder<I, P>) this;
  }

  /**
   * Sets the limits and attempts of all tasks, each as far as the task has none of its own: {@code
   * taskDefaults(p -> p.withTimeout(Duration.ofSeconds(5)))}.
   */
  public WorkflowBuilder<I, O> taskDefaults(UnaryOperator<TaskPolicy> change) {
    taskDefaults = change.apply(taskDefaults);
    return this;
  }

  /**
   * Sets the time that a run has from its start. Who starts a run can give it less, not more.
   *
   * @throws IllegalArgumentException when the time is zero or negative
   */
  public WorkflowBuilder<I, O> deadline(Duration time) {
    if (time.isZero() || time.isNegative()) {
      throw new IllegalArgumentException("The deadline must be above zero, was " + time);
    }
    deadline = time;
    return this;
  }

  /**
   * Sets a step that gives the output of a run in which a task has failed for good, when what was to
   * be compensated is. It takes the {@link TaskFailure}, whose input is that of the run. A run that was
   * cancelled or whose deadline has passed does not recover. When the step fails, the run fails, with
   * the first failure; the step's is a suppressed one.
   *
   * @param step may be a {@linkplain Step#then sequence}; reads no tasks but its own
   * @throws IllegalStateException when there is one already
   */
  public WorkflowBuilder<I, O> onFailure(Step<? super TaskFailure, ? extends O> step) {
    if (onFailure != null) {
      throw new IllegalStateException("onFailure(...) was already given " + onFailure);
    }
    onFailure = Objects.requireNonNull(step, "step");
    return this;
  }

  /**
   * Checks the definition and makes the workflow.
   *
   * @throws InvalidWorkflowException when anything is wrong with it, with all problems
   */
  public Workflow<I, O> build() {
    Workflow<I, O> workflow = new Workflow<>(
        name,
        version,
        Sequence.untyped(steps),
        inputs,
        outputs,
        taskDefaults,
        deadline,
        recovery());
    List<Problem> problems = Validator.check(workflow);
    if (!problems.isEmpty()) {
      throw new InvalidWorkflowException(name, problems);
    }
    return workflow;
  }

  private @Nullable Workflow<?, ?> recovery() {
    if (onFailure == null) {
      return null;
    }
    List<Step<?, ?>> own = new ArrayList<>();
    Sequence.append(own, onFailure);
    return new Workflow<>(
        name + "/onFailure",
        version,
        Sequence.untyped(own),
        Map.of(),
        null,
        taskDefaults,
        null,
        null);
  }
}
