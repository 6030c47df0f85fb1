package io.faasflow.docker;

import io.faasflow.run.InstanceResult;
import io.faasflow.store.Blob;
import io.faasflow.store.Composite;
import java.time.temporal.TemporalAccessor;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The blobs of containers that a run's output has. Confined to one thread. */
final class OutputBlobs {
  private static final int MAX_DEPTH = 100;

  private final Set<Blob> found = Collections.newSetFromMap(new IdentityHashMap<>());
  private boolean opaque; // holds objects that cannot be looked into

  private OutputBlobs() {}

  static OutputBlobs of(@Nullable Object output) {
    OutputBlobs blobs = new OutputBlobs();
    try {
      blobs.search(output, 0);
    } catch (
        @SuppressWarnings("unused")
        RuntimeException e) {
      blobs.opaque = true; // a collection of the host's own, or one that is changed meanwhile
    }
    return blobs;
  }

  /** Whether the blob is in the output, or may be where one cannot look. */
  boolean mayHave(Blob blob) {
    return opaque || found.contains(blob);
  }

  private void search(@Nullable Object value, int depth) {
    if (value == null || opaque || isPlain(value)) {
      return;
    }
    if (value instanceof FileBlob blob) {
      found.add(blob);
    } else if (depth > MAX_DEPTH) {
      opaque = true;
    } else if (value instanceof Map<?, ?> map) {
      searchAll(map.keySet(), depth);
      searchAll(map.values(), depth);
    } else if (value instanceof Collection<?> collection) {
      searchAll(collection, depth);
    } else if (value instanceof Object[] array) {
      searchAll(Arrays.asList(array), depth);
    } else if (value instanceof Optional<?> optional) {
      search(optional.orElse(null), depth + 1);
    } else if (value instanceof Composite composite) {
      searchAll(Arrays.asList(composite.parts()), depth);
    } else if (value instanceof InstanceResult.Completed<?> completed) {
      search(completed.output(), depth + 1);
    } else {
      opaque = true;
    }
  }

  private void searchAll(Collection<?> values, int depth) {
    values.forEach(one -> search(one, depth + 1));
  }

  private static boolean isPlain(Object value) {
    return value instanceof CharSequence
        || value instanceof Number
        || value instanceof Boolean
        || value instanceof Character
        || value instanceof Enum<?>
        || value instanceof TemporalAccessor
        || (value.getClass().isArray() && value.getClass().getComponentType().isPrimitive());
  }
}
