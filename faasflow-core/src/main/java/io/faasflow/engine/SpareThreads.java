package io.faasflow.engine;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Platform threads that run what is ready in place of virtual ones. A virtual thread in a function that
 * computes and does not care for its interrupt keeps its carrier, and there is one carrier for each
 * processor: when all are kept so, no virtual thread runs any more, not even the one that is to deal with
 * the timeout. So, from the first function that is lost on a virtual thread until all are found again, one
 * spare thread looks for work at any time. Who finds some leaves the looking to another one: functions
 * may block spare threads too, and wait for each other. All workers share the carriers, and so the spare
 * threads.
 *
 * <p>It looks each millisecond: it cannot be called, since who adds work may have called a virtual
 * thread that never comes. The monitor guards all fields that change.
 */
final class SpareThreads {
  private static final Logger LOG = LoggerFactory.getLogger(SpareThreads.class);

  private static final long LOOK_NANOS = Duration.ofMillis(1).toNanos();

  private final FunctionThreads owner;
  private final List<ReadyQueue> queues = new CopyOnWriteArrayList<>();
  private final int processors = Runtime.getRuntime().availableProcessors();
  private final int most = Math.max(64, 8 * processors); // as many as where there are no others
  private int lost; // on virtual threads
  private int lostSpare; // which may be more
  private int running;
  private int looking; // of those that run

  SpareThreads(FunctionThreads owner) {
    this.owner = owner;
  }

  /** What is ready there is run by spare threads too, from now on. */
  void serve(ReadyQueue queue) {
    queues.add(queue);
  }

  /**
   * A function is lost until what this gives is closed.
   *
   * @param onSpare whether it runs on a spare thread
   */
  synchronized FunctionThreads.StandIn standIn(boolean onSpare) {
    count(onSpare, 1);
    letOneLook();
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

  private synchronized void letOneLook() {
    if (looking > 0 || lost == 0 || running >= most + lostSpare) {
      return;
    }
    Thread thread = new Thread(this::run, "faasflow-spare");
    thread.setDaemon(true);
    try {
      thread.start();
    } catch (RuntimeException | Error e) {
      LOG.error("No thread could be started in place of one that a function keeps", e);
      return;
    }
    running++;
    looking++;
  }

  private void run() {
    while (looksOn()) {
      LockSupport.parkNanos(this, LOOK_NANOS);
      for (ReadyQueue queue : queues) {
        if (!queue.isEmpty()) {
          work(queue);
        }
      }
    }
  }

  private void work(ReadyQueue queue) {
    changeLooking(-1);
    letOneLook();
    try {
      queue.help();
    } catch (RuntimeException | Error e) {
      LOG.error("A thread for functions goes on in spite of what was thrown", e);
    } finally {
      changeLooking(1);
    }
  }

  private synchronized void changeLooking(int change) {
    looking += change;
  }

  /** A few may look at a time, so that not each piece of work costs a thread. */
  private synchronized boolean looksOn() {
    if (looking <= Math.min(lost, processors) && !owner.isClosed()) {
      return true;
    }
    running--;
    looking--;
    return false;
  }
}
