package io.faasflow.engine;

import io.faasflow.container.ContainerBackend;
import io.faasflow.container.ContainerFunction;
import io.faasflow.container.ContainerImage;
import io.faasflow.graph.Edge;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import io.faasflow.graph.Operation;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.TaskCode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
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
   * What has the containers of the functions after a node started while its own runs: those that surely
   * follow; the branches of a switch do not. Null: there are none.
   */
  @Nullable
  Warming warming(Program program, Node node, Program.Setting setting) {
    if (backend == null) {
      return null;
    }
    List<Warming.Next> here = new ArrayList<>();
    Map<String, List<Integer>> elsewhere = new LinkedHashMap<>();
    for (Node next : following(program.graph, node)) {
      String worker = setting.workerOf().apply(next);
      if (worker.equals(setting.worker())) {
        here.addAll(atTheBeginning(next, setting));
      } else if (!program.isAssigned && isContainedAtTheBeginning(next)) {
        elsewhere.computeIfAbsent(worker, any -> new ArrayList<>()).add(next.id());
      }
    }
    return here.isEmpty() && elsewhere.isEmpty() ? null : new Warming(here, elsewhere);
  }

  /** The tasks with images that a node begins with, and what runs them: itself, or those of its loop. */
  List<Warming.Next> atTheBeginning(Node node, Program.Setting setting) {
    List<Warming.Next> found = new ArrayList<>();
    if (backend != null) {
      firstTasks(node).forEach(first -> {
        ContainerFunction function = find(first.task(), setting.worker());
        if (function != null) {
          Admission.Claim limit = setting.limits().apply(first.task());
          int most = limit == null ? Integer.MAX_VALUE : limit.mostAtOnce();
          found.add(new Warming.Next(
              function, first.task().name(), (int) Math.max(1, Math.min(first.calls(), most))));
        }
      });
    }
    return found;
  }

  private boolean isContainedAtTheBeginning(Node node) {
    return firstTasks(node).anyMatch(first -> image(first.task()) != null);
  }

  /**
   * A task at the beginning of a node.
   *
   * @param calls how many there will be at the same time, by what loops expect
   */
  private record First(Task<?, ?> task, double calls) {}

  private static Stream<First> firstTasks(Node node) {
    if (node.operation() instanceof Operation.Loop loop) {
      int instances = Math.max(1, Math.min(loop.expectedInstances(), loop.concurrency()));
      return following(loop.body(), loop.body().start()).stream()
          .flatMap(ContainedFunctions::firstTasks)
          .map(first -> new First(first.task(), instances * first.calls()));
    }
    return node.operation() instanceof Operation.Run run
        ? Stream.of(new First(run.task(), 1))
        : Stream.empty();
  }

  /** Whether an edge is live if the node that it leaves gives its output. */
  private static boolean surelyFollows(Edge edge) {
    boolean gaveIt = edge.from().operation() instanceof Operation.Run run
        && run.hasFallback()
        && edge.choices().contains(Operation.Run.DONE);
    return edge.control() && (edge.choices().isEmpty() || gaveIt);
  }

  /** The next nodes with functions that run if this one gives its output. */
  private static Set<Node> following(FunctionGraph graph, Node node) {
    Set<Node> found = new LinkedHashSet<>();
    addFollowing(graph, node, new HashSet<>(), found);
    return found;
  }

  private static void addFollowing(
      FunctionGraph graph, Node node, Set<Node> seen, Set<Node> found) {
    for (Edge edge : graph.outgoing(node)) {
      Node next = edge.to();
      if (!surelyFollows(edge) || !seen.add(next)) {
        continue;
      }
      if (!next.operation().isVirtual()) {
        found.add(next);
      } else if (!(next.operation() instanceof Operation.Choose)) {
        addFollowing(graph, next, seen, found);
      }
    }
  }
}
