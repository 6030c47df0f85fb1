package io.faasflow.docker;

import io.faasflow.run.RunId;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file among the {@link SharedFiles}, whose bytes take room until it is freed. Thread-safe. */
final class SharedFile {
  private static final Logger LOG = LoggerFactory.getLogger(SharedFile.class);

  private final SharedFiles files;
  private final Path path;
  private final long bytes;
  private final Room room; // that its bytes take
  private final @Nullable RunId run; // null: it goes with the call that made it
  private final @Nullable Mailbox writer; // who is charged for its pages; null: this process
  private boolean freed; // guarded by this
  private volatile @Nullable WeakReference<FileBlob> blob;

  SharedFile(
      SharedFiles files,
      Path path,
      long bytes,
      Room room,
      @Nullable RunId run,
      @Nullable Mailbox writer) {
    this.files = files;
    this.path = path;
    this.bytes = bytes;
    this.room = room;
    this.run = run;
    this.writer = writer;
  }

  Path path() {
    return path;
  }

  long bytes() {
    return bytes;
  }

  @Nullable
  RunId run() {
    return run;
  }

  boolean isInMemory() {
    return !isOnDisk() && files.areInMemory();
  }

  private boolean isOnDisk() {
    return room == files.roomOnDisk();
  }

  /** Whether an inbox can have it. */
  boolean isLinkable(SharedFiles those) {
    return files == those && !isOnDisk() && Files.exists(path);
  }

  /** The file as a value; the file must not keep the value from being collected. */
  FileBlob as(String contentType) {
    FileBlob made = new FileBlob(contentType, this);
    blob = new WeakReference<>(made);
    return made;
  }

  /** The value, if anybody refers to it. */
  @Nullable
  FileBlob blob() {
    WeakReference<FileBlob> known = blob;
    return known == null ? null : known.get();
  }

  /** Makes the file visible in an inbox, without a copy. */
  void linkTo(Path link) throws IOException {
    if (writer != null && !WriteLease.hasNoWriter(path)) {
      throw new IOException("It was opened for writing since its container gave it");
    }
    Files.createLink(link, path);
  }

  /** Takes the name away; the bytes stay for as long as anybody has them open or mapped. */
  void unlink() {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      LOG.warn("File {} could not be removed; it goes when the backend is closed", path, e);
    }
  }

  /**
   * Nobody needs it any more. A second call does nothing, but returns only after the first has: the end of a
   * run may meet the cleaner here, and then everything of the run is gone.
   */
  synchronized void free() {
    if (!freed) {
      freed = true;
      unlink();
      if (writer != null) {
        writer.settle(bytes);
      }
      room.free(bytes);
      files.freed(this);
    }
  }
}
