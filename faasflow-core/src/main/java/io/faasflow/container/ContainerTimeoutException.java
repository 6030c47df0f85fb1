package io.faasflow.container;

import org.jspecify.annotations.Nullable;

/** A container did not answer in time. It is removed, and what it did is unknown. */
public final class ContainerTimeoutException extends ContainerException {
  private static final long serialVersionUID = 1L;

  /**
   * @param image the name of the image
   * @param message what was attempted, what was found, and the cure
   * @param log the last lines that the container wrote
   * @param cause why, or null
   */
  public ContainerTimeoutException(
      String image, String message, String log, @Nullable Throwable cause) {
    super(image, message, log, cause);
  }
}
