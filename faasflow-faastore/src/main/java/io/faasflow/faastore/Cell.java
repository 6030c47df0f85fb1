package io.faasflow.faastore;

import io.faasflow.run.DataException;
import io.faasflow.run.RunId;
import io.faasflow.store.Blob;
import io.faasflow.store.Kept;
import io.faasflow.store.Output;
import java.lang.ref.WeakReference;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An output on a worker: in memory, in the remote tier, or on its way from here to there. Thread-safe; the
 * monitor guards all fields that change, and nothing is called while it is held.
 *
 * <p>What other workers read is written at once, while it is in memory; what becomes of the reference
 * then, {@link Then} says.
 *
 * <p>The reference is given up only after the remote tier has said that it has the value. So at any time
 * until its release the value is in one of the two places, and a reader that comes while it moves
 * finds it. A write that fails leaves the value where it is, over the quota.
 *
 * <p>{@code counted} bytes are those that the tenant counts for the reference: from before it is there
 * until nothing here refers to it, a write in progress included.
 */
final class Cell implements Kept {
  private static final Logger LOG = LoggerFactory.getLogger(Cell.class);

  /** What becomes of the reference when the remote tier has the value for readers elsewhere. */
  enum Then {
    /** There are readers here, and there is room. */
    STAYS,
    /** There are readers here, who get it from the tier, where it has one reader more for that. */
    IS_READ_BACK,
    /** Nobody here reads it. */
    GOES
  }

  private final WorkerMemory memory;
  private final Tenant tenant;
  private final RunId run;
  private final Output output;
  private final Placement placement;
  private final @Nullable Object
      absent; // for an output of another worker: what it is where there is none

  private @Nullable Object value;
  private boolean present;
  private long counted; // 0 where there is nothing to count
  private long bytes;
  private @Nullable ObjectKey key; // where the remote tier has it, and what is to be released there
  private boolean
      wasTold; // to leave: it is being written, or that has failed and is not tried again
  private boolean isBeingWritten;
  private @Nullable CompletableFuture<Void> left;
  private @Nullable CompletableFuture<Optional<Payload>> arriving;
  private @Nullable CompletableFuture<@Nullable Object>
      reading; // by who began to read; others wait
  private @Nullable WeakReference<Object>
      recent; // what was read last, as long as a function has it
  private @Nullable CompletableFuture<Void> shared; // null: there are no readers elsewhere
  private boolean isBeingShared;
  private boolean released;
  private boolean runHasEnded;

  /** In memory. The bytes are counted already. */
  Cell(
      WorkerMemory memory,
      Tenant tenant,
      RunId run,
      Output output,
      Placement placement,
      @Nullable Object value,
      long bytes) {
    this.memory = memory;
    this.tenant = tenant;
    this.run = run;
    this.output = output;
    this.placement = placement;
    this.absent = null;
    this.value = value;
    this.present = true;
    this.bytes = length(value, bytes);
    this.counted = Math.max(0, bytes);
  }

  /**
   * In the remote tier.
   *
   * @param bytes its size; -1 where it is not known
   * @param absent what the value is where the tier has none
   */
  Cell(
      WorkerMemory memory,
      Tenant tenant,
      RunId run,
      Output output,
      Placement placement,
      ObjectKey key,
      long bytes,
      @Nullable Object absent) {
    this.memory = memory;
    this.tenant = tenant;
    this.run = run;
    this.output = output;
    this.placement = placement;
    this.absent = absent;
    this.key = key;
    this.bytes = bytes;
  }

  RunId run() {
    return run;
  }

  /** A blob that is not in memory counts nothing there, and has a length. */
  private static long length(@Nullable Object value, long counted) {
    return counted == 0 && value instanceof Blob blob ? blob.length() : counted;
  }

  synchronized long countedBytes() {
    return counted;
  }

  @Override
  public synchronized long bytes() {
    return bytes;
  }

  @Override
  public Placement placement() {
    return placement;
  }

  @Override
  public synchronized String tier() {
    return present ? MEMORY : memory.remoteName();
  }

  // Reading.

