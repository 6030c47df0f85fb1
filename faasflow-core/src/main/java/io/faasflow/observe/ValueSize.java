package io.faasflow.observe;

import io.faasflow.store.Blob;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How large a value is, about as it would be on a wire: of bytes, blobs, texts, numbers, and of lists, maps
 * and arrays of these. Of long collections the first elements are measured and taken for all.
 */
public final class ValueSize {
  /** What is looked at in one value at most. */
  private static final int MAX_LOOKS = 256;

  private static final int SAMPLE = 16;

  private int looks = MAX_LOOKS;

  private ValueSize() {}

  /** The size in bytes; {@link RunEvent#UNKNOWN_BYTES} where any of it is of another type, or cannot be read. */
  public static long of(@Nullable Object value) {
    try {
      return new ValueSize().measure(value);
    } catch (RuntimeException e) {
      // A collection of the host's own, or one that is changed meanwhile. A run goes on whether
      // somebody looks at it or not.
      return RunEvent.UNKNOWN_BYTES;
    }
  }

  private long measure(@Nullable Object value) {
    if (--looks < 0) {
      return RunEvent.UNKNOWN_BYTES;
    }
    if (value == null || value instanceof Boolean || value instanceof Byte) {
      return 1;
    }
    if (value instanceof CharSequence text) {
      return text.length();
    }
    if (value instanceof byte[] bytes) {
      return bytes.length;
    }
    if (value instanceof ByteBuffer bytes) {
      return bytes.remaining();
    }
    if (value instanceof Blob blob) {
      return blob.length();
    }
    if (value instanceof Number || value instanceof Character || value instanceof Enum<?>) {
      return Long.BYTES;
    }
    if (value instanceof int[] ints) {
      return (long) ints.length * Integer.BYTES;
    }
    if (value instanceof long[] longs) {
      return (long) longs.length * Long.BYTES;
    }
    if (value instanceof double[] doubles) {
      return (long) doubles.length * Double.BYTES;
    }
    if (value instanceof Map<?, ?> map) {
      return plus(all(map.keySet()), all(map.values()));
    }
    return value instanceof Collection<?> collection ? all(collection) : RunEvent.UNKNOWN_BYTES;
  }

  private static long plus(long a, long b) {
    return a < 0 || b < 0 ? RunEvent.UNKNOWN_BYTES : a + b;
  }

  private long all(Collection<?> elements) {
    int size = elements.size();
    int sample = Math.min(size, SAMPLE);
    long sum = 0;
    Iterator<?> next = elements.iterator();
    for (int i = 0; i < sample && next.hasNext(); i++) {
      sum = plus(sum, measure(next.next()));
      if (sum < 0) {
        return RunEvent.UNKNOWN_BYTES;
      }
    }
    return sample == 0 ? 0 : (long) ((double) sum / sample * size);
  }
}
