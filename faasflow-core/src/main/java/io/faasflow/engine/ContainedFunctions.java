package io.faasflow.engine;

import io.faasflow.container.ContainerBackend;
import io.faasflow.container.ContainerFunction;
import io.faasflow.container.ContainerImage;
import io.faasflow.function.ContextFunction;
import io.faasflow.function.TaskFunction;
import io.faasflow.graph.Edge;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import io.faasflow.graph.Operation;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.TaskCode;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The functions in containers of one deployment. Confined to the thread that deploys. */
final class ContainedFunctions {
  private final @Nullable ContainerBackend backend; // null: there is nothing that runs containers
  private final Map<String, ContainerImage> images; // of functions that the host wants contained
  private final Set<String> missing = new TreeSet<>();

  ContainedFunctions(Containers containers) {
    this.backend = containers.backend();
    this.images = containers.images();
  }

  /** What runs a task with an image; null for other tasks, and where there is no backend. */
  @Nullable
  ContainerFunction find(Task<?, ?> task, String worker) {
    ContainerImage image = image(task);
    return backend == null || image == null
        ? null
        : backend.function(image, task.resources(), worker);
  }

  /** The image of a task, its own or that of its function; null: it has none. */
  @Nullable
  ContainerImage image(Task<?, ?> task) {
    return task.code() instanceof TaskCode.Named
        ? images.get(task.function())
        : task.image().orElse(null);
  }

  /** Notes that a task has an image and nothing that runs it. */
  void isMissing(Task<?, ?> task) {
    missing.add(task.name());
  }

  /** The tasks that nothing runs. */
  List<String> missing() {
    return List.copyOf(missing);
  }

  /**
   * The same function, or one that first says to the containers of the next functions that they will
   * be needed: so they start while this one runs. Next is what surely follows on the same worker; the
   * branches of a switch are not, and other workers have containers of their own.
   */
  @Nullable
  ContextFunction<@Nullable Object, @Nullable Object> warmingNext(
      @Nullable ContextFunction<@Nullable Object, @Nullable Object> function,
      Program program,
      Node node,
      Program.Setting setting) {
    if (backend == null || function == null) {
      return function;
    }
    Set<ContainerFunction> next = new LinkedHashSet<>();
    addNext(program.graph, node, setting, new HashSet<>(), next);
    if (next.isEmpty()) {
      return function;
    }
    List<ContainerFunction> warmed = List.copyOf(next);
    if (function instanceof TaskFunction<@Nullable Object, @Nullable Object> plain) {
      return (TaskFunction<@Nullable Object, @Nullable Object>) input -> {
        warmed.forEach(ContainerFunction::prewarm);
        return plain.apply(input);
      };
    }
    return (input, context) -> {
      warmed.forEach(ContainerFunction::prewarm);
      return function.apply(input, context);
    };
  }

  private void addNext(
      FunctionGraph graph,
      Node node,
      Program.Setting setting,
      Set<Node> seen,
      Set<ContainerFunction> found) {
    for (Edge edge : graph.outgoing(node)) {
      Node next = edge.to();
      boolean sure = edge.control() && edge.choices().isEmpty();
      if (!sure || !seen.add(next) || !setting.workerOf().apply(next).equals(setting.worker())) {
        continue;
      }
      if (next.operation() instanceof Operation.Run run) {
        ContainerFunction function = find(run.task(), setting.worker());
        if (function != null) {
          found.add(function);
        }
        if (run.isVirtual()) {
          addNext(graph, next, setting, seen, found);
        }
      } else if (next.operation() instanceof Operation.Loop loop) {
        addNext(loop.body(), loop.body().start(), setting.inLoop(), seen, found);
      } else if (!(next.operation() instanceof Operation.Choose)) {
        addNext(graph, next, setting, seen, found);
      }
    }
  }
}
