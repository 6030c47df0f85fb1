package io.faasflow.docker;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that speak to the engine. What they are given is done, whatever happens: a start or a
 * removal that was lost would count against the limits for ever. Thread-safe.
 */
final class Errands implements Executor {
  private static final Logger LOG = LoggerFactory.getLogger(Errands.class);
  private static final long PAUSE_MILLIS = 100;

  private final ThreadPoolExecutor threads;
  private final ScheduledExecutorService timer;

  /** @param timer has a thread already */
  Errands(int most, ThreadFactory factory, ScheduledExecutorService timer) {
    this.timer = timer;
    this.threads = new ThreadPoolExecutor(
        most, most, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory);
    threads.allowCoreThreadTimeOut(true);
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for it
  public void execute(Runnable task) {
    try {
      threads.execute(task);
    } catch (OutOfMemoryError e) { // the machine, or this user, has no room for another thread
      threads.remove(task);
      LOG.warn("No thread can be started for containers; will try again", e);
      try {
        timer.schedule(() -> execute(task), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
      } catch (
          @SuppressWarnings("unused")
          RejectedExecutionException closed) {
        task.run();
      }
    } catch (
        @SuppressWarnings("unused")
        RejectedExecutionException e) {
      task.run(); // a call has outlasted the backend: whoever ends it cleans up
    }
  }

  /** What is given from now on is done by whoever gives it. */
  void shutdown() {
    threads.shutdown();
  }
}
