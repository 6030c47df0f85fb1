package io.faasflow.faastore.disk;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.faasflow.faastore.ObjectKey;
import io.faasflow.faastore.Payload;
import io.faasflow.faastore.RemoteTier;
import io.faasflow.faastore.RemoteTierException;
import io.faasflow.faastore.RemoteTierException.Reason;
import io.faasflow.run.RunId;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Objects in files of a directory, for one process at a time: values beyond the memory of a single
 * machine, and across restarts, without a server. Thread-safe.
 *
 * <p>Each object is a file, under the directory of its run. It is written beside its place and then
 * moved there, so that a crash of the process leaves all of a value or nothing. After a crash of the machine a
 * file may be short: then its checksums say so, and reading it fails.
 *
 * <p>Files stay when the tier is closed. Who opens the directory again reads what was there; what was
 * released of an object before is forgotten, so it stays until its run is released or expires. A run
 * of an earlier process expires when nothing was written to it for so long.
 */
public final class DiskTier implements RemoteTier {
  private static final Logger LOG = LoggerFactory.getLogger(DiskTier.class);

  private static final long MAX_LENGTH = 1L << 31;
  private static final int MAX_SEGMENT_BYTES = 1 << 30;
  private static final int SMALL_BYTES = 64 << 10;
  private static final int THREADS = 4;
  private static final int MAX_ATTEMPTS = 50;
  private static final String TEMPORARY = ".part";

  /** Where a value is written to before it is moved to its place. */
  @FunctionalInterface
  interface Opening {
    WritableByteChannel open(Path file) throws IOException;
  }

  private final Path directory;
  private final Duration expiry;
  private final Clock clock;
  private final Opening opening;
  private final FileChannel lockFile;
  private final ThreadPoolExecutor threads;
  private final AtomicLong versions = new AtomicLong(new SecureRandom().nextLong());
  // How many readers are left of objects that some have released; of the others it is in the file.
  // Whoever puts an object into its place, or takes it away, does so while it has the key's entry.
  private final Map<ObjectKey, Integer> readersLeft = new ConcurrentHashMap<>();
  private final Set<RunId> living = ConcurrentHashMap.newKeySet();
  private final AtomicLong nextSweepMillis = new AtomicLong();
  private volatile boolean closed;

  DiskTier(Path directory, Duration expiry, Clock clock, Opening opening) {
    if (expiry.isNegative() || expiry.isZero()) {
      throw new IllegalArgumentException("expiry must be positive, was " + expiry);
    }
    this.directory = directory.toAbsolutePath();
    this.expiry = expiry;
    this.clock = clock;
    this.opening = opening;
    try {
      Files.createDirectories(this.directory);
      lockFile = lock();
    } catch (IOException e) {
      throw refused(null, "the directory cannot be used: " + e, e);
    }
    AtomicInteger count = new AtomicInteger();
    threads = new ThreadPoolExecutor(
        THREADS, THREADS, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
          Thread thread = new Thread(task, "faasflow-disk-" + count.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        });
    threads.allowCoreThreadTimeOut(true);
    sweep(true);
  }

  /**
   * Opens a directory, which is made where there is none; runs of earlier processes expire after a day.
   * The caller closes the tier.
   *
   * @throws RemoteTierException when the directory cannot be used, or somebody else uses it
   */
  public static DiskTier open(Path directory) {
    return open(directory, Duration.ofDays(1));
  }

