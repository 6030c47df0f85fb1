package io.faasflow.container;

import org.jspecify.annotations.Nullable;

/** The function in the container failed: it threw, or gave an error. The container is in order. */
public final class ContainerFunctionException extends ContainerException {
  private static final long serialVersionUID = 1L;

  /**
   * @param image the name of the image
   * @param message what was attempted, what was found, and the cure
   * @param log the last lines that the container wrote
   * @param cause why, or null
   */
  public ContainerFunctionException(
      String image, String message, String log, @Nullable Throwable cause) {
    super(image, message, log, cause);
  }
}
