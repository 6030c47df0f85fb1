package io.faasflow.testing;

import io.faasflow.LocalRun;
import io.faasflow.LocalRun.Compensated;
import io.faasflow.LocalRun.Invocation;
import io.faasflow.observe.RunTimeline;
import io.faasflow.run.RunStatus;
import io.faasflow.run.TaskFailedException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/**
 * Assertions about a run. Whatever fails shows the run's timeline and its seed. A name of a task that
 * the workflow does not have is an {@link IllegalArgumentException}, also where something is not to
 * happen. Not thread-safe.
 *
 * @param <O> what the workflow gives
 */
public final class LocalRunAssert<O> extends AbstractAssert<LocalRunAssert<O>, LocalRun<O>> {
  private @Nullable String subject; // of before() and after()

  LocalRunAssert(LocalRun<O> run) {
    super(run, LocalRunAssert.class);
  }

  private LocalRunAssert<O> check(boolean holds, String expected) {
    isNotNull();
    if (!holds) {
      failWithMessage("%s%n%s", expected, actual);
    }
    return this;
  }

  // The end of the run.

  /** The run gave its output. */
  public LocalRunAssert<O> completed() {
    return ended(RunStatus.COMPLETED);
  }

  /** A task failed, and with it the run. */
  public LocalRunAssert<O> failed() {
    return ended(RunStatus.FAILED);
  }

  /** The run was cancelled. */
  public LocalRunAssert<O> cancelled() {
    return ended(RunStatus.CANCELLED);
  }

  /** The run's deadline passed. */
  public LocalRunAssert<O> timedOut() {
    return ended(RunStatus.TIMED_OUT);
  }

  private LocalRunAssert<O> ended(RunStatus status) {
    isNotNull();
    return check(
        actual.status() == status,
        "Expected the run to have ended as " + status + ", but it was " + actual.status()
            + actual.failure().map(e -> ": " + TaskFailedException.describe(e)).orElse(""));
  }

  /** The run gave this; with null: it gave null. */
  public LocalRunAssert<O> hasOutput(@Nullable Object expected) {
    completed();
    Object output = actual.outputOrThrow();
    return check(
        Objects.equals(output, expected),
        "Expected the output " + expected + ", but it was " + output);
  }

  /** What the run gave meets these requirements. */
  public LocalRunAssert<O> outputSatisfies(Consumer<? super O> requirements) {
    completed();
    return satisfied(() -> requirements.accept(actual.outputOrThrow()), "output");
  }

  /** A task of this name failed the run. */
  public LocalRunAssert<O> failedAt(String task) {
    failed();
    int ignored = actual.invocations(task).size(); // the task exists
    String found = failure().task();
    return check(
        found.equals(task),
        "Expected task '" + task + "' to have failed the run, but it was '" + found + "'");
  }

  /** A task of this name failed the run in this instance, of each enclosing foreach, outermost first. */
  public LocalRunAssert<O> failedAt(String task, Integer... instance) {
    failedAt(task);
    List<Integer> found = failure().instance();
    return check(
        found.equals(List.of(instance)),
        "Expected instance " + List.of(instance) + " of task '" + task
            + "' to have failed the run, but it was " + found);
  }

  /** What the task threw that failed the run is of this type. */
  public LocalRunAssert<O> withCause(Class<? extends Throwable> type) {
    failed();
    return check(
        type.isInstance(failure().getCause()),
        "Expected the run to have failed because of a " + type.getName() + ", but it was "
            + cause());
  }

  /** What the task threw that failed the run is of this type, and its message contains this. */
  public LocalRunAssert<O> withCause(Class<? extends Throwable> type, String message) {
    withCause(type);
    return check(
        String.valueOf(Objects.requireNonNull(failure().getCause()).getMessage())
            .contains(message),
        "Expected the cause's message to contain '" + message + "', but it was " + cause());
  }

  private TaskFailedException failure() {
    return (TaskFailedException) actual.failure().orElseThrow();
  }

  private String cause() {
    return TaskFailedException.describe(Objects.requireNonNull(failure().getCause()));
  }

  // Tasks.

  /**
   * The function of the task was called, be it in one instance and be it that it failed. {@link
   * #before} and {@link #after} may follow.
   */
  public LocalRunAssert<O> ran(String task) {
    isNotNull();
    subject = task;
    return check(
        !actual.invocations(task).isEmpty(),
        "Expected task '" + task + "' to have run, but it did not");
  }

  /** The function of the task was called so many times, all instances and attempts together. */
  public LocalRunAssert<O> ran(String task, int times) {
    isNotNull();
    subject = task;
    int found = actual.invocations(task).size();
    return check(
        found == times,
        "Expected task '" + task + "' to have run " + times + " times, but it ran " + found);
  }

