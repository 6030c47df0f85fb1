package io.faasflow.docker;

import com.github.dockerjava.api.exception.BadRequestException;
import com.github.dockerjava.api.exception.NotFoundException;
import io.faasflow.container.ContainerImage;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How much memory and CPU containers have, and changes of that while they run. Thread-safe.
 *
 * <p>No container misses a change: a start reads the size, makes the container known, and reads the
 * size again; a change stores the size, and then goes through the containers that are known. So
 * whichever comes later sees the other. The monitor is for one change after the other, so that the last
 * one stays.
 */
final class Sizes {
  /** @param cpus cores */
  record Size(long memoryBytes, double cpus) {
    /** CPUs as the engine counts them. */
    long nanoCpus() {
      return Math.round(cpus * 1_000_000_000);
    }
  }

  private final Engine engine;
  private final Size fallback;
  private final Map<ContainerImage, Size> changed = new ConcurrentHashMap<>();
  private final Map<String, ContainerImage> images =
      new ConcurrentHashMap<>(); // of those that run, by id

  /** @param fallback where neither a task nor a change says anything */
  Sizes(Engine engine, Size fallback) {
    this.engine = engine;
    this.fallback = fallback;
  }

  /** The size of a new container. */
  Size of(FunctionSpec spec) {
    Size size = changed.get(spec.image());
    if (size != null) {
      return size;
    }
    long memory = spec.resources().memoryBytes();
    double cpus = spec.resources().cpus();
    return new Size(
        memory == 0 ? fallback.memoryBytes() : memory, cpus > 0 ? cpus : fallback.cpus());
  }

  /** A container was started with a size that was asked for before. */
  synchronized void started(String id, FunctionSpec spec, Size size) {
    images.put(id, spec.image());
    Size now = of(spec);
    if (!now.equals(size)) {
      change(id, now);
    }
  }

  /** A container is gone. */
  void removed(String id) {
    images.remove(id);
  }

  /**
   * Changes the size of all containers of an image, those that run and those to come.
   *
   * @throws ResizeException when the engine refuses it for some that run; the others have it
   */
  synchronized void change(ContainerImage image, Size size) {
    Size before = changed.put(image, size);
    ResizeException refused = null;
    for (Map.Entry<String, ContainerImage> one : images.entrySet()) {
      if (one.getValue().equals(image)) {
        try {
          change(one.getKey(), size);
        } catch (BadRequestException e) { // no container can have it
          if (before == null) {
            changed.remove(image);
          } else {
            changed.put(image, before);
          }
          throw new ResizeException(image, one.getKey(), size, e);
        } catch (RuntimeException e) {
          ResizeException failure = new ResizeException(image, one.getKey(), size, e);
          if (refused == null) {
            refused = failure;
          } else {
            refused.addSuppressed(failure);
          }
        }
      }
    }
    if (refused != null) {
      throw refused;
    }
  }

  private void change(String id, Size size) {
    try {
      engine.resize(id, size);
    } catch (
        @SuppressWarnings("unused")
        NotFoundException e) {
      // It has just been removed.
    }
  }
}
