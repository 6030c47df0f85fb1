package io.faasflow.examples.experiment;

import io.faasflow.faastore.ObjectKey;
import io.faasflow.faastore.Payload;
import io.faasflow.faastore.RemoteTier;
import io.faasflow.run.RunId;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A tier at the end of a line of limited bandwidth, which all workers share, as they share that of a
 * storage node; each direction has its own. Values take their turns, whole. Thread-safe.
 *
 * <p>A token bucket that holds nothing: each value waits until all before it are through, and then as long as
 * its own bytes take. Without the limit the tier is as fast as it is.
 */
final class LimitedTier implements RemoteTier {
  private static final double NANOS_A_SECOND = 1e9;

  private final RemoteTier tier;
  private final Line in;
  private final Line out;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "line");
        thread.setDaemon(true);
        return thread;
      });

  /**
   * @param tier not closed with this
   * @param bytesPerSecond of each direction, above 0
   */
  LimitedTier(RemoteTier tier, double bytesPerSecond) {
    this.tier = tier;
    this.in = new Line(bytesPerSecond);
    this.out = new Line(bytesPerSecond);
  }

  private static final class Line {
    private final double nanosPerByte;
    private long freeNanos; // guarded by this; when the last value is through

    Line(double bytesPerSecond) {
      this.nanosPerByte = NANOS_A_SECOND / bytesPerSecond;
      this.freeNanos = System.nanoTime();
    }

    /** Takes a turn; how long until it is over. */
    synchronized long turn(long bytes) {
      long now = System.nanoTime();
      freeNanos = Math.max(now, freeNanos) + Math.round(bytes * nanosPerByte);
      return freeNanos - now;
    }
  }

  private CompletableFuture<@Nullable Void> pass(Line line, long bytes) {
    CompletableFuture<@Nullable Void> passed = new CompletableFuture<>();
    Future<?> ignored =
        timer.schedule(() -> passed.complete(null), line.turn(bytes), TimeUnit.NANOSECONDS);
    return passed;
  }

  @Override
  public CompletableFuture<Void> put(ObjectKey key, Payload value, int readers) {
    return pass(in, value.length()).thenCompose(passed -> tier.put(key, value, readers));
  }

  @Override
  public CompletableFuture<Optional<Payload>> get(ObjectKey key) {
    return tier.get(key)
        .thenCompose(
            found -> pass(out, found.map(Payload::length).orElse(0L)).thenApply(passed -> found));
  }

  @Override
  public CompletableFuture<Optional<Payload>> stream(ObjectKey key) {
    return get(key);
  }

  @Override
  public CompletableFuture<Void> release(ObjectKey key) {
    return tier.release(key);
  }

  @Override
  public CompletableFuture<Void> releaseRun(RunId run) {
    return tier.releaseRun(run);
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }

  @Override
  public String toString() {
    return "limited " + tier;
  }
}
