package io.faasflow.faastore.redis;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * How many bytes may be on their way to or from Redis at a time. First come, first served; more than
 * there are in all is given alone. Thread-safe; nothing blocks.
 */
final class Permits {
  private record Waiter(long bytes, CompletableFuture<Void> granted) {}

  private final long all;
  // Guarded by this, as the queue is.
  private long left;
  private final Queue<Waiter> waiting = new ArrayDeque<>();

  Permits(long all) {
    this.all = all;
    this.left = all;
  }

  /** Completes when there is room; who cancels it before takes nothing. */
  synchronized CompletableFuture<Void> acquire(long bytes) {
    long wanted = Math.min(bytes, all);
    if (waiting.isEmpty() && left >= wanted) {
      left -= wanted;
      return CompletableFuture.completedFuture(null);
    }
    Waiter waiter = new Waiter(wanted, new CompletableFuture<>());
    waiting.add(waiter);
    return waiter.granted;
  }

  /** Gives back what was acquired, once for each time. */
  void release(long bytes) {
    giveBack(Math.min(bytes, all));
    for (Waiter next = next(); next != null; next = next()) {
      // Outside of the lock: whoever waits goes on at once.
      if (!next.granted.complete(null)) {
        giveBack(next.bytes); // given up meanwhile
      }
    }
  }

  private synchronized void giveBack(long bytes) {
    left += bytes;
  }

  private synchronized @Nullable Waiter next() {
    while (!waiting.isEmpty() && waiting.element().granted.isDone()) {
      waiting.remove();
    }
    Waiter head = waiting.peek();
    if (head == null || head.bytes > left) {
      return null;
    }
    left -= head.bytes;
    return waiting.remove();
  }

  /** How many bytes are not on their way now. */
  synchronized long left() {
    return left;
  }
}
