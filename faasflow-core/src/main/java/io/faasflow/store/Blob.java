package io.faasflow.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Bytes with a content type: what functions give and take in place of large values, without having them
 * in memory as a whole. Immutable and thread-safe.
 *
 * <p>A function {@code save}s by returning a blob, and {@code fetch}es by taking one and {@linkplain #open
 * opening} it: where the bytes are, and how they come, is the store's concern. With the in-heap store the blob
 * itself is handed over. The same holds for blobs in lists, maps and other values.
 *
 * <p>What is shared is not copied: do not change an array, a buffer or a file after it has become a blob.
 */
public interface Blob {
  /** What the bytes are, as a media type such as {@code image/png}. Kept as it is. */
  String contentType();

  /** How many bytes there are, exactly; 0 or more. */
  long length();

  /**
   * Whether all bytes are in the memory of this machine for as long as the blob is referred to: stores
   * count them.
   */
  default boolean isInMemory() {
    return false;
  }

  /**
   * Opens the bytes from their start. Each call gives a stream of its own, which the caller closes.
   *
   * @throws IOException when they cannot be read
   */
  InputStream open() throws IOException;

  /**
   * All bytes, read-only. Without a copy where they are in memory.
   *
   * @throws IOException when they cannot be read
   * @throws OutOfMemoryError when there are more than 2 GiB
   */
  default ByteBuffer buffer() throws IOException {
    if (length() > Integer.MAX_VALUE - 8) {
      throw new OutOfMemoryError("A buffer cannot hold " + length() + " bytes: use open()");
    }
    try (InputStream in = open()) {
      byte[] all = in.readNBytes((int) length());
      if (all.length != length() || in.read() >= 0) {
        throw new IOException(
            "The content does not have the " + length() + " bytes it should have");
      }
      return ByteBuffer.wrap(all).asReadOnlyBuffer();
    }
  }

  /** The bytes of an array, of no particular type. */
  static Blob of(byte[] bytes) {
    return of("application/octet-stream", bytes);
  }

  /** The bytes of an array. */
  static Blob of(String contentType, byte[] bytes) {
    return of(contentType, ByteBuffer.wrap(bytes));
  }

  /** What remains in a buffer. */
  static Blob of(String contentType, ByteBuffer bytes) {
    return new BufferBlob(contentType, bytes.slice().asReadOnlyBuffer());
  }

  /**
   * The content of a file. The file is the function's: it has to stay, unchanged, until the run is over.
   *
   * @throws IOException when its size cannot be read
   */
  static Blob of(String contentType, Path file) throws IOException {
    return of(contentType, Files.size(file), () -> Files.newInputStream(file));
  }

  /**
   * Content that is opened when it is needed.
   *
   * @param length how many bytes the source gives, exactly; 0 or more
   */
  static Blob of(String contentType, long length, Source source) {
    return new SourceBlob(contentType, length, source);
  }

  /** Opens content that is not in memory. */
  @FunctionalInterface
  interface Source {
    /**
     * Opens the content from its start; may be called several times, each time with the same bytes.
     *
     * @throws IOException when it cannot be opened
     */
    InputStream open() throws IOException;
  }
}
