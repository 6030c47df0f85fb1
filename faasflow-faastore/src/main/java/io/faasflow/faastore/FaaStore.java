package io.faasflow.faastore;

import io.faasflow.store.WorkerStore;
import io.faasflow.store.WorkerStores;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the data of runs in memory next to their readers, and elsewhere only when it must. Thread-safe; for one runtime
 * at a time; close it after the runtime.
 *
 * <p>For every output it is decided once where it goes, from where its readers are: in memory if all are on the
 * worker that made it and the quota has room; into the remote tier if none is, or if there is no room; into both if
 * some are. The worker goes on while it is written. In memory is the reference itself. What goes to the remote tier is encoded, so workers of one JVM
 * share no objects. An output is dropped when its last reader is done, and a run's end drops all that is left.
 *
 * <p>Without a remote tier, what does not fit stays in memory over the quota, and workers hand each other
 * bytes through the heap: nothing is ever lost.
 */
public final class FaaStore implements WorkerStores, AutoCloseable {
  private static final int BACKGROUND_THREADS = 2;

  private final Codecs codecs;
  private final RemoteTier remote;
  private final boolean hasRemote;
  private final String remoteName;
  private final MemoryQuota quota;
  private final long workerLimit;
  private final long writeBehindBytes;
  private final long largeBlobBytes;
  private final BlobFiles blobFiles;
  private final FunctionMemory functionMemory = new FunctionMemory();
  private final Map<String, WorkerMemory> workers = new ConcurrentHashMap<>();
  private final ExecutorService background;

