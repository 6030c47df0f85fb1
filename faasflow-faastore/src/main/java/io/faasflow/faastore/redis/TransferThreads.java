package io.faasflow.faastore.redis;

import io.faasflow.faastore.ObjectKey;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Threads that may wait, for large values. They end when there is nothing to do. Thread-safe. */
final class TransferThreads implements AutoCloseable {
  private static final long IDLE_SECONDS = 10;

  private final Failures failures;
  private final ThreadPoolExecutor threads;

  TransferThreads(int count, Failures failures) {
    this.failures = failures;
    AtomicInteger number = new AtomicInteger();
    threads = new ThreadPoolExecutor(
        count, count, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
          Thread thread = new Thread(task, "faasflow-redis-" + number.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        });
    threads.allowCoreThreadTimeOut(true);
  }

  /** What the work gives in the end, or how it fails. */
  <T> CompletableFuture<T> run(ObjectKey key, Supplier<CompletableFuture<T>> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Runnable task = () -> {
      try {
        var unused = work.get().whenComplete((value, thrown) -> {
          if (thrown == null) {
            result.complete(value);
          } else {
            result.completeExceptionally(failures.of(key, thrown));
          }
        });
      } catch (Throwable e) {
        result.completeExceptionally(failures.of(key, e));
        if (e instanceof VirtualMachineError error) {
          throw error;
        }
      }
    };
    try {
      threads.execute(task);
    } catch (RejectedExecutionException e) {
      result.completeExceptionally(failures.closed(key));
    }
    return result;
  }

  /** To be called after the link was closed, which what still waits for a thread will find. */
  @Override
  public void close() {
    threads.shutdown();
    threads.getQueue().forEach(task -> {
      if (threads.remove(task)) {
        task.run();
      }
    });
  }
}
