package io.faasflow.docker;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Rings when the time of something is up, again and again for one thing after the other. Thread-safe.
 *
 * <p>A task of the timer for each of them would be scheduled and cancelled with each call, under a lock that all
 * calls share, and wake the timer's thread whenever it is the next one to run. So there is one task, which looks whether
 * the time is up when it was to be up for the first of them, and then comes again when it is to be up for the present one.
 */
final class Alarm {
  private final ScheduledExecutorService timer;
  private final Runnable bell;
  private boolean set;
  private long deadline;
  private @Nullable Future<?> look;
  private long lookAt;

  /** @param bell runs on the timer; does not block */
  Alarm(ScheduledExecutorService timer, Runnable bell) {
    this.timer = timer;
    this.bell = bell;
  }

  /** Begins to watch the time, up to one of {@link System#nanoTime()}. */
  synchronized void set(long time) {
    set = true;
    deadline = time;
    if (look == null || lookAt - time > 0) {
      cancelLook();
      lookAt(time);
    }
  }

  /** What was to be done in time is done. It may be ringing at this moment. */
  synchronized void clear() {
    set = false;
  }

  /** Clears it, and leaves nothing in the timer. */
  synchronized void cancel() {
    set = false;
    cancelLook();
  }

  private void cancelLook() {
    if (look != null) {
      look.cancel(false);
      look = null;
    }
  }

  private void lookAt(long time) {
    lookAt = time;
    look = timer.schedule(this::look, time - System.nanoTime(), TimeUnit.NANOSECONDS);
  }

  private void look() {
    if (isUp()) {
      bell.run();
    }
  }

  private synchronized boolean isUp() {
    look = null;
    if (!set) {
      return false;
    }
    if (deadline - System.nanoTime() > 0) {
      lookAt(deadline);
      return false;
    }
    set = false;
    return true;
  }
}
