package io.faasflow.faastore;

import io.faasflow.run.RunId;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A remote tier on the heap that counts, fails when it is told to, and can hold back writes until they are let
 * through. Thread-safe.
 */
final class TestTier implements RemoteTier {
  private record Held(ObjectKey key, Payload payload, int readers, CompletableFuture<Void> done) {}

  private static final int STREAMED_BYTES = 50_000;

  private final HeapTier heap = new HeapTier();
  private final ConcurrentLinkedQueue<Held> held = new ConcurrentLinkedQueue<>();
  private final AtomicInteger puts = new AtomicInteger();
  private final AtomicInteger gets = new AtomicInteger();
  private volatile boolean holdsBack;
  private volatile @Nullable RuntimeException failure;
  private volatile @Nullable Executor threads;
  private volatile Payload.@Nullable Source source;

  int puts() {
    return puts.get();
  }

  int gets() {
    return gets.get();
  }

  /** How many writes wait. */
  int waiting() {
    return held.size();
  }

  /** How many runs have objects. */
  boolean isEmpty() {
    return heap.runs() == 0;
  }

  void holdBack() {
    holdsBack = true;
  }

  void letThrough() {
    holdsBack = false;
    for (Held one = held.poll(); one != null; one = held.poll()) {
      CompletableFuture<Void> ignored = heap.put(one.key(), one.payload(), one.readers());
      one.done().complete(null);
    }
  }

  /** What waits fails. */
  void letFail(RuntimeException thrown) {
    for (Held one = held.poll(); one != null; one = held.poll()) {
      one.done().completeExceptionally(thrown);
    }
  }

  /** What waits arrives, and who wrote it is told that it did not. */
  void letThroughUntold(RuntimeException thrown) {
    for (Held one = held.poll(); one != null; one = held.poll()) {
      CompletableFuture<Void> ignored = heap.put(one.key(), one.payload(), one.readers());
      one.done().completeExceptionally(thrown);
    }
  }

  /** From now on what is asked happens on other threads, in any order. */
  void answerOn(Executor newThreads) {
    threads = newThreads;
  }

  /** What streams of large values read. */
  void streamFrom(Payload.Source newSource) {
    source = newSource;
  }

  void failWith(@Nullable RuntimeException newFailure) {
    failure = newFailure;
  }

  @Override
  public CompletableFuture<Void> put(ObjectKey key, Payload value, int readers) {
    puts.incrementAndGet();
    RuntimeException thrown = failure;
    if (thrown != null) {
      return CompletableFuture.failedFuture(thrown);
    }
    if (holdsBack) {
      Held one = new Held(key, value, readers, new CompletableFuture<>());
      held.add(one);
      return one.done();
    }
    Executor others = threads;
    return others == null
        ? heap.put(key, value, readers)
        : CompletableFuture.runAsync(() -> heap.put(key, value, readers).join(), others);
  }

  @Override
  public CompletableFuture<Optional<Payload>> get(ObjectKey key) {
    gets.incrementAndGet();
    RuntimeException thrown = failure;
    if (thrown != null) {
      return CompletableFuture.failedFuture(thrown);
    }
    Executor others = threads;
    return others == null
        ? heap.get(key)
        : CompletableFuture.supplyAsync(() -> heap.get(key).join(), others);
  }

  @Override
  public CompletableFuture<Optional<Payload>> stream(ObjectKey key) {
    return get(key)
        .thenApply(found -> found.map(one -> one.length() < STREAMED_BYTES
            ? one
            : Payload.of(
                one.contentType(), one.length(), Objects.requireNonNullElse(source, one::open))));
  }

  @Override
  public CompletableFuture<Void> release(ObjectKey key) {
    return heap.release(key);
  }

  @Override
  public CompletableFuture<Void> releaseRun(RunId run) {
    return heap.releaseRun(run);
  }

  @Override
  public void close() {
    heap.close();
  }
}
