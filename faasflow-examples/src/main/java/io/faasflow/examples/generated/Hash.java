package io.faasflow.examples.generated;

import io.faasflow.workflow.Outputs;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A number that depends on the contents of data and on nothing else: the same in any JVM. */
final class Hash {
  private Hash() {}

  /** The number of strings, numbers, booleans and null, and of lists and maps of such. */
  static long of(@Nullable Object data) {
    if (data instanceof Map<?, ?> map) {
      long sum = 1; // a sum, for the order of a map says nothing
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        sum += mix(of(entry.getKey()), of(entry.getValue()));
      }
      return mix(sum, map.size());
    }
    if (data instanceof Iterable<?> list) {
      long hash = 2;
      for (Object element : list) {
        hash = mix(hash, of(element));
      }
      return hash;
    }
    if (data instanceof Outputs outputs) {
      return of(outputs.asMap());
    }
    if (data instanceof byte[] bytes) {
      return mix(Arrays.hashCode(bytes), bytes.length);
    }
    boolean plain =
        data instanceof CharSequence || data instanceof Number || data instanceof Boolean;
    // Of anything else, the hash code may differ from run to run.
    return plain ? String.valueOf(data).hashCode() : data == null ? 3 : 5;
  }

  /** One number of two; the finisher of SplitMix64. */
  static long mix(long one, long other) {
    long z = one * 31 + other + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
