package io.faasflow.faastore;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * The bytes of a value and what they are. Immutable and thread-safe.
 *
 * <p>Bytes in memory are never copied: who makes a payload of an array or a buffer must not change it
 * afterwards.
 */
public interface Payload {
  /** How long a content type may be, inclusive, in characters of printable ASCII. */
  int MAX_CONTENT_TYPE_LENGTH = 255;

  /** What the bytes are, as a media type: {@code application/json}. Kept as it is, never parsed. */
  String contentType();

  /** How many bytes there are, exactly; 0 or more. */
  long length();

  /**
   * Opens the bytes from their start. Each call gives a stream of its own; the caller closes it. The
   * stream ends after exactly {@link #length()} bytes, or throws.
   *
   * @throws IOException when the bytes cannot be read
   */
  InputStream open() throws IOException;

  /**
   * The bytes where they lie in memory, in order, read-only; each call gives buffers with a position
   * of their own. Empty when they have to be read through {@link #open()}.
   */
  Optional<List<ByteBuffer>> buffers();

  /**
   * All bytes in a new array.
   *
   * @throws IOException when the bytes cannot be read
   * @throws OutOfMemoryError when there are more than an array holds
   */
  default byte[] toByteArray() throws IOException {
    if (length() > Integer.MAX_VALUE - 8) {
      throw new OutOfMemoryError("An array cannot hold " + length() + " bytes: use open()");
    }
    byte[] all = new byte[(int) length()];
    Optional<List<ByteBuffer>> buffers = buffers();
    if (buffers.isPresent()) {
      int offset = 0;
      for (ByteBuffer buffer : buffers.get()) {
        int size = buffer.remaining();
        buffer.get(all, offset, size);
        offset += size;
      }
      return all;
    }
    try (InputStream in = open()) {
      int read = in.readNBytes(all, 0, all.length);
      if (read != all.length || in.read() >= 0) {
        throw new IOException(
            "The content does not have the " + length() + " bytes it should have");
      }
      return all;
    }
  }

  /** Opens content that is not in memory. */
  @FunctionalInterface
  interface Source {
    /**
     * Opens the content from its start; may be called several times, each time with the same bytes.
     * The caller closes the stream.
     *
     * @throws IOException when it cannot be opened, or not again
     */
    InputStream open() throws IOException;
  }

  /** The bytes of an array, which is not copied. */
  static Payload of(String contentType, byte[] bytes) {
    return of(contentType, ByteBuffer.wrap(bytes));
  }

  /** What remains in some buffers, one after the other; nothing is copied. */
  static Payload of(String contentType, ByteBuffer... buffers) {
    return new BufferPayload(contentType, List.of(buffers));
  }

  /**
   * Content that is opened when it is needed.
   *
   * @param length how many bytes the source gives, exactly
   */
  static Payload of(String contentType, long length, Source source) {
    return new SourcePayload(contentType, length, source);
  }
}
