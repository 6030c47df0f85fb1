package io.faasflow.examples.cli;

import io.faasflow.docker.DockerBackend;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import io.faasflow.graph.Operation;
import io.faasflow.workflow.Workflow;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Containers for workflows that have tasks with images. */
final class Containers {
  private Containers() {}

  /**
   * A backend, to be closed after the run; null when no task has an image.
   *
   * @param address of the Docker engine; null: what DOCKER_HOST says
   */
  static @Nullable DockerBackend of(Workflow<?, ?> workflow, @Nullable String address) {
    if (!hasImages(FunctionGraph.of(workflow))) {
      return null;
    }
    DockerBackend.Builder builder = DockerBackend.builder().classPath(List.of(ownClasses()));
    return (address == null ? builder : builder.dockerHost(address)).build();
  }

  private static boolean hasImages(FunctionGraph graph) {
    for (Node node : graph.nodes()) {
      if (node.operation() instanceof Operation.Run run
          ? run.task().image().isPresent()
          : node.operation() instanceof Operation.Loop loop && hasImages(loop.body())) {
        return true;
      }
    }
    return false;
  }

  /** The jar that this command is in, or the folder of its classes. */
  private static Path ownClasses() {
    try {
      return Path.of(
          Containers.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException("A place of classes has an address that is none", e);
    }
  }
}
