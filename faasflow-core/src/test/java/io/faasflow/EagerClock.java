package io.faasflow;

import io.faasflow.time.FlowClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A clock for runs on threads in which nothing depends on how fast the machine is. Waits of less than an
 * hour are over at once. Longer ones never end, unless somebody ends them: a function that hangs that of
 * its own attempt, which its thread has set right before.
 */
final class EagerClock implements FlowClock, RandomRun.Time {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final class Entry implements Alarm {
    private final Duration delay;
    private final Runnable action;

    Entry(Duration delay, Runnable action) {
      this.delay = delay;
      this.action = action;
    }

    @Override
    public void cancel() {
      boolean ignored = pending.remove(this);
    }

    void end() {
      if (pending.remove(this)) {
        action.run();
      }
    }
  }

  private final Set<Entry> pending = ConcurrentHashMap.newKeySet();
  private final ThreadLocal<Deque<Entry>> own = ThreadLocal.withInitial(ArrayDeque::new);
  private final AtomicInteger due = new AtomicInteger();
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(task -> new Thread(task, "eager-clock"));

  @Override
  public Instant instant() {
    return Instant.now();
  }

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public Alarm schedule(Duration delay, Runnable action) {
    Entry entry = new Entry(delay, action);
    pending.add(entry);
    if (delay.compareTo(HOUR) < 0) {
      due.incrementAndGet();
      thread.execute(() -> {
        entry.end();
        due.decrementAndGet();
      });
    } else {
      own.get().addLast(entry);
    }
    return entry;
  }

  /** Ends the waits of just that length. */
  void end(Duration delay) {
    pending.stream().filter(entry -> entry.delay.equals(delay)).forEach(Entry::end);
  }

  /** How many waits there are. */
  int scheduled() {
    return pending.size();
  }

  /** Whether all waits that end by themselves have done so. */
  boolean isIdle() {
    return due.get() == 0;
  }

  /** The function that the calling thread was in is over. */
  void leave() {
    own.get().clear();
  }

  @Override
  public void pass(Duration time) {
    if (!time.isZero()) {
      throw new IllegalArgumentException("Functions take no time here, not " + time);
    }
  }

  @Override
  public void passForever() throws InterruptedException {
    Entry last = own.get().pollLast();
    if (last != null) {
      last.end();
    }
    awaitInterrupt();
  }

  /** Waits for whoever ends the run. */
  void awaitInterrupt() throws InterruptedException {
    boolean ignored = new CountDownLatch(1).await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    throw new IllegalStateException("Nobody interrupted it");
  }

  @Override
  public void close() {
    thread.shutdown();
  }
}