  @Override
  public @Nullable Object value() {
    CompletableFuture<@Nullable Object> flight;
    boolean isMine = false;
    synchronized (this) {
      if (present) {
        return value;
      }
      Object known = recent == null ? null : recent.get();
      if (known != null) {
        return known;
      }
      checkNotReleased();
      if (reading == null) {
        reading = new CompletableFuture<>();
        isMine = true;
      }
      flight = reading;
    }
    if (!isMine) {
      return await(flight);
    }
    try {
      Object read = read();
      flight.complete(read);
      return read;
    } catch (RuntimeException | Error e) {
      synchronized (this) {
        reading = null;
      }
      // An interrupt is meant for this reader alone: others read on.
      flight.completeExceptionally(
          Thread.currentThread().isInterrupted() ? new AbandonedReadException() : e);
      throw e;
    }
  }

  /** What another one reads. */
  private @Nullable Object await(CompletableFuture<@Nullable Object> flight) {
    try {
      return WorkerMemory.await(flight);
    } catch (AbandonedReadException e) {
      return value();
    }
  }

  /** Who was reading was interrupted. */
  private static final class AbandonedReadException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    AbandonedReadException() {
      super("the reader was interrupted", null, false, false);
    }
  }

  private void checkNotReleased() {
    if (released) {
      throw new IllegalStateException(
          "The output of '" + output.task() + "' in run " + run + " was released");
    }
  }

  @Override
  public void prefetch() {
    ObjectKey from;
    synchronized (this) {
      if (present || released || reading != null || arriving != null) {
        return;
      }
      from = Objects.requireNonNull(key);
    }
    CompletableFuture<Optional<Payload>> begun = memory.fetch(from);
    synchronized (this) {
      if (arriving == null && !present && !released) { // else it would be kept for nobody
        arriving = begun;
      }
    }
  }

  private @Nullable Object read() {
    CompletableFuture<Optional<Payload>> coming;
    ObjectKey from;
    synchronized (this) {
      coming = arriving;
      arriving = null;
      from = Objects.requireNonNull(key);
    }
    try {
      Optional<Payload> found = WorkerMemory.await(coming == null ? memory.fetch(from) : coming);
      if (found.isEmpty()) {
        return absent();
      }
      Object read = memory.value(found.get(), output);
      memory.fetched(found.get().length());
      remember(read);
      return read;
    } catch (RemoteTierException e) {
      if (e.reason() != RemoteTierException.Reason.DAMAGED) {
        throw e;
      }
      throw new DataException(
          "The output of '" + output.task() + "' is damaged in " + memory.remoteName() + ": "
              + e.getMessage(),
          e);
    }
  }

  /** What it is where the tier has none: nothing, yet or for ever. */
  private Object absent() {
    if (absent == null) {
      throw new DataException(
          "The output of '" + output.task() + "' is not in " + memory.remoteName()
              + " any more. Check its limits and expiry",
          null);
    }
    synchronized (this) {
      reading = null;
    }
    return absent;
  }

  /** Keeps what was read for other readers, if there is room. */
  private void remember(@Nullable Object read) {
    long size = memory.codecs().size(read);
    boolean fits = tenant.admit(Math.max(0, size));
    boolean kept;
    synchronized (this) {
      reading = null;
      bytes = length(read, size);
      recent = read == null ? null : new WeakReference<>(read);
      kept = fits && !released && !present;
      if (kept) {
        value = read;
        present = true;
        counted = Math.max(0, size);
      }
    }
    if (kept) {
      tenant.entered(this);
      exitIfReleased();
    } else if (fits) {
      tenant.discount(Math.max(0, size));
    }
  }

  /** A release in between has not found it in the cache. */
  private void exitIfReleased() {
    boolean gone;
    synchronized (this) {
      gone = !present;
    }
    if (gone) {
      tenant.exits(this);
    }
  }

  /** It is in memory, and can be made to leave. */
  void enter() {
    tenant.entered(this);
    exitIfReleased();
  }

  // For readers elsewhere.

  /**
   * It is being written for other workers.
   *
   * @param to where
   * @param put ends when it is written, or cannot be
   */
  void share(ObjectKey to, CompletableFuture<Void> put, Then then) {
    synchronized (this) {
      isBeingShared = true;
    }
    CompletableFuture<Void> done =
        put.whenComplete((nothing, failure) -> written(to, then, failure == null));
    synchronized (this) {
      shared = done;
    }
  }

  private void written(ObjectKey to, Then then, boolean isThere) {
    long dropped = 0;
    boolean stays;
    boolean unwanted;
    boolean isOver;
    synchronized (this) {
      isBeingShared = false;
      // A run whose value cannot be written fails: until it has, readers here have it.
      stays = !released && (then == Then.STAYS || (then == Then.IS_READ_BACK && !isThere));
      if (!stays) {
        dropped = counted;
        counted = 0;
        value = null;
        present = false;
      }
      if (then == Then.IS_READ_BACK && isThere) {
        key = to;
      }
      unwanted = key != null && released;
      isOver = runHasEnded;
    }
    tenant.discount(dropped);
    if (isOver) {
      memory.dropAll(run); // once more: it may have come after the first time
    } else if (unwanted) {
      memory.drop(to);
    }
    if (stays && then == Then.STAYS) {
      enter();
    } else if (then == Then.GOES || released()) {
      memory.forget(this);
    }
  }

  private synchronized boolean released() {
    return released;
  }

  @Override
  public synchronized CompletableFuture<Void> readable() {
    return shared == null ? CompletableFuture.completedFuture(null) : shared;
  }

  // Leaving.

  /** Moves the value to the remote tier, in the background. */
  void leave() {
    long dropped = 0;
    boolean isThere;
    synchronized (this) {
      if (released || wasTold || !present) {
        return;
      }
      isThere = key != null;
      if (isThere) {
        value = null;
        present = false;
        dropped = counted;
        counted = 0;
      } else {
        wasTold = true;
        isBeingWritten = true;
        left = new CompletableFuture<>();
      }
    }
    if (isThere) {
      tenant.discount(dropped);
    } else if (!memory.inBackground(this::write)) {
      written(null, new IllegalStateException("the store is closed"));
    }
  }

  /** Completes when the value has left, or cannot. Null: it was never to leave. */
  @Nullable
  synchronized CompletableFuture<Void> left() {
    return left;
  }

  private void write() {
    Object leavingValue;
    synchronized (this) {
      leavingValue = value;
    }
    ObjectKey to = memory.nextKey(run);
    memory.writes(run);
    try {
      Payload payload = memory.codecs().encode(leavingValue, output.task(), output.forms());
      CompletableFuture<Void> ignored = memory.put(to, payload, 1).whenComplete((done, failure) -> {
        if (failure == null) {
          memory.moved(payload.length());
        }
        written(to, failure);
      });
    } catch (RuntimeException | Error e) {
      written(null, e);
    }
  }

  private void written(@Nullable ObjectKey to, @Nullable Throwable failure) {
    long dropped = 0;
    boolean unwanted;
    CompletableFuture<Void> waiting;
    synchronized (this) {
      unwanted = released;
      if (failure == null || released) {
        value = null;
        present = false;
        dropped = counted;
        counted = 0;
      }
      if (failure == null && !released) {
        key = to;
      }
      isBeingWritten = false;
      wasTold = failure != null;
      waiting = Objects.requireNonNull(left);
    }
    tenant.discount(dropped);
    if (unwanted && memory.isOver(run)) {
      memory.dropAll(
          run); // once more: it may have come after the first time, whatever we were told
    } else if (failure == null && unwanted && to != null) {
      memory.drop(to);
    } else if (failure != null && !unwanted) {
      LOG.warn(
          "The output of '{}' in run {} stays in memory, over the quota: {} did not take it",
          output.task(),
          run,
          memory.remoteName(),
          failure);
    }
    waiting.complete(null);
  }

  // The end.

  /** The run is over, on all workers. */
  void endRun() {
    synchronized (this) {
      runHasEnded = true;
    }
    release();
  }

  @Override
  public void release() {
    long dropped = 0;
    ObjectKey unused;
    boolean isWritten;
    synchronized (this) {
      if (released) {
        return;
      }
      released = true;
      unused = key;
      isWritten = isBeingShared; // then the end of its run has to find it still
      if (present && !isBeingWritten && !isBeingShared) { // else who writes it drops it
        dropped = counted;
        counted = 0;
        value = null;
        present = false;
      }
      recent = null;
      arriving = null;
    }
    tenant.exits(this);
    tenant.discount(dropped);
    if (!isWritten) {
      memory.forget(this);
    }
    if (unused != null) {
      memory.drop(unused);
    }
  }

  @Override
  public synchronized String toString() {
    return "Cell[" + output.task() + " in " + (present ? MEMORY : String.valueOf(key)) + "]";
  }
}
