package io.faasflow.docker;

import io.faasflow.container.ContainerImage;
import io.faasflow.run.FaasFlowException;

/**
 * The engine refused to change the memory or CPU of a container that runs, most often as it uses more
 * memory than it is to have. That one keeps what it had; the others have what was asked for, and so will
 * new ones, unless it is more than the machine has. Further containers that refused are suppressed
 * exceptions of this.
 */
public final class ResizeException extends FaasFlowException {
  private static final long serialVersionUID = 1L;

  ResizeException(ContainerImage image, String id, Sizes.Size size, Throwable cause) {
    super(
        "Container " + id.substring(0, Math.min(12, id.length())) + " of " + image
            + " could not be given " + size.memoryBytes() + " bytes of memory and " + size.cpus()
            + " CPUs, and keeps what it had: " + cause.getMessage(),
        cause);
  }
}
