package io.faasflow.store;

import java.util.List;
import java.util.Objects;

/**
 * An output of a workflow as one worker sees it: the same in all runs and instances. Immutable.
 *
 * @param workflow the workflow's name
 * @param node the id of the node that gives it, in its graph
 * @param task what gives it, for people
 * @param readersHere how many nodes of this worker read it
 * @param workersElsewhere the other workers that read it, where this worker gives it
 * @param forms the forms of all {@link Composite} values that the workflow itself makes, in an order that is
 *     the same on all workers
 */
public record Output(
    String workflow,
    int node,
    String task,
    int readersHere,
    List<String> workersElsewhere,
    List<Composite.Form> forms) {
  /** Copies the list of workers. */
  public Output {
    Objects.requireNonNull(workflow, "workflow");
    Objects.requireNonNull(task, "task");
    workersElsewhere = List.copyOf(workersElsewhere);
  }
}
