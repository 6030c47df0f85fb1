package io.faasflow.engine;

import io.faasflow.time.FlowClock;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/**
 * Makes messages cost what they cost between machines: each is serialised, waits until the receiver's
 * line is free, takes its bytes' time there, and arrives a latency later. For experiments and tests.
 * Thread-safe.
 *
 * <p>The time is that of the clock, real or virtual. With the machine's clock a message arrives some
 * 50 to 100 microseconds later than it should, which is how long a sleeping thread takes to wake.
 */
public final class SimulatedNetwork implements WorkerTransport {
  private static final double NANOS_A_SECOND = 1e9;

  /** When a receiver's line is free again; guarded by its own monitor. */
  private static final class Line {
    private long freeAt = Long.MIN_VALUE;

    synchronized long occupy(long now, long nanos) {
      freeAt = Math.max(freeAt, now) + nanos;
      return freeAt;
    }
  }

  private final WorkerTransport transport;
  private final FlowClock clock;
  private final long latencyNanos;
  private final double bytesPerSecond;
  private final MessageCodec codec = new MessageCodec();
  private final Map<String, Line> lines = new ConcurrentHashMap<>();

  /**
   * A network around a transport, which it closes when it is closed.
   *
   * @param clock what delays messages; not closed
   * @param latency the one-way time of a message, zero or more
   * @param bytesPerSecond what each worker's line carries, above 0; may be infinite
   */
  public SimulatedNetwork(
      WorkerTransport transport, FlowClock clock, Duration latency, double bytesPerSecond) {
    this.transport = Objects.requireNonNull(transport, "transport");
    this.clock = Objects.requireNonNull(clock, "clock");
    if (latency.isNegative()) {
      throw new IllegalArgumentException("The latency must be zero or more, was " + latency);
    }
    if (!(bytesPerSecond > 0)) {
      throw new IllegalArgumentException("bytesPerSecond must be above 0, was " + bytesPerSecond);
    }
    this.latencyNanos = latency.toNanos();
    this.bytesPerSecond = bytesPerSecond;
  }

  @Override
  public void register(String worker, Consumer<Message> receiver) {
    transport.register(worker, receiver);
  }

  @Override
  public int send(String worker, Message message) {
    byte[] bytes = codec.encode(message);
    long now = clock.nanos();
    long sent = lines.computeIfAbsent(worker, any -> new Line()).occupy(now, (long)
        (bytes.length / bytesPerSecond * NANOS_A_SECOND));
    try {
      clock.schedule(Duration.ofNanos(sent - now + latencyNanos), () -> deliver(worker, bytes));
    } catch (RejectedExecutionException e) {
      throw new IllegalStateException("The clock of this network was closed before it", e);
    }
    return bytes.length;
  }

  private void deliver(String worker, byte[] bytes) {
    int ignored = transport.send(worker, codec.decode(bytes));
  }

  @Override
  public void close() {
    transport.close();
  }
}
