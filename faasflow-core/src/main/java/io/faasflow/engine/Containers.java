package io.faasflow.engine;

import io.faasflow.container.ContainerBackend;
import io.faasflow.container.ContainerImage;
import io.faasflow.observe.LogContext;
import io.faasflow.run.RunId;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What runs containers, and what the host wants in them besides tasks with an image. Immutable.
 *
 * @param backend null: there is none
 * @param images the images of functions, by the functions' names
 */
public record Containers(@Nullable ContainerBackend backend, Map<String, ContainerImage> images) {
  private static final Logger LOG = LoggerFactory.getLogger(Containers.class);

  /** No containers. */
  public static final Containers NONE = new Containers(null, Map.of());

  /** Copies the map. */
  public Containers {
    images = Map.copyOf(images);
  }

  /** Says to the backend that a run has ended. Whatever it makes of that, the run's end goes on. */
  public void ended(RunId run, @Nullable Object output) {
    if (backend != null) {
      try {
        backend.ended(run, output);
      } catch (Throwable e) {
        LogContext.about(run, () -> LOG.warn("{} failed at the end of run {}", backend, run, e));
      }
    }
  }
}
