package io.faasflow.reference;

import io.faasflow.run.DataException;
import io.faasflow.run.RemoteFailureException;
import io.faasflow.run.TaskFailedException;
import io.faasflow.run.TaskFailure;
import io.faasflow.run.TaskTimeoutException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What failed, and why.
 *
 * @param task the task's name; null for what has no name: a switch, a foreach, the end of a workflow
 * @param instance the instance of each enclosing foreach, outermost first
 * @param attempt counted from 1
 * @param cause in words that are the same wherever it runs
 */
public record Failure(@Nullable String task, List<Integer> instance, int attempt, String cause) {
  /** A task that cancels its run. */
  public static Failure cancelling(String task, List<Integer> instance, int attempt) {
    return new Failure(task, instance, attempt, "cancelled the run");
  }

  /** What is in a value. */
  public static Failure of(TaskFailure failure) {
    return new Failure(
        failure.site().task(),
        failure.site().instance(),
        failure.site().attempt(),
        cause(failure.cause()));
  }

  /** What a caller was told. */
  public static Failure of(TaskFailedException thrown) {
    return new Failure(
        thrown.task(), thrown.instance(), thrown.attempt(), cause(thrown.getCause()));
  }

  /** Whether this, which was foretold, is what came about. */
  public boolean matches(Failure actual) {
    return (task == null || task.equals(actual.task))
        && instance.equals(actual.instance)
        && attempt == actual.attempt
        && cause.equals(actual.cause);
  }

  static String cause(Throwable thrown) {
    return thrown instanceof RemoteFailureException remote
        ? cause(remote.type(), String.valueOf(remote.getMessage()))
        : cause(thrown.getClass().getName(), thrown.toString());
  }

  private static String cause(String type, String text) {
    if (type.equals(TaskTimeoutException.class.getName())) {
      return text.substring(type.length() + 2);
    }
    return type.equals(DataException.class.getName()) ? "data" : text;
  }

  @Override
  public String toString() {
    return (task == null ? "a step" : task) + instance + " attempt " + attempt + ": " + cause;
  }
}
