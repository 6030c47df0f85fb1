package io.faasflow.docker;

import io.faasflow.store.Blob;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a container gave as a file. Nobody can change the file, so it can be mapped. Thread-safe. When
 * nobody refers to it any more, the file is freed.
 */
final class FileBlob implements Blob {
  private static final Logger LOG = LoggerFactory.getLogger(FileBlob.class);

  private final String contentType;
  private final SharedFile file;
  private volatile @Nullable ByteBuffer mapped;

  FileBlob(String contentType, SharedFile file) {
    this.contentType = contentType;
    this.file = file;
  }

  SharedFile file() {
    return file;
  }

  @Override
  public String contentType() {
    return contentType;
  }

  @Override
  public long length() {
    return file.bytes();
  }

  @Override
  public boolean isInMemory() {
    return file.isInMemory();
  }

  @Override
  public InputStream open() throws IOException {
    ByteBuffer known = mapped;
    if (known == null) {
      try {
        return Files.newInputStream(file.path());
      } catch (NoSuchFileException e) {
        known = mapped; // detached in between
        if (known == null) {
          throw gone(e);
        }
      }
    }
    return Blob.of(contentType, known).open();
  }

  @Override
  public ByteBuffer buffer() throws IOException {
    ByteBuffer known = mapped;
    return (known == null ? map() : known).duplicate();
  }

  private synchronized ByteBuffer map() throws IOException {
    ByteBuffer known = mapped;
    if (known != null) {
      return known;
    }
    if (length() > Integer.MAX_VALUE) {
      throw new OutOfMemoryError("A buffer cannot hold " + length() + " bytes: use open()");
    }
    try (FileChannel channel = FileChannel.open(file.path())) {
      known = channel.map(FileChannel.MapMode.READ_ONLY, 0, length());
      mapped = known;
      return known;
    } catch (NoSuchFileException e) {
      throw gone(e);
    }
  }

  /** Its run has ended, and somebody may read it still: from memory, as the file is to go. */
  void detach() {
    try {
      ByteBuffer ignored = map();
      file.unlink();
    } catch (IOException | OutOfMemoryError e) {
      LOG.debug("{} keeps its file until nobody refers to it", this, e);
    }
  }

  private IOException gone(NoSuchFileException cause) {
    return new IOException(
        this
            + " cannot be read any more: its run has ended, or the DockerBackend is closed. What is"
            + " read later has to be in the run's output",
        cause);
  }

  @Override
  public String toString() {
    return "Blob[" + contentType + ", " + length() + " bytes of a container]";
  }
}
