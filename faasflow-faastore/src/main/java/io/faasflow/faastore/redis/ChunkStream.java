package io.faasflow.faastore.redis;

import io.faasflow.faastore.ObjectKey;
import io.faasflow.faastore.RemoteTierException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;

/** The bytes of a value as they come, a window of chunks in memory. Confined to one thread. */
final class ChunkStream extends InputStream {
  private final ChunkReader chunks;
  private final int chunkBytes;
  // Buffers that are used again: a long value would else leave one behind for each chunk.
  private final Queue<ByteBuffer> free = new ArrayDeque<>();
  private ByteBuffer current = ByteBuffer.allocate(0);
  private boolean closed;

  ChunkStream(Link link, Settings settings, ObjectKey key, Manifest manifest) {
    this.chunkBytes = manifest.chunkBytes();
    this.chunks = new ChunkReader(
        link, settings, key, manifest, chunk -> buffer().limit(manifest.sizeOf(chunk)));
  }

  private ByteBuffer buffer() {
    ByteBuffer used = free.poll();
    return used == null ? ByteBuffer.allocate(chunkBytes) : used.clear();
  }

  private boolean atEnd() throws IOException {
    if (closed) {
      throw new IOException("The stream is closed");
    }
    while (!current.hasRemaining()) {
      if (!chunks.hasNext()) {
        return true;
      }
      if (current.capacity() == chunkBytes) {
        free.add(current);
      }
      try {
        current = chunks.next();
      } catch (RemoteTierException e) {
        // Not to be read again: what follows of it is not known.
        closed = true;
        throw new IOException(e.getMessage(), e);
      }
    }
    return false;
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
  public void close() {
    closed = true;
  }
}
