package io.faasflow.faastore;

import io.faasflow.run.FaasFlowException;
import io.faasflow.run.RunId;
import io.faasflow.store.Kept;
import io.faasflow.store.Output;
import io.faasflow.store.WorkerStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store of one worker. Shares nothing with those of other workers but the remote tier. Thread-safe.
 *
 * <p>A run's outputs are listed so that its end can free them. An output is added to the list in the
 * same atomic step that finds or makes it, and the end of a run takes the whole list away: so an
 * output is either freed with it, or added to a new list, which the engine's next {@link #releaseRun}
 * frees.
 */
final class WorkerMemory implements WorkerStore {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerMemory.class);

  /** What is known of a run here. */
  private static final class RunData {
    final Set<Cell> cells = ConcurrentHashMap.newKeySet();
    boolean hasRemote; // something of it was written there, or may be; guarded by the map's compute
  }

  private final String worker;
  private final FaaStore store;
  private final Map<RunId, RunData> runs = new ConcurrentHashMap<>();
  private final Map<String, Tenant> tenants = new ConcurrentHashMap<>();
  private final AtomicLong used = new AtomicLong();
  private final AtomicLong leaving = new AtomicLong(); // bytes that wait to be written, or are
  private final AtomicLong names = new AtomicLong();
  private final LongAdder savedToMemory = new LongAdder();
  private final LongAdder savedToRemote = new LongAdder();
  private final LongAdder movedToRemote = new LongAdder();
  private final LongAdder fetchedFromRemote = new LongAdder();

  WorkerMemory(String worker, FaaStore store) {
    this.worker = worker;
    this.store = store;
  }

  // What cells need.

  Codecs codecs() {
    return store.codecs();
  }

  String remoteName() {
    return store.remoteName();
  }

  boolean inBackground(Runnable work) {
    try {
      store.background().execute(work);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  ObjectKey nextKey(RunId run) {
    return new ObjectKey(run, "s-" + worker + "-" + names.incrementAndGet());
  }

  private static ObjectKey key(RunId run, int node) {
    return new ObjectKey(run, "n-" + node);
  }

  /** Reads a value; of a large blob only what it is. */
  CompletableFuture<Optional<Payload>> fetch(ObjectKey key) {
    return store.remote().stream(key)
        .thenCompose(
            found -> found.isEmpty() || found.get().buffers().isPresent() || isLarge(found.get())
                ? CompletableFuture.completedFuture(found)
                : store.remote().get(key));
  }

  private boolean isLarge(Payload payload) {
    return payload.length() >= store.largeBlobBytes()
        && Codecs.blobType(payload).isPresent();
  }

  /** The value of what was fetched. */
  @Nullable
  Object value(Payload payload, Output output) {
    if (payload.buffers().isPresent()) {
      return codecs().decode(payload, output.task(), output.forms());
    }
    try {
      return store.blobFiles().write(payload, Codecs.blobType(payload).orElseThrow());
    } catch (IOException e) {
      if (e.getCause() instanceof RemoteTierException ofTier) {
        throw ofTier;
      }
      throw new UncheckedIOException(
          "The output of '" + output.task() + "' could not be put into a file: " + e.getMessage(),
          e);
    }
  }

  CompletableFuture<Void> put(ObjectKey key, Payload payload, int readers) {
    return store.remote().put(key, payload, readers);
  }

  /** Nobody here needs an object any more. Nobody waits for it: what is left of a run goes with it. */
  void drop(ObjectKey key) {
    try {
      logFailure(store.remote().release(key), key);
    } catch (IllegalStateException e) {
      LOG.debug("{} was closed before {} was released", remoteName(), key, e);
    }
  }

  private void logFailure(CompletableFuture<Void> done, Object what) {
    CompletableFuture<Void> ignored = done.exceptionally(failure -> {
      LOG.warn(
          "{} could not be released; {} drops it when it expires", what, remoteName(), failure);
      return null;
    });
  }

  void moved(long bytes) {
    movedToRemote.add(bytes);
  }

  void fetched(long bytes) {
    fetchedFromRemote.add(bytes);
  }

  void forget(Cell cell) {
    RunData data = runs.get(cell.run());
    if (data != null) {
      data.cells.remove(cell);
    }
  }

  /**
   * What a future gives. Tiers end theirs in time.
   *
   * @throws FaasFlowException when the thread is interrupted; its flag is set again
   */
  static <T extends @Nullable Object> T await(Future<T> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedReadException(e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof RuntimeException unchecked) {
        throw unchecked;
      }
      throw new IllegalStateException(cause);
    }
  }

  /** The function was interrupted while its data were moved: its run has ended, or its time is up. */
  private static final class InterruptedReadException extends FaasFlowException {
    private static final long serialVersionUID = 1L;

    InterruptedReadException(InterruptedException cause) {
      super("interrupted while data were read or written", cause);
    }
  }

  // The store.

  @Override
  public Kept keep(RunId run, Output output, @Nullable Object value) {
    Tenant tenant = tenant(output.workflow());
    long bytes = codecs().size(value);
    long counted = Math.max(0, bytes);
    boolean isReadHere = output.readersHere() > 0;
    boolean fits = isReadHere && tenant.admit(counted);
    if (output.workersElsewhere().isEmpty()) {
      return fits
          ? inMemory(run, output, tenant, value, bytes)
          : overQuota(run, output, tenant, value, bytes);
    }
    return shared(run, output, tenant, value, bytes, fits);
  }

  /**
   * Written for readers elsewhere, while this worker goes on. It stays in memory till then, over the quota
   * if need be, and readers here read it there.
   *
   * @param fits whether it has been admitted to memory
   */
  private Kept shared(
      RunId run, Output output, Tenant tenant, @Nullable Object value, long bytes, boolean fits) {
    long counted = Math.max(0, bytes);
    boolean readsBack = output.readersHere() > 0 && !fits;
    Payload payload;
    try {
      payload = codecs().encode(value, output.task(), output.forms());
    } catch (RuntimeException | Error e) {
      if (fits) {
        tenant.discount(counted);
      }
      throw e;
    }
    if (!fits) {
      tenant.force(counted);
    }
    Kept.Placement placement = new Kept.Placement(
        fits ? Kept.MEMORY + "+" + remoteName() : remoteName(),
        output.workersElsewhere() + " read it"
            + (fits ? ", and so does this worker, which has room" : "")
            + (readsBack ? ", and so does this worker, " + room(tenant) : ""));
    Cell cell = new Cell(this, tenant, run, output, placement, value, bytes);
    int readers = output.workersElsewhere().size() + (readsBack ? 1 : 0);
    // Before it is written: so the end of the run finds it, and what it has elsewhere.
    add(cell, true);
    long waiting = leaving.addAndGet(counted);
    CompletableFuture<Void> put = putOrFail(key(run, output.node()), payload, readers)
        .whenComplete((nothing, failure) -> {
          leaving.addAndGet(-counted);
          if (failure == null) {
            savedToRemote.add(payload.length());
          }
        });
    cell.share(
        key(run, output.node()),
        put,
        fits ? Cell.Then.STAYS : readsBack ? Cell.Then.IS_READ_BACK : Cell.Then.GOES);
    if (fits) {
      savedToMemory.add(counted);
    }
    if (put.isDone() || waiting > store.writeBehindBytes()) {
      try {
        await(cell.readable());
      } catch (RuntimeException | Error e) {
        cell.release();
        throw e;
      }
    }
    return cell;
  }

  private CompletableFuture<Void> putOrFail(ObjectKey key, Payload payload, int readers) {
    try {
      return put(key, payload, readers);
    } catch (RuntimeException | Error e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private Kept inMemory(
      RunId run, Output output, Tenant tenant, @Nullable Object value, long bytes) {
    String why = bytes >= 0 || value == null
        ? "all readers are here, and there is room"
        : "all readers are here, and nothing else can take a "
            + value.getClass().getName() + ", which has no codec and is not counted";
    savedToMemory.add(Math.max(0, bytes));
    Cell cell = add(
        new Cell(this, tenant, run, output, new Kept.Placement(Kept.MEMORY, why), value, bytes));
    cell.enter();
    return cell;
  }

  /** It stays until the remote tier has it, and for good where there is none. */
  private Kept overQuota(
      RunId run, Output output, Tenant tenant, @Nullable Object value, long bytes) {
    tenant.force(bytes);
    if (!store.hasRemote()) {
      savedToMemory.add(bytes);
      Kept.Placement placement =
          new Kept.Placement(Kept.MEMORY, room(tenant) + ", and there is no other tier to take it");
      return add(new Cell(this, tenant, run, output, placement, value, bytes));
    }
    Kept.Placement placement =
        new Kept.Placement(remoteName(), "all readers are here, " + room(tenant));
    Cell cell = add(new Cell(this, tenant, run, output, placement, value, bytes));
    long waiting = leaving.addAndGet(bytes);
    cell.leave();
    CompletableFuture<Void> left = cell.left();
    if (left != null) {
      CompletableFuture<Void> done = left.whenComplete((any, failure) -> leaving.addAndGet(-bytes));
      if (waiting > store.writeBehindBytes()) {
        await(done);
      }
    } else {
      leaving.addAndGet(-bytes); // its run has ended
    }
    return cell;
  }

  private static String room(Tenant tenant) {
    return "whose quota of " + tenant.quota() + " bytes is used up";
  }

  private Cell add(Cell cell) {
    return add(cell, false);
  }

  /**
   * @param hasRemote whether it is about to be written to the remote tier
   */
  private Cell add(Cell cell, boolean hasRemote) {
    runs.compute(cell.run(), (any, data) -> {
      RunData known = data == null ? new RunData() : data;
      known.cells.add(cell);
      known.hasRemote |= hasRemote;
      return known;
    });
    return cell;
  }

  /** Something of a run is about to be written to the remote tier: then its end has to be told there. */
  void writes(RunId run) {
    runs.computeIfPresent(run, (any, data) -> {
      data.hasRemote = true;
      return data;
    });
  }

  /** Whether the run's data were released. What was written before is dropped with them. */
  boolean isOver(RunId run) {
    return !runs.containsKey(run);
  }

  @Override
  public Kept reference(RunId run, Output output, Object absent) {
    Kept.Placement placement = new Kept.Placement(remoteName(), "made on another worker");
    return add(new Cell(
        this,
        tenant(output.workflow()),
        run,
        output,
        placement,
        key(run, output.node()),
        -1,
        absent));
  }

  @Override
  public void releaseRun(RunId run) {
    RunData data = runs.remove(run);
    if (data == null) {
      return;
    }
    data.cells.forEach(Cell::endRun);
    if (data.hasRemote) {
      dropAll(run);
    }
  }

  /** The run is over: drops all that it has in the remote tier. */
  void dropAll(RunId run) {
    try {
      logFailure(store.remote().releaseRun(run), run);
    } catch (IllegalStateException e) {
      LOG.debug("{} was closed before run {} was released", remoteName(), run, e);
    }
  }

  private Tenant tenant(String workflow) {
    Tenant known = tenants.get(workflow);
    return known != null
        ? known
        : tenants.computeIfAbsent(
            workflow,
            any -> new Tenant(store.quota(), store.functionMemory(), used, store.workerLimit()));
  }

  @Override
  public void deploy(String deployment, String workflow, List<FunctionShare> functions) {
    tenant(workflow).deploy(deployment, functions);
  }

  @Override
  public void undeploy(String deployment) {
    tenants.values().removeIf(tenant -> tenant.undeploy(deployment));
  }

  @Override
  public void observed(String function, long memoryPeakBytes) {
    store.observed(function, memoryPeakBytes);
  }

  /** More is known of what a function uses. */
  void observed(String function) {
    for (Tenant tenant : tenants.values()) {
      if (tenant.uses(function)) {
        tenant.computeQuota();
      }
    }
  }

  long quota(String workflow) {
    return tenant(workflow).quota();
  }

  /** Of how many runs anything is known: for those who look for leaks. */
  int runsKept() {
    return runs.size();
  }

  FaaStore.Usage usage() {
    int outputs = runs.values().stream().mapToInt(data -> data.cells.size()).sum();
    return new FaaStore.Usage(
        used.get(),
        outputs,
        savedToMemory.sum(),
        savedToRemote.sum(),
        movedToRemote.sum(),
        fetchedFromRemote.sum());
  }

  @Override
  public String toString() {
    return "FaaStore of " + worker;
  }
}
