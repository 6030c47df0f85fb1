package io.faasflow.store;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Objects;

/** A blob in memory. The buffer's position is never moved. */
record BufferBlob(String contentType, ByteBuffer bytes) implements Blob {
  BufferBlob {
    Objects.requireNonNull(contentType, "contentType");
  }

  @Override
  public long length() {
    return bytes.remaining();
  }

  @Override
  public boolean isInMemory() {
    return true;
  }

  @Override
  public ByteBuffer buffer() {
    return bytes.duplicate();
  }

  @Override
  public InputStream open() {
    return new BufferStream(bytes.duplicate());
  }

  @Override
  public String toString() {
    return "Blob[" + contentType + ", " + length() + " bytes in memory]";
  }

  /** Confined to one thread, as streams are. */
  private static final class BufferStream extends InputStream {
    private final ByteBuffer rest;

    BufferStream(ByteBuffer rest) {
      this.rest = rest;
    }

    @Override
    public int read() {
      return rest.hasRemaining() ? rest.get() & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      if (length == 0) {
        return 0;
      }
      int size = Math.min(length, rest.remaining());
      if (size == 0) {
        return -1;
      }
      rest.get(target, offset, size);
      return size;
    }

    @Override
    public int available() {
      return rest.remaining();
    }
  }
}
