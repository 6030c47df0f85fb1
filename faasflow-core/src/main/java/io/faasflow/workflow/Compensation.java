package io.faasflow.workflow;

import io.faasflow.function.CompensationFunction;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What undoes a task. The set is closed. */
public sealed interface Compensation {
  /** Java code. */
  record Inline(CompensationFunction<@Nullable Object, @Nullable Object> function)
      implements Compensation {
    /** Refuses null. */
    public Inline {
      Objects.requireNonNull(function, "function");
    }
  }

  /**
   * A function of the registry; it takes a map with {@code input} and {@code output}, and what it gives
   * is ignored. Its context has its name for task and function.
   */
  record Named(String function) implements Compensation {
    /** Refuses null. */
    public Named {
      Objects.requireNonNull(function, "function");
    }
  }
}