  /**
   * Opens a directory, which is made where there is none. The caller closes the tier.
   *
   * @param expiry after what time runs of earlier processes are dropped; more than 0
   * @throws RemoteTierException when the directory cannot be used, or somebody else uses it
   */
  public static DiskTier open(Path directory, Duration expiry) {
    return new DiskTier(
        directory,
        expiry,
        Clock.systemUTC(),
        file -> FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
  }

  private FileChannel lock() throws IOException {
    FileChannel channel = FileChannel.open(
        directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = null;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException ofThisProcess) {
      // As below.
    } finally {
      if (lock == null) {
        channel.close();
      }
    }
    if (lock == null) {
      throw refused(
          null,
          "another tier, of this process or of another one, uses the directory. Close it, or give"
              + " each a directory of its own",
          null);
    }
    return channel;
  }

  @Override
  public CompletableFuture<Void> put(ObjectKey key, Payload value, int readers) {
    Objects.requireNonNull(key, "key");
    if (readers < 1) {
      throw new IllegalArgumentException("readers must be 1 or more, was " + readers);
    }
    if (value.length() > MAX_LENGTH) {
      checkOpen();
      return CompletableFuture.failedFuture(refused(
          key,
          "it has " + value.length() + " bytes, and the limit is " + MAX_LENGTH
              + ". Cut it into several values",
          null));
    }
    return doOnThread(key, () -> {
      living.add(key.run());
      write(key, value, readers);
      sweep(false);
    });
  }

  private void write(ObjectKey key, Payload value, int readers) throws IOException {
    long version = versions.incrementAndGet();
    Path folder = folder(key.run());
    Path part = folder.resolve(Long.toHexString(version) + TEMPORARY);
    try {
      for (int attempt = 1; ; attempt++) {
        try {
          Files.createDirectories(folder);
          try (WritableByteChannel channel = opening.open(part)) {
            ValueFile.write(channel, key, value, readers, version);
          }
          readersLeft.compute(key, (same, left) -> move(part, file(key)));
          return;
        } catch (NoSuchFileException | FileAlreadyExistsException | UncheckedIOException e) {
          // The run was released meanwhile, and its folder went with it.
          if (attempt == MAX_ATTEMPTS || !isGone(e)) {
            throw e;
          }
        }
      }
    } catch (ValueFile.BadPayloadException e) {
      throw new RemoteTierException(
          Reason.BAD_PAYLOAD, key, place(), String.valueOf(e.getMessage()), e.getCause());
    } finally {
      Files.deleteIfExists(part);
    }
  }

  /** The second is what making a folder says that is taken away just then. */
  private static boolean isGone(Exception thrown) {
    return thrown instanceof NoSuchFileException
        || thrown instanceof FileAlreadyExistsException
        || thrown.getCause() instanceof NoSuchFileException;
  }

  /** Returns that no reader has been. */
  private static @Nullable Integer move(Path from, Path to) {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public CompletableFuture<Optional<Payload>> get(ObjectKey key) {
    Objects.requireNonNull(key, "key");
    return onThread(key, () -> read(key));
  }

  private Optional<Payload> read(ObjectKey key) throws IOException {
    try (ValueFile file = ValueFile.open(file(key), key)) {
      return Optional.of(whole(file));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (OutOfMemoryError e) {
      throw refused(
          key,
          "it does not fit into the heap. Read it as a stream, or raise the heap's limit (-Xmx)",
          e);
    }
  }

  private static Payload whole(ValueFile file) throws IOException {
    List<ByteBuffer> segments = new ArrayList<>();
    for (long left = file.length(); left > 0; left -= MAX_SEGMENT_BYTES) {
      ByteBuffer segment = ByteBuffer.allocate((int) Math.min(MAX_SEGMENT_BYTES, left));
      while (segment.hasRemaining()) {
        int size = file.nextChunk();
        file.readChunk(segment.slice(segment.position(), size));
        segment.position(segment.position() + size);
      }
      segments.add(segment.flip());
    }
    return Payload.of(file.contentType(), segments.toArray(ByteBuffer[]::new));
  }

  @Override
  public CompletableFuture<Optional<Payload>> stream(ObjectKey key) {
    Objects.requireNonNull(key, "key");
    return onThread(key, () -> {
      try (ValueFile file = ValueFile.open(file(key), key)) {
        if (file.length() <= SMALL_BYTES) {
          return Optional.of(whole(file)); // it is open now
        }
        long version = file.version();
        return Optional.of(
            Payload.of(file.contentType(), file.length(), () -> openStream(key, version)));
      } catch (NoSuchFileException e) {
        return Optional.empty();
      }
    });
  }

  private InputStream openStream(ObjectKey key, long version) throws IOException {
    try {
      ValueFile file = ValueFile.open(file(key), key);
      if (file.version() != version) {
        file.close();
        throw new DamagedFileException("it was replaced");
      }
      return new ValueStream(file, () -> closed, cause -> failure(key, cause));
    } catch (IOException e) {
      RemoteTierException failure = failure(key, e);
      throw new IOException(failure.getMessage(), failure);
    }
  }

  @Override
  public CompletableFuture<Void> release(ObjectKey key) {
    Objects.requireNonNull(key, "key");
    return doOnThread(
        key,
        () -> readersLeft.compute(key, (same, left) -> {
          int before = left == null ? readersOf(key) : left;
          if (before > 1) {
            return before - 1;
          }
          delete(file(key));
          return null;
        }));
  }

  /** How many the object was put for; 0 when there is none, or nothing that can be read. */
  private int readersOf(ObjectKey key) {
    try (ValueFile file = ValueFile.open(file(key), key)) {
      return file.readers();
    } catch (IOException noneToRead) {
      return 0;
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public CompletableFuture<Void> releaseRun(RunId run) {
    Objects.requireNonNull(run, "run");
    return doOnThread(null, () -> {
      living.remove(run);
      readersLeft.keySet().removeIf(key -> key.run().equals(run));
      deleteFolder(folder(run));
      sweep(false);
    });
  }

  private static void deleteFolder(Path folder) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
        for (Path file : files) {
          Files.deleteIfExists(file);
        }
        Files.deleteIfExists(folder);
        return;
      } catch (NoSuchFileException e) {
        return;
      } catch (DirectoryNotEmptyException e) {
        // A function that could not be stopped saves something.
        if (attempt == MAX_ATTEMPTS) {
          return;
        }
      }
    }
  }

  /** Drops what dead processes have left; all that is half-written when nobody else can be writing. */
  private void sweep(boolean first) {
    long now = clock.millis();
    long due = nextSweepMillis.get();
    if (now < due
        || !nextSweepMillis.compareAndSet(due, now + Math.max(1, expiry.toMillis() / 4))) {
      return;
    }
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(directory, Files::isDirectory)) {
      for (Path folder : folders) {
        sweep(folder, first, now);
      }
    } catch (IOException e) {
      LOG.warn("What dead runs have left in {} is not cleared away: {}", directory, e.toString());
    }
  }

  private void sweep(Path folder, boolean first, long now) throws IOException {
    RunId run;
    try {
      run = RunId.parse(String.valueOf(folder.getFileName()));
    } catch (IllegalArgumentException notOurs) {
      return;
    }
    if (living.contains(run)) {
      return;
    }
    FileTime modified = Files.getLastModifiedTime(folder);
    if (modified.toMillis() + expiry.toMillis() < now) {
      deleteFolder(folder);
    } else if (first) {
      try (DirectoryStream<Path> parts = Files.newDirectoryStream(folder, "*" + TEMPORARY)) {
        for (Path part : parts) {
          Files.deleteIfExists(part);
        }
      }
      // Taking them away is no sign of life.
      Files.setLastModifiedTime(folder, modified);
    }
  }

  private Path folder(RunId run) {
    return directory.resolve(run.toString());
  }

  /** Names of objects have characters, and a length, that names of files must not have everywhere. */
  private Path file(ObjectKey key) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(key.name().getBytes(US_ASCII));
      return folder(key.run()).resolve(HexFormat.of().formatHex(digest));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("Every JDK has SHA-256", e);
    }
  }

  /** What a thread does for an operation. */
  @FunctionalInterface
  private interface Work<T> {
    T run() throws IOException;
  }

  /** The same, without a result. */
  @FunctionalInterface
  private interface Action {
    void run() throws IOException;
  }

  private CompletableFuture<Void> doOnThread(@Nullable ObjectKey key, Action action) {
    return onThread(key, () -> {
          action.run();
          return true;
        })
        .thenAccept(done -> {});
  }

  private <T> CompletableFuture<T> onThread(@Nullable ObjectKey key, Work<T> work) {
    checkOpen();
    CompletableFuture<T> result = new CompletableFuture<>();
    Runnable task = () -> {
      try {
        if (closed) {
          throw closed(key);
        }
        result.complete(work.run());
      } catch (RemoteTierException e) {
        result.completeExceptionally(e);
      } catch (IOException e) {
        result.completeExceptionally(failure(key, e));
      } catch (UncheckedIOException e) {
        result.completeExceptionally(failure(key, Objects.requireNonNull(e.getCause())));
      } catch (Throwable e) {
        result.completeExceptionally(e);
        throw e;
      }
    };
    try {
      threads.execute(task);
    } catch (RejectedExecutionException e) {
      result.completeExceptionally(closed(key));
    }
    return result;
  }

  private RemoteTierException failure(@Nullable ObjectKey key, IOException cause) {
    if (cause.getCause() instanceof RemoteTierException already) {
      return already;
    }
    if (closed) {
      return closed(key);
    }
    if (cause instanceof DamagedFileException || cause instanceof NoSuchFileException) {
      String problem = cause instanceof NoSuchFileException
          ? "its file is gone; it was released, or somebody else took it away"
          : "what its file holds is not what was written: " + cause.getMessage();
      return new RemoteTierException(
          Reason.DAMAGED, key, place(), problem + ". The value is lost", cause);
    }
    return refused(
        key,
        "the disk refuses: " + cause
            + ". See that there is space, and that the process may read and"
            + " write the directory",
        cause);
  }

  private RemoteTierException refused(
      @Nullable ObjectKey key, String problem, @Nullable Throwable cause) {
    return new RemoteTierException(Reason.REFUSED, key, place(), problem, cause);
  }

  private RemoteTierException closed(@Nullable ObjectKey key) {
    return new RemoteTierException(
        Reason.CLOSED, key, place(), "the tier was closed before it was done", null);
  }

  private String place() {
    return directory.toString();
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("The tier is closed (" + place() + ")");
    }
  }

  @Override
  public void close() {
    synchronized (lockFile) {
      if (closed) {
        return;
      }
      closed = true;
    }
    threads.shutdownNow().forEach(Runnable::run); // which finds the tier closed
    try {
      // So that nobody else gets the directory while something is still written to it.
      if (!threads.awaitTermination(10, TimeUnit.SECONDS)) {
        LOG.warn("The disk of {} still works on something after 10 seconds", directory);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try {
      lockFile.close();
    } catch (IOException e) {
      LOG.warn("The lock of {} is not given back: {}", directory, e.toString());
    }
  }

  @Override
  public String toString() {
    return "DiskTier[" + directory + "]";
  }
}
