package io.faasflow.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What tasks with a compensation have done in a run on a worker. Whoever closes it undoes what is in
 * it; what comes later is undone by who brings it. The monitor guards all fields.
 */
final class Effects {
  /**
   * One execution.
   *
   * @param nanos when it was over
   * @param node which node of the run's own graph it belongs to
   */
  record Effect(
      RunState run,
      NodeCode code,
      List<Integer> instance,
      long nanos,
      int node,
      @Nullable Object input,
      @Nullable Object output) {
    /**
     * The last first, of those that each worker gives in their order. At one moment of the clock, which
     * may be coarse or stand still: a node comes after all that it depends on, and what belongs to one
     * node was done on one worker.
     */
    static List<Effect> lastFirst(List<Effect> effects) {
      List<Effect> all = new ArrayList<>(effects);
      Collections.reverse(all);
      all.sort(
          Comparator.comparingLong(Effect::nanos).thenComparingInt(Effect::node).reversed());
      return all;
    }
  }

  private final List<Effect> done = new ArrayList<>();
  private boolean closed;
  private boolean kept; // the run has completed: nothing is to be undone

  /** False when the run has not completed, so that the caller has to undo it. */
  synchronized boolean add(Effect effect) {
    if (!closed) {
      done.add(effect);
      return true;
    }
    return kept;
  }

  /** All that is to be undone; empty when that was asked before. */
  synchronized List<Effect> takeToUndo() {
    closed = true;
    List<Effect> all = List.copyOf(done);
    done.clear();
    return all;
  }

  /** The run has completed. */
  synchronized void keep() {
    if (!closed) {
      closed = true;
      kept = true;
    }
    done.clear();
  }
}
