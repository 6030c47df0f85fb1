package io.faasflow.faastore;

import io.faasflow.store.Blob;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Large blobs that were made on other workers, in files of a folder of their own: they need hardly any memory,
 * and are there as a whole before a function begins. Thread-safe.
 *
 * <p>A file goes when nobody has its blob any more. It cannot go with the output: functions may
 * return the blob, or another one that is made of it, and it may be the result of the run. Blobs are small
 * objects, of which the garbage collector makes no haste to get rid: so it is asked to, now and then, as
 * the JDK does for direct buffers.
 */
final class BlobFiles implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BlobFiles.class);

  private static final long BYTES_BETWEEN_COLLECTIONS = 1L << 30;

  private final Path parent;
  private final AtomicLong written = new AtomicLong();
  private @Nullable Cleaner cleaner; // guarded by this, as is the folder; null until one is needed
  private @Nullable Path folder;
  private boolean closed;

  /** Makes nothing before it is needed. */
  BlobFiles(Path parent) {
    this.parent = parent;
  }

  /**
   * Reads a blob into a file.
   *
   * @throws IOException when it cannot be read, or not be written
   */
  Blob write(Payload payload, String contentType) throws IOException {
    Path file = newFile();
    try (InputStream in = payload.open()) {
      long ignored = Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException | RuntimeException | Error e) {
      delete(file);
      throw e;
    }
    collectNowAndThen(payload.length());
    FileBlob blob = new FileBlob(contentType, payload.length(), file);
    Cleaner.Cleanable ignored = cleaner().register(blob, () -> delete(file));
    return blob;
  }

  private void collectNowAndThen(long bytes) {
    long before = written.getAndAdd(bytes);
    if (before / BYTES_BETWEEN_COLLECTIONS != (before + bytes) / BYTES_BETWEEN_COLLECTIONS) {
      System.gc();
    }
  }

  private synchronized Cleaner cleaner() {
    if (cleaner == null) {
      cleaner = Cleaner.create();
    }
    return cleaner;
  }

  private synchronized Path newFile() throws IOException {
    if (closed) {
      throw new IOException("The store is closed");
    }
    if (folder == null
        || !Files.isDirectory(folder)) { // cleaners of temporary files take empty ones
      folder = Files.createTempDirectory(parent, "faasflow-blobs");
    }
    return Files.createTempFile(folder, "blob", "");
  }

  private static void delete(Path file) {
    try {
      boolean ignored = Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.warn("{} could not be deleted", file, e);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (folder == null) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      files.forEach(BlobFiles::delete);
    } catch (IOException e) {
      LOG.warn("The files of {} could not be found", folder, e);
    }
    delete(folder);
    folder = null;
  }

  /** Immutable, as its file is. */
  private static final class FileBlob implements Blob {
    private final String contentType;
    private final long length;
    private final Path file;

    FileBlob(String contentType, long length, Path file) {
      this.contentType = contentType;
      this.length = length;
      this.file = file;
    }

    @Override
    public String contentType() {
      return contentType;
    }

    @Override
    public long length() {
      return length;
    }

    @Override
    public InputStream open() throws IOException {
      try {
        return Files.newInputStream(file);
      } finally {
        Reference.reachabilityFence(this); // or the file might go before it is opened
      }
    }

    @Override
    public String toString() {
      return "Blob[" + contentType + ", " + length + " bytes in a file]";
    }
  }
}
