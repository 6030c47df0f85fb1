package io.faasflow.store;

import io.faasflow.run.RunId;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A store for workers of one JVM: hands the reference over, copies nothing. Thread-safe.
 *
 * <p>So a value that crosses workers is the same object on both; functions must not change what they
 * are given, as on one worker.
 */
public final class InHeapStore implements DataStore {
  private record Entry(@Nullable Object value, AtomicInteger readers) {}

  private final Map<RunId, Map<Integer, Entry>> runs = new ConcurrentHashMap<>();

  @Override
  public void save(DataKey key, @Nullable Object value, int readers) {
    if (readers < 1) {
      throw new IllegalArgumentException("readers must be 1 or more, was " + readers);
    }
    Entry entry = new Entry(value, new AtomicInteger(readers));
    // In compute, so that a concurrent release of the run's last value cannot drop the inner map
    // between finding it and putting into it.
    runs.compute(key.run(), (run, entries) -> {
      Map<Integer, Entry> map = entries == null ? new ConcurrentHashMap<>() : entries;
      map.put(key.node(), entry);
      return map;
    });
  }

  @Override
  public Optional<Stored> fetch(DataKey key) {
    Map<Integer, Entry> entries = runs.get(key.run());
    Entry entry = entries == null ? null : entries.get(key.node());
    return entry == null ? Optional.empty() : Optional.of(new Stored(entry.value()));
  }

  @Override
  public void release(DataKey key) {
    runs.computeIfPresent(key.run(), (run, entries) -> {
      Entry entry = entries.get(key.node());
      if (entry != null && entry.readers().decrementAndGet() <= 0) {
        entries.remove(key.node());
      }
      return entries.isEmpty() ? null : entries;
    });
  }

  @Override
  public void releaseRun(RunId run) {
    runs.remove(run);
  }

  /** How many outputs are kept now. */
  public int size() {
    return runs.values().stream().mapToInt(Map::size).sum();
  }

  @Override
  public void close() {
    runs.clear();
  }

  @Override
  public String toString() {
    return "InHeapStore[" + size() + " outputs]";
  }
}
