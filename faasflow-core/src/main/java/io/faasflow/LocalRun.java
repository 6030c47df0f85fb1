package io.faasflow;

import io.faasflow.observe.RunTimeline;
import io.faasflow.run.RunException;
import io.faasflow.run.RunStatus;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A run of a {@link LocalExecutor} that has ended, and what happened in it. Immutable, as far as the
 * data are.
 *
 * @param <O> what the workflow gives
 */
public final class LocalRun<O> {
  private final WorkflowResult<O> result;
  private final RunTimeline timeline;
  private final List<Invocation> invocations;
  private final List<Compensated> compensations;
  private final Set<String> tasks;
  private final Set<String> compensated;
  private final long seed;

  LocalRun(
      WorkflowResult<O> result,
      RunTimeline timeline,
      List<Invocation> invocations,
      List<Compensated> compensations,
      Set<String> tasks,
      Set<String> compensated,
      long seed) {
    this.result = result;
    this.timeline = timeline;
    this.invocations = List.copyOf(invocations);
    this.compensations = List.copyOf(compensations);
    this.tasks = tasks;
    this.compensated = compensated;
    this.seed = seed;
  }

  /**
   * A call of a task's function, or of what stands in for it. The moments count the beginnings and
   * ends of all invocations of the run in their order, from 1.
   *
   * @param began at which moment it began
   * @param ended at which moment it ended
   * @param task the task's name
   * @param function the function's name
   * @param instance the instance of each enclosing foreach, outermost first
   * @param attempt counted from 1
   * @param worker the worker's name
   * @param input what it took; the object itself, which functions may have changed since
   * @param output what it gave; null where it threw something, and where it gave null
   * @param failure what it threw; null where it gave an output. An attempt that timed out may have
   *     either
   */
  public record Invocation(
      int began,
      int ended,
      String task,
      String function,
      List<Integer> instance,
      int attempt,
      String worker,
      @Nullable Object input,
      @Nullable Object output,
      @Nullable Throwable failure) {}

  /**
   * A call of what undoes a task, or of what stands in for that.
   *
   * @param task the name of the task that is undone
   * @param instance the instance of each enclosing foreach, outermost first
   * @param attempt of the compensation, counted from 1
   * @param worker the worker's name
   * @param input what the task took
   * @param output what the task gave
   * @param failure what the compensation threw; null: nothing
   */
  public record Compensated(
      String task,
      List<Integer> instance,
      int attempt,
      String worker,
      @Nullable Object input,
      @Nullable Object output,
      @Nullable Throwable failure) {}

  /** How the run ended. */
  public RunStatus status() {
    return result.status();
  }

  /** What the run gave; empty if it did not complete, or gave null. */
  public Optional<O> output() {
    return result.output();
  }

  /**
   * What the run gave; null is an output like any other.
   *
   * @throws RunException when the run did not complete: the one of {@link #failure()}
   */
  public O outputOrThrow() {
    return result.outputOrThrow();
  }

  /** Why the run did not complete; empty if it did. */
  public Optional<RunException> failure() {
    return result.failure();
  }

  /** The result, as a {@link FaasFlow} gives it. */
  public WorkflowResult<O> result() {
    return result;
  }

  /** The virtual time from the run's start to its end. */
  public Duration took() {
    return timeline.took();
  }

  /** What the tasks did, and when. */
  public RunTimeline timeline() {
    return timeline;
  }

  /** All invocations, in the order in which they began. */
  public List<Invocation> invocations() {
    return invocations;
  }

  /**
   * The invocations of a task, in the order in which they began.
   *
   * @throws IllegalArgumentException when the workflow has no such task
   */
  public List<Invocation> invocations(String task) {
    if (!tasks.contains(task)) {
      throw new IllegalArgumentException(
          "Workflow '" + result.workflow() + "' has no task '" + task + "'; it has " + tasks);
    }
    return invocations.stream().filter(one -> one.task().equals(task)).toList();
  }

  /**
   * All calls of compensations, in the order in which they ended. Two at a time only where one goes on
   * after its task's timeout.
   */
  public List<Compensated> compensations() {
    return compensations;
  }

  /**
   * The calls of what undoes a task, in the order in which they ended.
   *
   * @throws IllegalArgumentException when the workflow has no such task with a compensation
   */
  public List<Compensated> compensations(String task) {
    if (!compensated.contains(task)) {
      throw new IllegalArgumentException("Workflow '" + result.workflow()
          + "' has no compensation of a task '" + task + "'; it has those of " + compensated);
    }
    return compensations.stream().filter(one -> one.task().equals(task)).toList();
  }

  /** The names of the workflow's tasks that have a function. */
  public Set<String> tasks() {
    return tasks;
  }

  /** The seed of the executor. */
  public long seed() {
    return seed;
  }

  @Override
  public String toString() {
    return timeline.text() + "  seed " + seed;
  }
}
