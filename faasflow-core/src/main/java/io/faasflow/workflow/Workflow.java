package io.faasflow.workflow;

import io.faasflow.function.TaskPolicy;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A checked definition, ready to run. Immutable, thread-safe; made by {@link #builder(String)} or
 * read from YAML.
 *
 * @param <I> what a run takes
 * @param <O> what a run gives
 */
@SuppressWarnings("UnusedTypeParameter") // they are what the compiler checks runs by
public final class Workflow<I, O> {
  private final String name;
  private final String version;
  private final Sequence<?, ?> body;
  private final Map<String, OptionalLong> inputs;
  private final @Nullable Map<String, Binding> outputs;
  private final TaskPolicy taskDefaults;
  private final @Nullable Duration deadline;
  private final @Nullable Workflow<?, ?> onFailure;

  // A pure function of the final fields, so it does not matter who computes it first.
  private volatile @Nullable String fingerprint;

  Workflow(
      String name,
      String version,
      Sequence<?, ?> body,
      Map<String, OptionalLong> inputs,
      @Nullable Map<String, Binding> outputs,
      TaskPolicy taskDefaults,
      @Nullable Duration deadline,
      @Nullable Workflow<?, ?> onFailure) {
    this.name = name;
    this.version = version;
    this.body = body;
    this.inputs = inputs;
    this.outputs = outputs;
    this.taskDefaults = taskDefaults;
    this.deadline = deadline;
    this.onFailure = onFailure;
  }

  /** Begins a workflow that takes an {@code I}: {@code Workflow.<Order>builder("ship")}. */
  public static <I> WorkflowBuilder<I, I> builder(String name) {
    return new WorkflowBuilder<>(name);
  }

  /** The name. */
  public String name() {
    return name;
  }

  /** The version; "1" unless another was given. */
  public String version() {
    return version;
  }

  /** The steps. */
  public Sequence<?, ?> body() {
    return body;
  }

  /** The names that the workflow is known to take and their sizes in bytes where known. */
  public Map<String, OptionalLong> inputs() {
    return inputs;
  }

  /** Where the named data of the result come from; empty: the result is the last step's output. */
  public Optional<Map<String, Binding>> outputs() {
    return Optional.ofNullable(outputs);
  }

  /** The limits and attempts of tasks that have none of their own. */
  public TaskPolicy taskDefaults() {
    return taskDefaults;
  }

  /** The time that each run has, if it is limited. */
  public Optional<Duration> deadline() {
    return Optional.ofNullable(deadline);
  }

  /**
   * What gives the output of a run in which a task has failed for good: takes the {@link
   * io.faasflow.run.TaskFailure}, with the run's input as its input. Has the name of this workflow, and
   * {@code /onFailure} behind it.
   */
  public Optional<Workflow<?, ?>> onFailure() {
    return Optional.ofNullable(onFailure);
  }

  /**
   * A hash of the whole definition, name and version included: the same for equal definitions in any
   * JVM. 64 hexadecimal digits (SHA-256).
   *
   * <p>Java code has no name that two hosts share: a lambda counts as "some code here". Two
   * workflows that differ in nothing but the code of a lambda have the same fingerprint; give them
   * different versions.
   */
  public String fingerprint() {
    String known = fingerprint;
    if (known == null) {
      known = Fingerprint.of(this);
      fingerprint = known;
    }
    return known;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Workflow<?, ?> that
        && name.equals(that.name)
        && version.equals(that.version)
        && body.equals(that.body)
        && inputs.equals(that.inputs)
        && Objects.equals(outputs, that.outputs)
        && taskDefaults.equals(that.taskDefaults)
        && Objects.equals(deadline, that.deadline)
        && Objects.equals(onFailure, that.onFailure);
  }

  @Override
  public int hashCode() {
    return Objects.hash(name, version, body);
  }

  @Override
  public String toString() {
    return "workflow '" + name + "' version " + version;
  }
}
