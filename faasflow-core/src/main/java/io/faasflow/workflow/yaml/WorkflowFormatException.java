package io.faasflow.workflow.yaml;

import io.faasflow.run.FaasFlowException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file that is not a workflow that can run. Reports all problems that were found, not just the
 * first.
 */
public final class WorkflowFormatException extends FaasFlowException {
  private static final long serialVersionUID = 1L;
  private static final int MAX_SHOWN = 20;

  private final transient List<YamlProblem> problems;

  /**
   * @param source the file's name
   * @param problems what is wrong, at least one
   * @param cause what led to it, or null
   */
  WorkflowFormatException(String source, List<YamlProblem> problems, @Nullable Throwable cause) {
    super(message(source, problems), cause);
    this.problems = List.copyOf(problems);
  }

  private static String message(String source, List<YamlProblem> problems) {
    StringBuilder text = new StringBuilder("Cannot read a workflow from ").append(source);
    for (YamlProblem problem : problems.subList(0, Math.min(MAX_SHOWN, problems.size()))) {
      text.append("\n  ").append(problem);
    }
    if (problems.size() > MAX_SHOWN) {
      text.append("\n  and ").append(problems.size() - MAX_SHOWN).append(" more");
    }
    return text.toString();
  }

  /**
   * The problems in the order of the file, at most 1,000; empty only after
   * deserialisation.
   */
  public List<YamlProblem> problems() {
    return problems == null ? List.of() : problems;
  }
}
