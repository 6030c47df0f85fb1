package io.faasflow.faastore;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/** A payload in memory. */
final class BufferPayload implements Payload {
  private final String contentType;
  private final List<ByteBuffer> buffers;
  private final long length;

  BufferPayload(String contentType, List<ByteBuffer> buffers) {
    this.contentType = SourcePayload.checkedContentType(contentType);
    this.buffers = buffers.stream().map(ByteBuffer::asReadOnlyBuffer).toList();
    this.length = this.buffers.stream().mapToLong(ByteBuffer::remaining).sum();
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
  public InputStream open() {
    return new BufferStream(duplicates());
  }

  @Override
  public Optional<List<ByteBuffer>> buffers() {
    return Optional.of(duplicates());
  }

  private List<ByteBuffer> duplicates() {
    return buffers.stream().map(ByteBuffer::duplicate).toList();
  }

  @Override
  public String toString() {
    return "Payload[" + contentType + ", " + length + " bytes in memory]";
  }

  /** Confined to one thread, as streams are. */
  private static final class BufferStream extends InputStream {
    private final List<ByteBuffer> rest;
    private int current;

    BufferStream(List<ByteBuffer> rest) {
      this.rest = rest;
    }

    private boolean atEnd() {
      while (current < rest.size() && !rest.get(current).hasRemaining()) {
        current++;
      }
      return current == rest.size();
    }

    @Override
    public int read() {
      return atEnd() ? -1 : rest.get(current).get() & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      if (length == 0) {
        return 0;
      }
      if (atEnd()) {
        return -1;
      }
      int size = Math.min(length, rest.get(current).remaining());
      rest.get(current).get(target, offset, size);
      return size;
    }

    @Override
    public int available() {
      return atEnd() ? 0 : rest.get(current).remaining();
    }
  }
}
