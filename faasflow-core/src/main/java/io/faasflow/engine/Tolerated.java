package io.faasflow.engine;

import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * An instance of a foreach that tolerates failures. Over is what nobody may go on with: who moves it
 * there, alone, counts the instance as done.
 */
final class Tolerated {
  private final @Nullable Tolerated outer; // around it, if that can fail by itself too
  private final AtomicBoolean over = new AtomicBoolean();

  Tolerated(@Nullable Tolerated outer) {
    this.outer = outer;
  }

  /** True for the first who ends it. */
  boolean end() {
    return over.compareAndSet(false, true);
  }

  boolean isOver() {
    for (Tolerated at = this; at != null; at = at.outer) {
      if (at.over.get()) {
        return true;
      }
    }
    return false;
  }
}
