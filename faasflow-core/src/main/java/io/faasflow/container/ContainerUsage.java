package io.faasflow.container;

import java.time.Duration;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * What a container took for a call, or for several. Immutable.
 *
 * @param cpu the CPU time since the call before, of all its processes
 * @param memoryPeakBytes the most memory that it ever had, up to the end of the call, what the kernel
 *     caches for it included; empty where the kernel does not say. Of several containers that of the
 *     largest
 * @param receivedBytes what came over its network since the call before; 0 where it has none
 * @param sentBytes what went over its network since the call before
 */
public record ContainerUsage(
    Duration cpu, OptionalLong memoryPeakBytes, long receivedBytes, long sentBytes) {
  /** Nothing. */
  public static final ContainerUsage NONE =
      new ContainerUsage(Duration.ZERO, OptionalLong.empty(), 0, 0);

  /** @throws IllegalArgumentException when something is below zero */
  public ContainerUsage {
    Objects.requireNonNull(memoryPeakBytes, "memoryPeakBytes");
    if (cpu.isNegative() || memoryPeakBytes.orElse(0) < 0 || receivedBytes < 0 || sentBytes < 0) {
      throw new IllegalArgumentException("No usage can be below zero: " + cpu + ", "
          + memoryPeakBytes + ", " + receivedBytes + ", " + sentBytes);
    }
  }

  /** Both together: all is added up but the memory, of which the larger one counts. */
  public ContainerUsage plus(ContainerUsage other) {
    OptionalLong peak = memoryPeakBytes.orElse(-1) >= other.memoryPeakBytes.orElse(-1)
        ? memoryPeakBytes
        : other.memoryPeakBytes;
    return new ContainerUsage(
        cpu.plus(other.cpu),
        peak,
        receivedBytes + other.receivedBytes,
        sentBytes + other.sentBytes);
  }
}