  /** The function of the task was never called, for whichever reason. */
  public LocalRunAssert<O> didNotRun(String task) {
    isNotNull();
    int found = actual.invocations(task).size();
    return check(
        found == 0, "Expected task '" + task + "' not to have run, but it ran " + found + " times");
  }

  /** A switch chose another way, so that the task, or an instance of it, did not run. */
  public LocalRunAssert<O> skipped(String task) {
    isNotNull();
    int calls = actual.invocations(task).size();
    return check(
        actual.timeline().entries(task).stream()
            .anyMatch(entry -> entry.state() == RunTimeline.State.SKIPPED),
        "Expected task '" + task + "' to have been skipped, but it "
            + (calls == 0 ? "was never reached" : "ran"));
  }

  /** After the task named last, the other one began: not before each invocation of it had ended. */
  public LocalRunAssert<O> before(String other) {
    String first = subject("before");
    return inOrder(first, other);
  }

  /** Before the task named last began, each invocation of the other one had ended. */
  public LocalRunAssert<O> after(String other) {
    String second = subject("after");
    return inOrder(other, second);
  }

  private String subject(String method) {
    isNotNull();
    if (subject == null) {
      throw new IllegalStateException(method + "(...) has to follow ran(...)");
    }
    return subject;
  }

  private LocalRunAssert<O> inOrder(String first, String second) {
    List<Invocation> firsts = actual.invocations(first);
    List<Invocation> seconds = actual.invocations(second);
    check(!firsts.isEmpty(), "Expected task '" + first + "' to have run, but it did not");
    check(!seconds.isEmpty(), "Expected task '" + second + "' to have run, but it did not");
    int end = firsts.stream().mapToInt(Invocation::ended).max().orElseThrow();
    int begin = seconds.stream().mapToInt(Invocation::began).min().orElseThrow();
    return check(
        end < begin,
        "Expected task '" + first + "' to have run before task '" + second + "', but it did not");
  }

  /** The task was tried again so often after its first attempt, all instances together. */
  public LocalRunAssert<O> retried(String task, int times) {
    isNotNull();
    long found =
        actual.invocations(task).stream().filter(one -> one.attempt() > 1).count();
    return check(
        found == times,
        "Expected task '" + task + "' to have been retried " + times + " times, but it was retried "
            + found + " times");
  }

  /** The inputs of all invocations of the task meet these requirements, in the order in which they began. */
  public LocalRunAssert<O> inputsSatisfy(
      String task, Consumer<? super List<@Nullable Object>> requirements) {
    isNotNull();
    List<@Nullable Object> inputs = actual.invocations(task).stream()
        .<@Nullable Object>map(Invocation::input)
        .toList();
    return satisfied(() -> requirements.accept(inputs), "inputs of task '" + task + "'");
  }

  // Compensation.

  /**
   * What undoes these tasks ended well, in this order, once for each instance, and nothing else was
   * undone.
   */
  public LocalRunAssert<O> compensated(String... tasks) {
    isNotNull();
    for (String task : tasks) {
      int ignored = actual.compensations(task).size(); // the task exists, and can be undone
    }
    List<String> found = actual.compensations().stream()
        .filter(one -> one.failure() == null)
        .map(Compensated::task)
        .toList();
    return check(
        found.equals(List.of(tasks)),
        "Expected " + List.of(tasks) + " to have been compensated, in this order, but it was "
            + found);
  }

  /** Nothing was undone, nor tried to be. */
  public LocalRunAssert<O> compensatedNothing() {
    isNotNull();
    List<String> found = actual.compensations().stream().map(Compensated::task).toList();
    return check(found.isEmpty(), "Expected nothing to have been compensated, but it was " + found);
  }

  private LocalRunAssert<O> satisfied(Runnable requirements, String what) {
    try {
      requirements.run();
    } catch (AssertionError e) {
      return check(false, "The " + what + ": " + e.getMessage());
    }
    return this;
  }

  // Time.

  /** The virtual time from the run's start to its end was this. */
  public LocalRunAssert<O> took(Duration time) {
    isNotNull();
    return check(
        actual.took().equals(time),
        "Expected the run to have taken " + time + ", but it took " + actual.took());
  }

  /** The virtual time from the run's start to its end was this or less. */
  public LocalRunAssert<O> tookAtMost(Duration time) {
    isNotNull();
    return check(
        actual.took().compareTo(time) <= 0,
        "Expected the run to have taken " + time + " at most, but it took " + actual.took());
  }
}
