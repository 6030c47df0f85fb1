package io.faasflow.time;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The machine's clock. */
final class SystemClock implements FlowClock {
  private static final Logger LOG = LoggerFactory.getLogger(SystemClock.class);
  private static final Duration LONGEST = Duration.ofDays(36_500);
  private static final long IDLE_SECONDS = 1;

  private final InstantSource time = InstantSource.system();
  private final ScheduledThreadPoolExecutor timer;

  SystemClock() {
    timer = new ScheduledThreadPoolExecutor(1, task -> {
      Thread thread = new Thread(task, "faasflow-timer");
      thread.setDaemon(true);
      return thread;
    });
    timer.setRemoveOnCancelPolicy(true);
    timer.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
    timer.allowCoreThreadTimeOut(true);
  }

  @Override
  public Instant instant() {
    return time.instant();
  }

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public Alarm schedule(Duration delay, Runnable action) {
    long nanos =
        delay.isNegative() ? 0 : delay.compareTo(LONGEST) > 0 ? LONGEST.toNanos() : delay.toNanos();
    ScheduledFuture<?> pending = timer.schedule(() -> run(action), nanos, TimeUnit.NANOSECONDS);
    return () -> pending.cancel(false);
  }

  static void run(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException | Error e) {
      LOG.error("What was scheduled has failed: {}", action, e);
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
