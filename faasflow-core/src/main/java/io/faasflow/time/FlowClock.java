package io.faasflow.time;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** SPI: tells the time and acts later. Implementations are thread-safe. */
public interface FlowClock extends InstantSource, AutoCloseable {
  /** Something that is to happen. */
  interface Alarm {
    /** Nothing happens then. Does nothing where it has happened, or is happening now. */
    void cancel();
  }

  /** The time of day. */
  @Override
  Instant instant();

  /** Nanoseconds since an arbitrary moment; never goes back. For measuring how long things take. */
  long nanos();

  /**
   * Acts when a time has passed: once, not before, and soon after.
   *
   * @param delay zero or less: at once, as soon as the clock gets round to it
   * @param action short, and never waiting: others wait behind it; what it throws is logged
   * @throws java.util.concurrent.RejectedExecutionException when this clock is closed
   */
  Alarm schedule(Duration delay, Runnable action);

  /** Nothing that is scheduled happens any more. A second call does nothing. */
  @Override
  void close();

  /** The machine's clock. Has a thread of its own, a daemon, while something is scheduled. */
  static FlowClock system() {
    return new SystemClock();
  }
}
