package io.faasflow.faastore;

import com.datadoghq.sketch.ddsketch.DDSketch;
import com.datadoghq.sketch.ddsketch.DDSketches;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What functions were seen to use of their memory, lately. Thread-safe. */
final class FunctionMemory {
  private static final double QUANTILE = 0.99;
  private static final double ACCURACY = 0.01;

  /** The last {@value} to twice as many executions count. */
  private static final int GENERATION = 500;

  private final Map<String, Recent> byFunction = new ConcurrentHashMap<>();

  void observed(String function, long bytes) {
    byFunction.computeIfAbsent(function, any -> new Recent()).add(bytes);
  }

  /** The 99th percentile, by up to 2 % too high, never too low; empty: nothing was seen. */
  OptionalLong use(String function) {
    Recent recent = byFunction.get(function);
    return recent == null ? OptionalLong.empty() : OptionalLong.of(recent.high());
  }

  /** The monitor guards all fields. */
  private static final class Recent {
    private DDSketch current = DDSketches.unboundedDense(ACCURACY);
    private @Nullable DDSketch previous;
    private int count;

    synchronized void add(long bytes) {
      if (count == GENERATION) {
        previous = current;
        current = DDSketches.unboundedDense(ACCURACY);
        count = 0;
      }
      current.accept((double) bytes);
      count++;
    }

    synchronized long high() {
      DDSketch all = current;
      if (previous != null) {
        all = current.copy();
        all.mergeWith(previous);
      }
      // Of fewer than a hundred, one in a hundred is the largest.
      double high = all.getCount() < 100 ? all.getMaxValue() : all.getValueAtQuantile(QUANTILE);
      return (long) Math.ceil(high * (1 + ACCURACY));
    }
  }
}