  private FaaStore(Builder builder) {
    codecs = builder.codecs;
    hasRemote = builder.remote != null;
    remote = builder.remote == null ? new HeapTier() : builder.remote;
    remoteName = builder.remoteName;
    workerLimit = builder.workerLimit;
    quota = builder.quota == null ? MemoryQuota.fixed(workerLimit) : builder.quota;
    writeBehindBytes = builder.writeBehindBytes;
    largeBlobBytes = builder.largeBlobBytes;
    blobFiles = new BlobFiles(builder.blobFolder);
    AtomicInteger count = new AtomicInteger();
    ThreadPoolExecutor threads = new ThreadPoolExecutor(
        BACKGROUND_THREADS,
        BACKGROUND_THREADS,
        10,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(),
        work -> {
          Thread thread = new Thread(work, "faastore-" + count.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        });
    threads.allowCoreThreadTimeOut(true);
    background = threads;
  }

  /** Begins a store. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public WorkerStore of(String worker) {
    return workers.computeIfAbsent(worker, name -> new WorkerMemory(name, this));
  }

  Codecs codecs() {
    return codecs;
  }

  RemoteTier remote() {
    return remote;
  }

  boolean hasRemote() {
    return hasRemote;
  }

  String remoteName() {
    return remoteName;
  }

  MemoryQuota quota() {
    return quota;
  }

  long workerLimit() {
    return workerLimit;
  }

  long writeBehindBytes() {
    return writeBehindBytes;
  }

  long largeBlobBytes() {
    return largeBlobBytes;
  }

  BlobFiles blobFiles() {
    return blobFiles;
  }

  FunctionMemory functionMemory() {
    return functionMemory;
  }

  ExecutorService background() {
    return background;
  }

  /**
   * Tells what an execution of a function was seen to use of its memory, at most. For {@link
   * MemoryQuota#provisioned}: quotas are computed anew at once, and what does not fit any more goes to the
   * remote tier in the background.
   *
   * @param bytes 0 or more
   */
  public void observed(String function, long bytes) {
    Objects.requireNonNull(function, "function");
    if (bytes < 0) {
      throw new IllegalArgumentException("bytes must be 0 or more, was " + bytes);
    }
    functionMemory.observed(function, bytes);
    workers.values().forEach(worker -> worker.observed(function));
  }

  /**
   * How many bytes the outputs of a workflow may take of a worker's memory now.
   *
   * @throws IllegalArgumentException when no runtime has asked for the store of such a worker
   */
  public long quota(String worker, String workflow) {
    return worker(worker).quota(workflow);
  }

  /**
   * What is and was in a worker's store.
   *
   * @throws IllegalArgumentException as for {@link #quota}
   */
  public Usage usage(String worker) {
    return worker(worker).usage();
  }

  /** The sum over all workers. */
  public Usage usage() {
    return workers.values().stream()
        .map(WorkerMemory::usage)
        .reduce(new Usage(0, 0, 0, 0, 0, 0), Usage::plus);
  }

  /** Of how many runs anything is known on any worker: for those who look for leaks. */
  int runsKept() {
    return workers.values().stream().mapToInt(WorkerMemory::runsKept).sum();
  }

  private WorkerMemory worker(String name) {
    WorkerMemory worker = workers.get(name);
    if (worker == null) {
      throw new IllegalArgumentException(
          "There is no worker '" + name + "' here, but " + workers.keySet());
    }
    return worker;
  }

  /**
   * What is in a store now, and what has passed it so far. All sizes are bytes.
   *
   * @param bytes in memory now, those that are being moved included
   * @param outputs how many outputs of runs that are active it keeps, wherever they are
   * @param savedToMemory what was put into memory
   * @param savedToRemote what was put into the remote tier for other workers, encoded
   * @param movedToRemote what had to leave memory, or never fitted, encoded
   * @param fetchedFromRemote what was read from the remote tier, encoded
   */
  public record Usage(
      long bytes,
      int outputs,
      long savedToMemory,
      long savedToRemote,
      long movedToRemote,
      long fetchedFromRemote) {
    private Usage plus(Usage other) {
      return new Usage(
          bytes + other.bytes,
          outputs + other.outputs,
          savedToMemory + other.savedToMemory,
          savedToRemote + other.savedToRemote,
          movedToRemote + other.movedToRemote,
          fetchedFromRemote + other.fetchedFromRemote);
    }
  }

  /**
   * Stops what is done in the background, and deletes the files of large blobs: read those that are results of
   * runs before. Does not close a tier that was given. A second call does nothing.
   */
  @Override
  public void close() {
    background.shutdown();
    blobFiles.close();
    if (!hasRemote) {
      remote.close();
    }
  }

  @Override
  public String toString() {
    return "FaaStore[memory, " + (hasRemote ? remoteName : "no remote tier") + "]";
  }

  /** Settings of a store. Not thread-safe. */
  public static final class Builder {
    private Codecs codecs = Codecs.standard();
    private @Nullable RemoteTier remote;
    private String remoteName = "heap";
    private @Nullable MemoryQuota quota;
    private long workerLimit = Runtime.getRuntime().maxMemory() / 16;
    private long writeBehindBytes = Math.min(64 << 20, Runtime.getRuntime().maxMemory() / 64);
    private long largeBlobBytes = 16 << 20;
    private Path blobFolder = Path.of(System.getProperty("java.io.tmpdir"));

    private Builder() {}

    /**
     * Where data go that are read on another worker, or do not fit. Default: nowhere. Yours to close, after
     * the store.
     *
     * @param name what it is called in timelines, such as {@code redis}
     */
    public Builder remote(String name, RemoteTier tier) {
      remoteName = Objects.requireNonNull(name, "name");
      remote = Objects.requireNonNull(tier, "tier");
      return this;
    }

    /** How values become bytes. Default: {@link Codecs#standard()}. */
    public Builder codecs(Codecs newCodecs) {
      codecs = Objects.requireNonNull(newCodecs, "codecs");
      return this;
    }

    /**
     * How many bytes the data of all workflows may take of each worker's memory, 0 or more. Default: a 16th of the
     * largest heap of this JVM.
     */
    public Builder workerLimit(long bytes) {
      if (bytes < 0) {
        throw new IllegalArgumentException("workerLimit must be 0 or more, was " + bytes);
      }
      workerLimit = bytes;
      return this;
    }

    /** How many of them the data of one workflow may take. Default: all. */
    public Builder quota(MemoryQuota newQuota) {
      quota = Objects.requireNonNull(newQuota, "quota");
      return this;
    }

    /**
     * How many bytes each worker may have on their way to the remote tier, while functions go on, 0 or more. A
     * function whose output would be above waits until it is written. Default: 64 MiB, or a 64th of
     * the largest heap if that is less.
     */
    public Builder writeBehind(long bytes) {
      if (bytes < 0) {
        throw new IllegalArgumentException("writeBehind must be 0 or more, was " + bytes);
      }
      writeBehindBytes = bytes;
      return this;
    }

    /**
     * When a {@link io.faasflow.store.Blob} that is read from the remote tier comes into a file, piece by piece,
     * and takes no memory. The file is deleted when nobody has the blob any more, at the latest with
     * the store. Default: from 16 MiB on, in the folder of the JVM for temporary files.
     *
     * @param folder an existing folder, in which the store makes one of its own when it needs it
     * @param fromBytes how large a blob has to be, 0 or more
     */
    public Builder blobsInFiles(Path folder, long fromBytes) {
      if (fromBytes < 0) {
        throw new IllegalArgumentException("fromBytes must be 0 or more, was " + fromBytes);
      }
      blobFolder = Objects.requireNonNull(folder, "folder");
      largeBlobBytes = fromBytes;
      return this;
    }

    /** Makes the store. */
    public FaaStore build() {
      return new FaaStore(this);
    }
  }
}
