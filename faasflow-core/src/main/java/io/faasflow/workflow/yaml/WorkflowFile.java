package io.faasflow.workflow.yaml;

import java.util.Objects;

/**
 * What a file is. Immutable.
 *
 * @param format its format
 * @param name the name of the workflow
 * @param functions how many functions it has: tasks that call one, or entries of a function info
 */
public record WorkflowFile(Format format, String name, int functions) {
  /** The formats that are recognised. */
  public enum Format {
    /** Our own format, which begins with {@code faasflow: 1}. */
    OWN,
    /** FaaSFlow's flat format: a list of functions, each with the next. */
    FLAT,
    /** FaaSFlow's nested format: a tree of steps. */
    NESTED,
    /** FaaSFlow's list of functions and their images, which is not a workflow. */
    FUNCTION_INFO
  }

  /** Refuses null. */
  public WorkflowFile {
    Objects.requireNonNull(format, "format");
    Objects.requireNonNull(name, "name");
  }
}
