package io.faasflow.faastore;

import static io.faasflow.faastore.ValueTags.MAX_DEPTH;

import io.faasflow.run.InstanceResult;
import io.faasflow.run.TaskFailure;
import io.faasflow.store.Blob;
import io.faasflow.store.Composite;
import io.faasflow.workflow.Outputs;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a value counts for in memory: bytes and texts exactly, as they are stored; numbers 8 bytes; what
 * holds others the sum of these. Looks at every element, and encodes none.
 */
final class ValueMeasure {
  static final long UNKNOWN = -1;

  private final Codecs codecs;
  private int depth;

  ValueMeasure(Codecs codecs) {
    this.codecs = codecs;
  }

  /** {@link #UNKNOWN} where any of it is of a type that has no codec. */
  long of(@Nullable Object value) {
    if (value == null || value == Outputs.absent() || value instanceof Boolean) {
      return 1;
    }
    if (value instanceof byte[] bytes) {
      return bytes.length;
    }
    if (value instanceof String text) {
      long utf8 = Utf8.length(text);
      return utf8 < 0 ? 2L * text.length() : utf8;
    }
    if (value instanceof Blob blob) {
      return blob.isInMemory() ? blob.length() : 0;
    }
    if (value instanceof ByteBuffer bytes) {
      return bytes.remaining();
    }
    if (value instanceof int[] ints) {
      return 4L * ints.length;
    }
    if (value instanceof long[] longs) {
      return 8L * longs.length;
    }
    if (value instanceof double[] doubles) {
      return 8L * doubles.length;
    }
    Codec<Object> codec = codecs.of(value);
    if (codec != null) {
      return codec.size(value);
    }
    if (ValueWriter.isScalar(value)) {
      return Long.BYTES;
    }
    if (++depth > MAX_DEPTH) {
      return UNKNOWN; // depth stays too large: the rest is unknown as well
    }
    long size = ofElements(value);
    depth--;
    return size;
  }

  private long ofElements(Object value) {
    if (value instanceof Collection<?> collection) {
      return sum(collection);
    }
    if (value instanceof Map<?, ?> map) {
      return plus(sum(map.keySet()), sum(map.values()));
    }
    if (value instanceof Composite composite) {
      return sum(java.util.Arrays.asList(composite.parts()));
    }
    if (value instanceof String[] texts) {
      return sum(java.util.Arrays.asList(texts));
    }
    if (value instanceof Optional<?> optional) {
      return of(optional.orElse(null));
    }
    if (value instanceof InstanceResult.Completed<?> completed) {
      return of(completed.output());
    }
    if (value instanceof InstanceResult.Failed<?> failed) {
      return of(failed.failure());
    }
    if (value instanceof TaskFailure failure) {
      return plus(of(failure.text()), of(failure.input()));
    }
    return UNKNOWN;
  }

  private long sum(Iterable<?> elements) {
    long sum = 0;
    for (Object element : elements) {
      sum = plus(sum, of(element));
      if (sum < 0) {
        return UNKNOWN;
      }
    }
    return sum;
  }

  private static long plus(long a, long b) {
    return a < 0 || b < 0 ? UNKNOWN : a + b;
  }
}
