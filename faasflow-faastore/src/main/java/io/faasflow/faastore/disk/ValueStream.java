package io.faasflow.faastore.disk;

import io.faasflow.faastore.RemoteTierException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** The bytes of a file, a chunk in memory at a time. Confined to one thread. */
final class ValueStream extends InputStream {
  private final ValueFile file;
  private final BooleanSupplier isTierClosed;
  private final Function<IOException, RemoteTierException> failure;
  private final ByteBuffer current;

  ValueStream(
      ValueFile file,
      BooleanSupplier isTierClosed,
      Function<IOException, RemoteTierException> failure) {
    this.file = file;
    this.isTierClosed = isTierClosed;
    this.failure = failure;
    this.current = ByteBuffer.allocate(file.nextChunk()).limit(0);
  }

  private boolean atEnd() throws IOException {
    if (current.hasRemaining()) {
      return false;
    }
    try {
      if (isTierClosed.getAsBoolean()) {
        throw new IOException("The tier is closed");
      }
      if (file.nextChunk() == 0) {
        return true;
      }
      current.clear().limit(file.nextChunk());
      file.readChunk(current);
      return false;
    } catch (IOException e) {
      current.limit(0);
      file.close(); // not to be read again: what follows is not known
      RemoteTierException cause = failure.apply(e);
      throw new IOException(cause.getMessage(), cause);
    }
  }

  @Override
  public int read() throws IOException {
    return atEnd() ? -1 : current.get() & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (atEnd()) {
      return -1;
    }
    int size = Math.min(length, current.remaining());
    current.get(target, offset, size);
    return size;
  }

  @Override
  public int available() {
    return current.remaining();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
