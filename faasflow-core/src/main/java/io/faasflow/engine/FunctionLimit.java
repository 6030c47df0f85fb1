package io.faasflow.engine;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * How many instances of a function may run at a time on a worker, over all runs. Nobody blocks: who
 * gets no permit leaves the node here, and who gives a permit back takes the oldest node along.
 *
 * <p>The lock guards the queue and the permits; nothing but them is touched while it is held.
 */
final class FunctionLimit {
  /** A node that waits for a permit. */
  record Waiting(Frame frame, int node) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Deque<Waiting> queue = new ArrayDeque<>();
  private final int size;
  private int permits;

  FunctionLimit(int permits) {
    this.size = permits;
    this.permits = permits;
  }

  /** How many there are in all. */
  int size() {
    return size;
  }

  /** True: go on, with a permit. False: the node is left here and will be queued by another. */
  boolean acquireOrWait(Frame frame, int node) {
    lock.lock();
    try {
      if (permits > 0) {
        permits--;
        return true;
      }
      queue.add(new Waiting(frame, node));
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** Drops what waits of a run that has ended. */
  void forget(RunState run) {
    lock.lock();
    try {
      queue.removeIf(waiting -> waiting.frame().run == run);
    } finally {
      lock.unlock();
    }
  }

  /** Gives a permit back; if somebody waits, the permit goes to that node at once. */
  @Nullable
  Waiting release() {
    lock.lock();
    try {
      // What waits of a run that has ended will never run.
      Waiting next = queue.poll();
      while (next != null && next.frame().run.hasEnded()) {
        next = queue.poll();
      }
      if (next == null) {
        permits++;
      }
      return next;
    } finally {
      lock.unlock();
    }
  }
}
