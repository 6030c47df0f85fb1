package io.faasflow.run;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A task that failed for good, as a value: what its fallback takes. Immutable, as far as the cause and
 * the input are.
 *
 * @param site which task, instance and attempt, and where
 * @param cause what its function threw, or why there was no input for it
 * @param input what its function took; null where it took null, and where there was no input
 */
public record TaskFailure(
    FailureSite site, Throwable cause, @Nullable Object input) {
  /** Refuses null for all but the input. */
  public TaskFailure {
    Objects.requireNonNull(site, "site");
    Objects.requireNonNull(cause, "cause");
  }

  /** What was thrown, as text, even if it cannot print itself. The same on every worker. */
  public String text() {
    return cause instanceof RemoteFailureException remote
        ? String.valueOf(remote.getMessage())
        : TaskFailedException.describe(cause);
  }

  /** The name of the class of what was thrown. The same on every worker. */
  public String type() {
    return cause instanceof RemoteFailureException remote
        ? remote.type()
        : cause.getClass().getName();
  }

  /** For references by name: task, function, instance, attempt, worker, type and message. */
  public Map<String, Object> asMap() {
    return Map.of(
        "task", site.task(),
        "function", site.function(),
        "instance", site.instance(),
        "attempt", site.attempt(),
        "worker", site.worker(),
        "type", type(),
        "message", text());
  }

  @Override
  public String toString() {
    // Not the input: it may be large, or a secret.
    return "task '" + site.task() + "' failed at attempt " + site.attempt() + ": " + text();
  }
}
