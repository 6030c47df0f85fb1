package io.faasflow.docker;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/** How many bytes the files in one place may have together, and have. Thread-safe. */
final class Room {
  /** Collections that are asked for may take one part of so many of the time. */
  private static final int PART_OF_TIME = 10;

  private static final long COLLECTION_PATIENCE = TimeUnit.MILLISECONDS.toNanos(200);

  private final long limit;
  private final AtomicLong used = new AtomicLong();
  private final ReentrantLock collection = new ReentrantLock();
  private long nextCollection = System.nanoTime(); // guarded by the lock

  Room(long limit) {
    this.limit = limit;
  }

  long limit() {
    return limit;
  }

  long used() {
    return used.get();
  }

  /** Takes so many bytes; false: there is no room for them. */
  boolean reserve(long bytes) {
    if (bytes > limit) {
      return false;
    }
    if (take(bytes)) {
      return true;
    }
    collection.lock();
    try {
      boolean taken = take(bytes); // somebody else may have made room meanwhile
      if (!taken && System.nanoTime() - nextCollection >= 0) {
        collect(bytes);
        taken = take(bytes);
      }
      return taken;
    } finally {
      collection.unlock();
    }
  }

  private boolean take(long bytes) {
    long now = used.get();
    while (bytes <= limit - now) {
      long found = used.compareAndExchange(now, now + bytes);
      if (found == now) {
        return true;
      }
      now = found;
    }
    return false;
  }

  /**
   * Files are freed when nobody refers to their values, which only a collection finds out, and a heap
   * that has room has no reason for one. So it is asked for one, as the JDK does when there is no room
   * for direct buffers.
   */
  private void collect(long wanted) {
    long start = System.nanoTime();
    System.gc();
    long end = System.nanoTime() + COLLECTION_PATIENCE; // the cleaner has a thread of its own
    while (wanted > limit - used.get()
        && System.nanoTime() - end < 0
        && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(1_000_000);
    }
    long now = System.nanoTime();
    nextCollection = now + PART_OF_TIME * (now - start);
  }

  /** Gives back what was taken. */
  void free(long bytes) {
    used.addAndGet(-bytes);
  }
}
