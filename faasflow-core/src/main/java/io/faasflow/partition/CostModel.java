package io.faasflow.partition;

import java.time.Duration;
import java.util.Objects;

/**
 * What moving data and sending messages is taken to cost when a plan is made and judged. Immutable.
 *
 * <p>The defaults are those of the measurements of the original FaaSFlow: 50 MB/s between workers, 1
 * GB/s within one (1 MB is 1,000,000 bytes), and 0.5 ms for a message.
 *
 * @param networkBytesPerSecond how fast data goes from one worker to another, above 0
 * @param memoryBytesPerSecond how fast data goes from a task to another of the same worker, above 0
 * @param messageLatency the time of a message between workers, whatever it carries; 0 or more
 * @param assumedCpus the CPU cores that a worker with {@link WorkerSpec#UNLIMITED_CPUS} is taken to
 *     have, so that parallel work takes time there too; above 0
 */
public record CostModel(
    double networkBytesPerSecond,
    double memoryBytesPerSecond,
    Duration messageLatency,
    double assumedCpus) {
  /** 50 MB/s, 1 GB/s, 0.5 ms, 8 cores. */
  public static final CostModel DEFAULT = new CostModel(50e6, 1e9, Duration.ofNanos(500_000), 8);

  private static final double NANOS_A_SECOND = 1e9;

  /** Refuses rates that are not above 0, and a negative latency. */
  public CostModel {
    positive("networkBytesPerSecond", networkBytesPerSecond);
    positive("memoryBytesPerSecond", memoryBytesPerSecond);
    positive("assumedCpus", assumedCpus);
    Objects.requireNonNull(messageLatency, "messageLatency");
    if (messageLatency.isNegative()) {
      throw new IllegalArgumentException("messageLatency must be 0 or more, was " + messageLatency);
    }
  }

  private static void positive(String name, double value) {
    if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(name + " must be above 0 and finite, was " + value);
    }
  }

  /** The same with another rate between workers. */
  public CostModel withNetworkBytesPerSecond(double rate) {
    return new CostModel(rate, memoryBytesPerSecond, messageLatency, assumedCpus);
  }

  /** The same with another rate within a worker. */
  public CostModel withMemoryBytesPerSecond(double rate) {
    return new CostModel(networkBytesPerSecond, rate, messageLatency, assumedCpus);
  }

  /** The same with another time of a message. */
  public CostModel withMessageLatency(Duration latency) {
    return new CostModel(networkBytesPerSecond, memoryBytesPerSecond, latency, assumedCpus);
  }

  /** The same with another assumption about workers whose CPUs nobody declared. */
  public CostModel withAssumedCpus(double cpus) {
    return new CostModel(networkBytesPerSecond, memoryBytesPerSecond, messageLatency, cpus);
  }

  /** Unlike {@link Duration#toNanos()} for any duration. */
  static double seconds(Duration duration) {
    return duration.getSeconds() + duration.getNano() / NANOS_A_SECOND;
  }
}
