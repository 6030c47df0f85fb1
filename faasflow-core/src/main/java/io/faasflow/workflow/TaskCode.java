package io.faasflow.workflow;

import io.faasflow.container.ContainerImage;
import io.faasflow.function.ContextFunction;
import java.util.Objects;

/**
 * What a task runs.
 *
 * <p>The set is closed.
 */
public sealed interface TaskCode
    permits TaskCode.Inline, TaskCode.Reading, TaskCode.Named, TaskCode.Contained, TaskCode.Pass {

  /** Java code given with the task. */
  record Inline(ContextFunction<?, ?> function) implements TaskCode {
    /** Refuses null. */
    public Inline {
      Objects.requireNonNull(function, "function");
    }
  }

  /** Java code given with the task that also takes the outputs that the task reads. */
  record Reading(ReadFunction<?, ?> function) implements TaskCode {
    /** Refuses null. */
    public Reading {
      Objects.requireNonNull(function, "function");
    }
  }

  /** A function that the registry of the runtime knows by name. */
  record Named() implements TaskCode {}

  /** A function in a container. */
  record Contained(ContainerImage image) implements TaskCode {
    /** Refuses null. */
    public Contained {
      Objects.requireNonNull(image, "image");
    }
  }

  /** Nothing: the task's output is its input. */
  record Pass() implements TaskCode {}
}
