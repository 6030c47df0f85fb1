package io.faasflow.engine;

import java.util.TreeSet;

/**
 * Numbers the runs of a home. The number and its entry among the open ones are made in one step,
 * under the monitor: or a run that begins could be taken for ended by another that ends.
 */
final class OpenSequences {
  private final TreeSet<Long> open = new TreeSet<>();
  private long next;

  OpenSequences(long first) {
    this.next = first;
  }

  synchronized long open() {
    open.add(next);
    return next++;
  }

  /** Ends a run. Returns a number below which all have ended. */
  synchronized long close(long sequence) {
    open.remove(sequence);
    return open.isEmpty() ? next : open.first();
  }
}
