package io.faasflow.container;

import io.faasflow.run.FaasFlowException;
import java.util.List;

/** Tasks of a workflow have images, but the runtime has nothing that runs containers. Nothing has run. */
public final class MissingBackendException extends FaasFlowException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> tasks;

  /**
   * @param workflow the name of the workflow
   * @param tasks the names of the tasks with images
   */
  public MissingBackendException(String workflow, List<String> tasks) {
    super(
        "Workflow '"
            + workflow
            + "' cannot run: nothing runs the containers of its tasks "
            + String.join(", ", tasks.stream().map(task -> "'" + task + "'").toList())
            + ". Give a backend to FaasFlow.builder().containers(...), such as the DockerBackend of"
            + " faasflow-docker; in a unit test, stub these tasks",
        null);
    this.tasks = List.copyOf(tasks);
  }

  /** The names of all tasks that have an image; empty only after deserialisation. */
  public List<String> tasks() {
    return tasks == null ? List.of() : tasks;
  }
}
