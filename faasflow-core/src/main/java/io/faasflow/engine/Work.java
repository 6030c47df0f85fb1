package io.faasflow.engine;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Something ready to run, of which several threads can take pieces. The inherited counter is the
 * next piece; pieces are taken by incrementing it, so that each is taken once.
 */
abstract class Work extends AtomicInteger {
  private static final long serialVersionUID = 1L;

  /** The next piece, or -1 when there is none left. */
  abstract int take();

  /** Whether {@link #take()} would give -1 from now on. */
  abstract boolean isExhausted();

  /** Runs a piece. */
  abstract void run(int piece, Drainer drainer);
}
