package io.faasflow.examples.experiment;

import io.faasflow.run.RunId;
import io.faasflow.store.DataKey;
import io.faasflow.store.DataStore;
import io.faasflow.workflow.Outputs;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A store that notes what other workers than its maker fetch. Thread-safe; for one run at a time.
 *
 * <p>Sizes are computed when they are asked for, which is after the run, so that they cost the run
 * nothing.
 */
final class MeteredStore implements DataStore {
  private static final int NUMBER_BYTES = 8;

  private final DataStore store;
  private final Map<DataKey, AtomicInteger> uncounted = new ConcurrentHashMap<>();
  private final Queue<Fetch> fetches = new ConcurrentLinkedQueue<>();

  private record Fetch(int node, @Nullable Object value) {}

  /** How many bytes went from worker to worker: of outputs, and of the run's input. */
  record Bytes(long outputs, long input) {}

  MeteredStore(DataStore store) {
    this.store = store;
  }

  @Override
  public void save(DataKey key, @Nullable Object value, int readers) {
    uncounted.put(key, new AtomicInteger(readers));
    store.save(key, value, readers);
  }

  @Override
  public Optional<Stored> fetch(DataKey key) {
    Optional<Stored> found = store.fetch(key);
    AtomicInteger left = uncounted.get(key);
    // Several readers on a worker may fetch a value at the same time; a worker needs it once.
    if (found.isPresent() && left != null && left.getAndDecrement() > 0) {
      fetches.add(new Fetch(key.node(), found.get().value()));
    }
    return found;
  }

  @Override
  public void release(DataKey key) {
    store.release(key);
  }

  @Override
  public void releaseRun(RunId run) {
    store.releaseRun(run);
  }

  @Override
  public void close() {
    store.close();
  }

  /**
   * What was fetched since the last call of this, which is by a run when none is active.
   *
   * @param inputNode the id of the node whose output is the run's input
   */
  Bytes take(int inputNode) {
    long outputs = 0;
    long input = 0;
    for (Fetch fetch = fetches.poll(); fetch != null; fetch = fetches.poll()) {
      if (fetch.node() == inputNode) {
        input += bytes(fetch.value());
      } else {
        outputs += bytes(fetch.value());
      }
    }
    uncounted.clear();
    return new Bytes(outputs, input);
  }

  /**
   * The size of a value of a generated function: of text its length in UTF-8, of a list or map that of
   * all it holds, of anything else that of a number.
   */
  static long bytes(@Nullable Object value) {
    if (value == null) {
      return 0;
    }
    if (value instanceof String text) {
      return text.getBytes(StandardCharsets.UTF_8).length;
    }
    if (value instanceof Outputs outputs) {
      return bytes(outputs.asMap());
    }
    if (value instanceof Map<?, ?> map) {
      return bytes(map.keySet()) + bytes(map.values());
    }
    if (value instanceof Collection<?> list) {
      return list.stream().mapToLong(MeteredStore::bytes).sum();
    }
    return NUMBER_BYTES;
  }
}
