package io.faasflow.faastore.disk;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.faasflow.faastore.ObjectKey;
import io.faasflow.faastore.Payload;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * A file with one value, open for reading; and how such files are written. Confined to one thread.
 *
 * <p>A file is a header (magic, version, readers, length, content type, and a CRC-32C of these and of the key) and the value's bytes,
 * in chunks of 256 KiB that are each followed by their CRC-32C.
 */
final class ValueFile implements Closeable {
  static final int CHUNK_BYTES = 256 << 10;

  private static final int MAGIC = 'F' << 24 | 'S' << 16 | 'D' << 8 | 1;
  private static final int FIXED = 4 + 8 + 4 + 8 + 1 + 4;
  private static final int CRC_BYTES = 4;

  private final FileChannel channel;
  private final long version;
  private final int readers;
  private final long length;
  private final String contentType;
  private long left;

  private ValueFile(FileChannel channel, ObjectKey key) throws IOException {
    this.channel = channel;
    ByteBuffer fixed = ByteBuffer.allocate(FIXED - CRC_BYTES);
    read(fixed);
    if (fixed.getInt() != MAGIC) {
      throw new DamagedFileException("it does not begin as values do");
    }
    version = fixed.getLong();
    readers = fixed.getInt();
    length = fixed.getLong();
    ByteBuffer rest = ByteBuffer.allocate((fixed.get() & 0xff) + CRC_BYTES);
    read(rest);
    byte[] type = new byte[rest.remaining() - CRC_BYTES];
    rest.get(type);
    contentType = new String(type, US_ASCII);
    if (rest.getInt() != headerCrc(key, version, readers, length, contentType)) {
      throw new DamagedFileException("its header has the wrong checksum");
    }
    long chunks = (length + CHUNK_BYTES - 1) / CHUNK_BYTES;
    long expected = FIXED + type.length + length + CRC_BYTES * chunks;
    if (channel.size() != expected) {
      throw new DamagedFileException("it has " + channel.size() + " bytes instead of " + expected);
    }
    left = length;
  }

  /**
   * @throws java.nio.file.NoSuchFileException when there is none
   * @throws DamagedFileException when it is not a value of this key
   */
  static ValueFile open(Path file, ObjectKey key) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      return new ValueFile(channel, key);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** No other value of the directory has it. */
  long version() {
    return version;
  }

  int readers() {
    return readers;
  }

  long length() {
    return length;
  }

  String contentType() {
    return contentType;
  }

  /** How many bytes of the value the next chunk has; 0 at the end. */
  int nextChunk() {
    return (int) Math.min(CHUNK_BYTES, left);
  }

  /**
   * Reads the next chunk and verifies it.
   *
   * @param target has as many bytes left as the chunk; flipped on return
   */
  void readChunk(ByteBuffer target) throws IOException {
    left -= target.remaining();
    int begin = target.position();
    ByteBuffer crc = ByteBuffer.allocate(CRC_BYTES);
    while (target.hasRemaining() || crc.hasRemaining()) {
      if (channel.read(new ByteBuffer[] {target, crc}) < 0) {
        throw new DamagedFileException("it ends too early");
      }
    }
    target.position(begin);
    if (crc.flip().getInt() != crc(target)) {
      throw new DamagedFileException(
          "the chunk before byte " + (length - left) + " has the wrong checksum");
    }
  }

  private void read(ByteBuffer target) throws IOException {
    while (target.hasRemaining()) {
      if (channel.read(target) < 0) {
        throw new DamagedFileException("it ends in its header");
      }
    }
    target.flip();
  }

  /**
   * Writes the content of such a file.
   *
   * @throws BadPayloadException when the payload cannot be read, or has another length
   * @throws IOException when the file cannot be written
   */
  static void write(
      WritableByteChannel channel, ObjectKey key, Payload value, int readers, long version)
      throws IOException, BadPayloadException {
    ByteBuffer header = ByteBuffer.allocate(FIXED + value.contentType().length());
    header.putInt(MAGIC).putLong(version).putInt(readers).putLong(value.length());
    header.put((byte) value.contentType().length()).put(value.contentType().getBytes(US_ASCII));
    header.putInt(headerCrc(key, version, readers, value.length(), value.contentType()));
    write(channel, header.flip());
    try (Content content = new Content(value)) {
      long left = value.length();
      while (left > 0) {
        int size = (int) Math.min(CHUNK_BYTES, left);
        ByteBuffer chunk = content.next(size);
        int crc = crc(chunk);
        write(channel, chunk);
        write(channel, ByteBuffer.allocate(CRC_BYTES).putInt(crc).flip());
        left -= size;
      }
      content.checkEnd();
    }
  }

  private static void write(WritableByteChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static int headerCrc(
      ObjectKey key, long version, int readers, long length, String contentType) {
    CRC32C crc = new CRC32C();
    crc.update(
        ByteBuffer.allocate(20).putLong(version).putInt(readers).putLong(length).flip());
    crc.update((key + " " + contentType).getBytes(US_ASCII));
    return (int) crc.getValue();
  }

  private static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate());
    return (int) crc.getValue();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /** The payload cannot be read, or not as it said. */
  static final class BadPayloadException extends Exception {
    private static final long serialVersionUID = 1L;

    BadPayloadException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** The bytes of a payload in pieces, read through one buffer unless they are in memory already. */
  private static final class Content implements Closeable {
    private final ByteBuffer buffer;
    private final InputStream in;
    private final long length;
    private final Optional<ByteBuffer> whole;

    Content(Payload value) throws BadPayloadException {
      this.length = value.length();
      // One buffer is the usual case; several are read as a stream.
      this.whole = value.buffers().filter(all -> all.size() == 1).map(all -> all.get(0));
      this.buffer =
          ByteBuffer.allocate(whole.isPresent() ? 0 : (int) Math.min(CHUNK_BYTES, length));
      try {
        this.in = value.open();
      } catch (IOException e) {
        throw unreadable(e);
      }
    }

    ByteBuffer next(int size) throws BadPayloadException {
      if (whole.isPresent()) {
        ByteBuffer rest = whole.get();
        ByteBuffer piece = rest.duplicate().limit(rest.position() + size);
        rest.position(rest.position() + size);
        return piece;
      }
      try {
        if (in.readNBytes(buffer.array(), 0, size) < size) {
          throw new EOFException("it ends before its " + length + " bytes");
        }
      } catch (IOException e) {
        throw unreadable(e);
      }
      return buffer.clear().limit(size);
    }

    void checkEnd() throws BadPayloadException {
      try {
        if (whole.isEmpty() && in.read() >= 0) {
          throw new IOException("it goes on after its " + length + " bytes");
        }
      } catch (IOException e) {
        throw unreadable(e);
      }
    }

    private static BadPayloadException unreadable(IOException cause) {
      return new BadPayloadException(
          "the payload cannot be read: " + cause.getMessage() + ". Nothing is stored", cause);
    }

    @Override
    public void close() {
      try {
        in.close();
      } catch (IOException nothingIsLost) {
        // All that is needed of it has been read.
      }
    }
  }
}
