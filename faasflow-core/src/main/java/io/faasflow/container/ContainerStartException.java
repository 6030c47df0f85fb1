package io.faasflow.container;

import org.jspecify.annotations.Nullable;

/** No container could be made ready: no image, no start, or the function's code was refused. */
public final class ContainerStartException extends ContainerException {
  private static final long serialVersionUID = 1L;

  /**
   * @param image the name of the image
   * @param message what was attempted, what was found, and the cure
   * @param log the last lines that the container wrote
   * @param cause why, or null
   */
  public ContainerStartException(
      String image, String message, String log, @Nullable Throwable cause) {
    super(image, message, log, cause);
  }
}
