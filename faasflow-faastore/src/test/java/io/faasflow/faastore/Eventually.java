package io.faasflow.faastore;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what comes about in the background. */
final class Eventually {
  private static final long DEADLINE_NANOS = Duration.ofSeconds(60).toNanos();
  private static final long POLL_NANOS = Duration.ofMillis(1).toNanos();

  private Eventually() {}

  static void until(String what, BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > DEADLINE_NANOS) {
        throw new AssertionError("It did not come about in a minute that " + what);
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }
}
