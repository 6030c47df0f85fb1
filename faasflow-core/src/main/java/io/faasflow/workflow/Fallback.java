package io.faasflow.workflow;

import io.faasflow.run.TaskFailure;
import java.util.List;
import java.util.Objects;

/**
 * A task, and a step that runs in its place when it has failed for good: it takes the {@link
 * TaskFailure} and gives what the task should have given. To all that read the task's output, that of
 * the fallback is it. When the fallback fails, the run fails. Immutable.
 *
 * @param <I> what the task takes
 * @param <O> what both give
 */
public final class Fallback<I, O> implements Step<I, O> {
  private final Task<I, O> task;
  private final Step<?, ?> otherwise;
  private final int depth;

  private Fallback(Task<I, O> task, Step<?, ?> otherwise) {
    this.task = Objects.requireNonNull(task, "task");
    this.otherwise = Objects.requireNonNull(otherwise, "otherwise");
    this.depth = Depth.above("fallback", List.of(otherwise));
  }

  static <I, O> Fallback<I, O> of(
      Task<I, O> task, Step<? super TaskFailure, ? extends O> otherwise) {
    return new Fallback<>(task, otherwise);
  }

  /** A fallback whose types nobody has checked, for readers of definitions. */
  public static Fallback<Object, Object> untyped(Task<Object, Object> task, Step<?, ?> otherwise) {
    return new Fallback<>(task, otherwise);
  }

  /** The task. */
  public Task<I, O> task() {
    return task;
  }

  /** What runs when the task has failed; takes a {@link TaskFailure}. */
  public Step<?, ?> otherwise() {
    return otherwise;
  }

  @Override
  public int depth() {
    return depth;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Fallback<?, ?> that
        && task.equals(that.task)
        && otherwise.equals(that.otherwise);
  }

  @Override
  public int hashCode() {
    return task.hashCode();
  }

  @Override
  public String toString() {
    return task + " or else " + otherwise;
  }
}
