package io.faasflow.engine;

import io.faasflow.container.ContainerBackend;
import io.faasflow.container.ContainerImage;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What runs containers, and what the host wants in them besides tasks with an image. Immutable.
 *
 * @param backend null: there is none
 * @param images the images of functions, by the functions' names
 */
public record Containers(@Nullable ContainerBackend backend, Map<String, ContainerImage> images) {
  /** No containers. */
  public static final Containers NONE = new Containers(null, Map.of());

  /** Copies the map. */
  public Containers {
    images = Map.copyOf(images);
  }
}
