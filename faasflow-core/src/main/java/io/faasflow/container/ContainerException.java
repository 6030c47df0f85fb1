package io.faasflow.container;

import io.faasflow.run.FaasFlowException;
import org.jspecify.annotations.Nullable;

/**
 * A call of a function in a container failed. The cause of a {@code TaskFailedException}. Subclasses
 * say what happened, and so whether another attempt makes sense.
 */
public abstract sealed class ContainerException extends FaasFlowException
    permits ContainerAnswerException,
        ContainerCapacityException,
        ContainerDiedException,
        ContainerFunctionException,
        ContainerStartException,
        ContainerTimeoutException {
  private static final long serialVersionUID = 1L;

  private final String image;
  private final String log;

  ContainerException(String image, String message, String log, @Nullable Throwable cause) {
    super(log.isEmpty() ? message : message + "\nThe end of the container's log:\n" + log, cause);
    this.image = image;
    this.log = log;
  }

  /** The name of the image. */
  public String image() {
    return image;
  }

  /** The last lines that the container wrote; empty where it wrote none or they could not be had. */
  public String log() {
    return log;
  }
}
