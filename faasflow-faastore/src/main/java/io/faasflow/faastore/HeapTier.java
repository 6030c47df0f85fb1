package io.faasflow.faastore;

import io.faasflow.run.RunId;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What workers of one JVM hand each other where there is no other tier: bytes on the heap, so that what
 * passes here passes between machines too. Also for tests. Has no limit. Thread-safe.
 */
public final class HeapTier implements RemoteTier {
  private static final long MAX_BYTES = 1L << 31;
  private static final String PLACE = "heap";

  private record Entry(Payload payload, AtomicInteger readers) {}

  private final Map<RunId, Map<String, Entry>> runs = new ConcurrentHashMap<>();

  private volatile boolean closed;

  /** An empty tier. */
  public HeapTier() {}

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("This store is closed");
    }
  }

  @Override
  public CompletableFuture<Void> put(ObjectKey key, Payload value, int readers) {
    checkOpen();
    if (readers < 1) {
      throw new IllegalArgumentException("readers must be 1 or more, was " + readers);
    }
    if (value.length() > MAX_BYTES) {
      return CompletableFuture.failedFuture(new RemoteTierException(
          RemoteTierException.Reason.REFUSED,
          key,
          PLACE,
          "it has " + value.length() + " bytes, and values may have up to " + MAX_BYTES,
          null));
    }
    Payload kept;
    try {
      kept = value.buffers().isPresent()
          ? value
          : Payload.of(value.contentType(), value.toByteArray());
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      return CompletableFuture.failedFuture(new RemoteTierException(
          RemoteTierException.Reason.BAD_PAYLOAD, key, PLACE, "it cannot be read: " + e, e));
    }
    Entry entry = new Entry(kept, new AtomicInteger(readers));
    runs.compute(key.run(), (run, entries) -> {
      Map<String, Entry> map = entries == null ? new ConcurrentHashMap<>() : entries;
      map.put(key.name(), entry);
      return map;
    });
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletableFuture<Optional<Payload>> get(ObjectKey key) {
    checkOpen();
    Entry entry = runs.getOrDefault(key.run(), Map.of()).get(key.name());
    return CompletableFuture.completedFuture(Optional.ofNullable(entry).map(Entry::payload));
  }

  @Override
  public CompletableFuture<Optional<Payload>> stream(ObjectKey key) {
    return get(key);
  }

  @Override
  public CompletableFuture<Void> release(ObjectKey key) {
    checkOpen();
    runs.computeIfPresent(key.run(), (run, entries) -> {
      Entry entry = entries.get(key.name());
      if (entry != null && entry.readers().decrementAndGet() <= 0) {
        entries.remove(key.name());
      }
      return entries.isEmpty() ? null : entries;
    });
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletableFuture<Void> releaseRun(RunId run) {
    checkOpen();
    runs.remove(run);
    return CompletableFuture.completedFuture(null);
  }

  /** How many runs have objects here. */
  public int runs() {
    return runs.size();
  }

  @Override
  public void close() {
    closed = true;
    runs.clear();
  }

  @Override
  public String toString() {
    return "HeapTier[" + runs.size() + " runs]";
  }
}
