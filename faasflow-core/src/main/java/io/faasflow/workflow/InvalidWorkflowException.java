package io.faasflow.workflow;

import io.faasflow.run.FaasFlowException;
import java.util.List;

/** A definition that cannot run. Reports all problems that were found, not just the first. */
public final class InvalidWorkflowException extends FaasFlowException {
  private static final long serialVersionUID = 1L;
  private static final int MAX_SHOWN = 20;

  private final String workflow;
  private final transient List<Problem> problems;

  /**
   * @param workflow the name of the workflow
   * @param problems what is wrong, at least one
   */
  public InvalidWorkflowException(String workflow, List<Problem> problems) {
    super(message(workflow, problems), null);
    this.workflow = workflow;
    this.problems = List.copyOf(problems);
  }

  private static String message(String workflow, List<Problem> problems) {
    StringBuilder text = new StringBuilder("Workflow '").append(workflow).append("' cannot run:");
    for (Problem problem : problems.subList(0, Math.min(MAX_SHOWN, problems.size()))) {
      text.append("\n  - ").append(problem);
    }
    if (problems.size() > MAX_SHOWN) {
      text.append("\n  and ").append(problems.size() - MAX_SHOWN).append(" more");
    }
    return text.toString();
  }

  /** The name of the workflow. */
  public String workflow() {
    return workflow;
  }

  /** All problems that were found; empty only after deserialisation. */
  public List<Problem> problems() {
    return problems == null ? List.of() : problems;
  }
}
