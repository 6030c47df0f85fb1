package io.faasflow.faastore.redis;

import io.faasflow.faastore.ObjectKey;
import io.faasflow.faastore.Payload;
import io.faasflow.faastore.RemoteTierException;
import io.lettuce.core.SetArgs;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Writes the chunks of one value, some of them on their way at a time. Confined to one thread, which
 * waits. Nothing of it can be seen before the manifest is written.
 */
final class ChunkWriter {
  private final Link link;
  private final Settings settings;
  private final ObjectKey key;
  private final Manifest manifest;
  private final String[] names;
  private final Queue<CompletableFuture<?>> underWay = new ArrayDeque<>();
  private final Queue<byte[]> free = new ConcurrentLinkedQueue<>();

  ChunkWriter(Link link, Settings settings, ObjectKey key, Manifest manifest) {
    this.link = link;
    this.settings = settings;
    this.key = key;
    this.manifest = manifest;
    this.names = settings.names().chunks(key.run(), manifest.version(), manifest.chunks());
  }

  /**
   * Returns when Redis has said yes to each chunk.
   *
   * @throws RemoteTierException when it has not, or the payload cannot be read; chunks may be left
   */
  void write(Payload payload) {
    try {
      send(payload);
    } catch (RuntimeException e) {
      // So that what is cleared away now is not followed by more.
      link.settle(underWay);
      throw e;
    }
  }

  private void send(Payload payload) {
    underWay.add(link.run(
        key,
        Script.ANNOUNCE,
        settings.names().chunked(key.run()),
        Bytes.of(manifest.version()),
        Bytes.of(manifest.chunks()),
        Bytes.of(settings.expiry().toMillis())));
    Optional<List<ByteBuffer>> buffers = payload.buffers();
    if (buffers.isPresent()) {
      Slices slices = new Slices(buffers.get());
      for (int chunk = 0; chunk < manifest.chunks(); chunk++) {
        var unused = send(chunk, slices.next(manifest.sizeOf(chunk)));
      }
    } else {
      copy(payload);
    }
    while (!underWay.isEmpty()) {
      link.await(key, underWay.remove());
    }
  }

  private void copy(Payload payload) {
    try (InputStream in = payload.open()) {
      for (int chunk = 0; chunk < manifest.chunks(); chunk++) {
        byte[] used = free.poll();
        byte[] buffer = used == null ? new byte[manifest.chunkBytes()] : used;
        int size = manifest.sizeOf(chunk);
        int read = in.readNBytes(buffer, 0, size);
        if (read < size) {
          throw wrongLength("ends after " + (manifest.offsetOf(chunk) + read));
        }
        var unused =
            send(chunk, List.of(ByteBuffer.wrap(buffer, 0, size))).thenRun(() -> free.add(buffer));
      }
      if (in.read() >= 0) {
        throw wrongLength("goes on after");
      }
    } catch (IOException e) {
      throw link.failures().badPayload(key, "the payload cannot be read: " + e, e);
    }
  }

  private RemoteTierException wrongLength(String what) {
    return link.failures()
        .badPayload(
            key,
            "the payload said that it has " + manifest.length() + " bytes, and " + what
                + " bytes. Nothing is stored",
            null);
  }

  private CompletableFuture<?> send(int chunk, List<ByteBuffer> content) {
    if (underWay.size() >= settings.window()) {
      link.await(key, underWay.remove());
    }
    CompletableFuture<?> done = write(link, settings, key, manifest, names[chunk], chunk, content);
    underWay.add(done);
    return done;
  }

  static CompletableFuture<?> write(
      Link link,
      Settings settings,
      ObjectKey key,
      Manifest manifest,
      String name,
      int chunk,
      List<ByteBuffer> content) {
    Bytes frame = settings.framed(manifest.version(), chunk, content);
    SetArgs expiry = SetArgs.Builder.px(settings.expiry());
    return link.send(key, frame.size(), () -> link.large().set(name, frame, expiry));
  }

  /** Cuts what lies in several buffers into pieces. */
  static final class Slices {
    private final List<ByteBuffer> rest;
    private int current;

    Slices(List<ByteBuffer> rest) {
      this.rest = rest;
    }

    List<ByteBuffer> next(int size) {
      List<ByteBuffer> parts = new ArrayList<>(1);
      int missing = size;
      while (missing > 0) {
        ByteBuffer one = rest.get(current);
        int taken = Math.min(missing, one.remaining());
        if (taken > 0) {
          parts.add(one.duplicate().limit(one.position() + taken));
          one.position(one.position() + taken);
          missing -= taken;
        }
        if (!one.hasRemaining()) {
          current++;
        }
      }
      return parts;
    }
  }
}
