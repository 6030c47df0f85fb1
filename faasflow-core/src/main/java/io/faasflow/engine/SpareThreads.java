package io.faasflow.engine;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Platform threads that run what is ready in place of virtual ones. A virtual thread in a function that
 * computes and does not care for its interrupt keeps its carrier, and there is one carrier for each
 * processor: when all are kept so, no virtual thread runs any more, not even the one that is to deal with
 * the timeout. So there is a spare thread for each function that is lost, up to the number of carriers,
 * until it is found again; and one more for each that is lost on a spare thread.
 *
 * <p>A spare thread looks for work each millisecond: it cannot be called, since who adds work may have
 * called a virtual thread that never comes. The monitor guards all fields.
 */
final class SpareThreads {
  private static final long LOOK_NANOS = Duration.ofMillis(1).toNanos();

  private final ReadyQueue ready;
  private final FunctionThreads owner;
  private final int most = Runtime.getRuntime().availableProcessors();
  private int lost; // on virtual threads
  private int lostSpare;
  private int running;

  SpareThreads(ReadyQueue ready, FunctionThreads owner) {
    this.ready = ready;
    this.owner = owner;
  }

  /**
   * A function is lost until what this gives is closed.
   *
   * @param onSpare whether it runs on a spare thread
   */
  synchronized FunctionThreads.StandIn standIn(boolean onSpare) {
    count(onSpare, 1);
    if (running < needed()) {
      running++;
      Thread thread = new Thread(this::run, "faasflow-spare");
      thread.setDaemon(true);
      thread.start();
    }
    AtomicBoolean closed = new AtomicBoolean();
    return () -> {
      if (closed.compareAndSet(false, true)) {
        found(onSpare);
      }
    };
  }

  private synchronized void found(boolean onSpare) {
    count(onSpare, -1);
  }

  private void count(boolean onSpare, int change) {
    lost += onSpare ? 0 : change;
    lostSpare += onSpare ? change : 0;
  }

  private int needed() {
    return Math.min(lost, most) + lostSpare;
  }

  private void run() {
    while (isNeeded()) {
      ready.help();
      LockSupport.parkNanos(this, LOOK_NANOS);
    }
  }

  private synchronized boolean isNeeded() {
    if (running <= needed() && !owner.isClosed()) {
      return true;
    }
    running--;
    return false;
  }
}
