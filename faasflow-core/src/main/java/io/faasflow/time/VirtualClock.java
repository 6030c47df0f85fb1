package io.faasflow.time;

import java.time.Duration;
import java.time.Instant;
import java.util.TreeSet;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A clock that stands still until it is told to advance, for tests. Thread-safe; what is due happens
 * on the thread that advances it.
 */
public final class VirtualClock implements FlowClock {
  private record Entry(long at, long number, Runnable action) implements Comparable<Entry> {
    @Override
    public int compareTo(Entry other) {
      int byTime = Long.compare(at, other.at);
      return byTime != 0 ? byTime : Long.compare(number, other.number);
    }
  }

  // The lock guards all that changes. Actions run without it: they may use this clock.
  private final ReentrantLock lock = new ReentrantLock();
  private final TreeSet<Entry> pending = new TreeSet<>();
  private final Instant start;
  private long nanos;
  private long count;
  private boolean closed;

  /** A clock that begins at the epoch, 1970-01-01T00:00:00Z. */
  public VirtualClock() {
    this(Instant.EPOCH);
  }

  /** A clock that begins at a moment. */
  public VirtualClock(Instant start) {
    this.start = start;
  }

  @Override
  public Instant instant() {
    return start.plusNanos(nanos());
  }

  @Override
  public long nanos() {
    lock.lock();
    try {
      return nanos;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Alarm schedule(Duration delay, Runnable action) {
    lock.lock();
    try {
      if (closed) {
        throw new RejectedExecutionException("This clock is closed");
      }
      Entry entry = new Entry(after(delay), count++, action);
      pending.add(entry);
      return () -> cancel(entry);
    } finally {
      lock.unlock();
    }
  }

  private long after(Duration delay) {
    if (delay.isNegative()) {
      return nanos;
    }
    try {
      return Math.addExact(nanos, delay.toNanos());
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE; // 292 years from the start: as good as never
    }
  }

  private void cancel(Entry entry) {
    lock.lock();
    try {
      pending.remove(entry);
    } finally {
      lock.unlock();
    }
  }

  /** Lets time pass; what becomes due meanwhile happens in its order, each at its time. */
  public void advance(Duration time) {
    long until;
    lock.lock();
    try {
      until = after(time);
    } finally {
      lock.unlock();
    }
    while (true) {
      Entry due = poll(until);
      if (due == null) {
        return;
      }
      SystemClock.run(due.action());
    }
  }

  /**
   * Lets time pass until the next thing is due, which then happens.
   *
   * @return false where nothing is scheduled: no time has passed then
   */
  public boolean advanceToNext() {
    Entry due = poll(-1);
    if (due == null) {
      return false;
    }
    SystemClock.run(due.action());
    return true;
  }

  /** The first entry, when it is due by then; -1: whenever it is due. */
  private @Nullable Entry poll(long until) {
    lock.lock();
    try {
      Entry first = pending.isEmpty() ? null : pending.first();
      if (first == null || (until >= 0 && first.at() > until)) {
        nanos = Math.max(nanos, until);
        return null;
      }
      pending.remove(first);
      nanos = Math.max(nanos, first.at());
      return first;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      pending.clear();
    } finally {
      lock.unlock();
    }
  }
}
