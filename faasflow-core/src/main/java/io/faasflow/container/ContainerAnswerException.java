package io.faasflow.container;

import org.jspecify.annotations.Nullable;

/** The answer of a container cannot be used: it is malformed, or larger than allowed. */
public final class ContainerAnswerException extends ContainerException {
  private static final long serialVersionUID = 1L;

  /**
   * @param image the name of the image
   * @param message what was attempted, what was found, and the cure
   * @param log the last lines that the container wrote
   * @param cause why, or null
   */
  public ContainerAnswerException(
      String image, String message, String log, @Nullable Throwable cause) {
    super(image, message, log, cause);
  }
}
