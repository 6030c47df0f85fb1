package io.faasflow.partition;

import com.datadoghq.sketch.ddsketch.DDSketch;
import com.datadoghq.sketch.ddsketch.mapping.CubicallyInterpolatedMapping;
import com.datadoghq.sketch.ddsketch.mapping.IndexMapping;
import com.datadoghq.sketch.ddsketch.store.CollapsingLowestDenseStore;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * One quantity as it was observed in two windows of time: a sketch each (C. Masson, J. Rim and H. Lee,
 * DDSketch, VLDB 2019). Thread-safe.
 *
 * <p>The lock is held for some nanoseconds, and belongs to one quantity of one node or edge; that costs
 * less memory than anything without a lock.
 */
final class Observed {
  /** What is looked at. */
  enum Window {
    /** Since the last window ended. */
    NEWER,
    /** The one before. */
    OLDER,
    BOTH
  }

  /** The relative error of a quantile: well below any gain that is worth a new plan. */
  static final double ERROR = 0.03;

  /**
   * The most that a sketch takes: 8 bytes each. They reach from the largest value down to a millionth
   * of it; what is less counts as that.
   */
  static final int MOST_BINS = 256;

  private static final double QUANTILE = 0.99;
  private static final IndexMapping MAPPING = new CubicallyInterpolatedMapping(ERROR);

  private @Nullable DDSketch newer;
  private @Nullable DDSketch older;

  synchronized void add(long value) {
    DDSketch sketch = newer;
    if (sketch == null) {
      sketch = sketch();
      newer = sketch;
    }
    sketch.accept((double) Math.max(0, value));
  }

  private static DDSketch sketch() {
    return new DDSketch(MAPPING, () -> new CollapsingLowestDenseStore(MOST_BINS));
  }

  /** The 99th percentile of a window; empty if nothing was observed in it. */
  synchronized OptionalDouble high(Window window) {
    DDSketch seen = switch (window) {
      case NEWER -> newer;
      case OLDER -> older;
      case BOTH -> merged();
    };
    return seen == null
        ? OptionalDouble.empty()
        : OptionalDouble.of(seen.getValueAtQuantile(QUANTILE));
  }

  private @Nullable DDSketch merged() {
    DDSketch first = newer;
    DDSketch second = older;
    if (first == null || second == null) {
      return first == null ? second : first;
    }
    DDSketch both = first.copy();
    both.mergeWith(second);
    return both;
  }

  /** How many values the windows hold. */
  synchronized long count() {
    return newer() + (older == null ? 0 : (long) older.getCount());
  }

  /** How many values the newer window holds. */
  synchronized long newer() {
    return newer == null ? 0 : (long) newer.getCount();
  }

  /** How many bins the sketches have in use, from their first to their last. */
  synchronized int bins() {
    return bins(newer) + bins(older);
  }

  private static int bins(@Nullable DDSketch sketch) {
    if (sketch == null || sketch.getPositiveValueStore().isEmpty()) {
      return 0;
    }
    return sketch.getPositiveValueStore().getMaxIndex()
        - sketch.getPositiveValueStore().getMinIndex()
        + 1;
  }

  /** Ends the newer window, and forgets the older one. */
  synchronized void endWindow() {
    older = newer;
    newer = null;
  }
}
