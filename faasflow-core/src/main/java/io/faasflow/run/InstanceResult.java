package io.faasflow.run;

import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What became of one instance of a foreach that tolerates failures. Immutable, as far as its parts
 * are.
 *
 * @param <R> what an instance gives
 */
public sealed interface InstanceResult<R> {
  /** It gave an output, which may be null. */
  record Completed<R>(R output) implements InstanceResult<R> {}

  /** It failed. */
  record Failed<R>(TaskFailure failure) implements InstanceResult<R> {
    /** Refuses null. */
    public Failed {
      Objects.requireNonNull(failure, "failure");
    }
  }

  /** What it gave; empty where it failed, or gave null. */
  default Optional<R> toOptional() {
    return this instanceof Completed<R> completed
        ? Optional.ofNullable(completed.output())
        : Optional.empty();
  }

  /** Whether it failed. */
  default boolean isFailed() {
    return this instanceof Failed;
  }

  /** For references by name: {@code output}, or {@code failure} with the parts of the failure. */
  default Map<String, @Nullable Object> asMap() {
    if (this instanceof Completed<R> completed) {
      return Collections.singletonMap("output", completed.output());
    }
    return Map.of("failure", ((Failed<R>) this).failure().asMap());
  }
}
