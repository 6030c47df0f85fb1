package io.faasflow.container;

import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** A container ended, or broke off its answer, during a call. What the call did is unknown. */
public final class ContainerDiedException extends ContainerException {
  private static final long serialVersionUID = 1L;
  private static final int UNKNOWN = Integer.MIN_VALUE;

  private final int exitCode;
  private final boolean outOfMemory;

  /**
   * @param image the name of the image
   * @param message what was attempted, what was found, and the cure
   * @param log the last lines that the container wrote
   * @param exitCode how its process ended; empty where that is unknown, or it runs still
   * @param outOfMemory whether it was killed for taking more memory than it may
   * @param cause why, or null
   */
  public ContainerDiedException(
      String image,
      String message,
      String log,
      OptionalInt exitCode,
      boolean outOfMemory,
      @Nullable Throwable cause) {
    super(image, message, log, cause);
    this.exitCode = exitCode.orElse(UNKNOWN);
    this.outOfMemory = outOfMemory;
  }

  /** How its process ended; empty where that is unknown. */
  public OptionalInt exitCode() {
    return exitCode == UNKNOWN ? OptionalInt.empty() : OptionalInt.of(exitCode);
  }

  /** Whether it was killed for taking more memory than it may. */
  public boolean outOfMemory() {
    return outOfMemory;
  }
}
