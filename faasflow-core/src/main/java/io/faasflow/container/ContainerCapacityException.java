package io.faasflow.container;

import org.jspecify.annotations.Nullable;

/** A call found no free container in time, or the backend was closed meanwhile. Nothing has run. */
public final class ContainerCapacityException extends ContainerException {
  private static final long serialVersionUID = 1L;

  /**
   * @param image the name of the image
   * @param message what was attempted, what was found, and the cure
   * @param log the last lines that the container wrote
   * @param cause why, or null
   */
  public ContainerCapacityException(
      String image, String message, String log, @Nullable Throwable cause) {
    super(image, message, log, cause);
  }
}
