package io.faasflow.faastore.redis;

import io.faasflow.faastore.ObjectKey;
import io.faasflow.faastore.RemoteTierException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;

/**
 * Gives the chunks of one value in order, and has some of them on their way while one is used.
 * Confined to one thread, which waits.
 */
final class ChunkReader {
  private record Asked(int chunk, CompletableFuture<FrameOutput.Reply> reply) {}

  private final Link link;
  private final String[] names;
  private final ObjectKey key;
  private final Manifest manifest;
  private final int window;
  private final IntFunction<ByteBuffer> targets;
  private final Queue<Asked> asked = new ArrayDeque<>();
  private int next;

  /**
   * @param targets where the bytes of a chunk belong: heap buffers that have as many bytes left as
   *     the chunk
   */
  ChunkReader(
      Link link,
      Settings settings,
      ObjectKey key,
      Manifest manifest,
      IntFunction<ByteBuffer> targets) {
    this.link = link;
    this.names = settings.names().chunks(key.run(), manifest.version(), manifest.chunks());
    this.window = settings.window();
    this.key = key;
    this.manifest = manifest;
    this.targets = targets;
  }

  boolean hasNext() {
    return next < manifest.chunks() || !asked.isEmpty();
  }

  /**
   * The next chunk's bytes, verified.
   *
   * @throws RemoteTierException when it is not there, not what was written, or Redis does not answer
   */
  ByteBuffer next() {
    while (next < manifest.chunks() && asked.size() < window) {
      asked.add(new Asked(next, link.readFrame(key, names[next], targets.apply(next))));
      next++;
    }
    Asked first = asked.remove();
    return verified(link, key, manifest, first.chunk, link.await(key, first.reply));
  }

  /**
   * @throws RemoteTierException when there is nothing, or not what was written
   */
  static ByteBuffer verified(
      Link link, ObjectKey key, Manifest manifest, int chunk, FrameOutput.Reply reply) {
    try {
      if (reply.damage() != null) {
        throw reply.damage();
      }
      Frame.Arrived arrived = reply.arrived();
      if (arrived == null) {
        throw new DamagedException("is not there");
      }
      return Frame.finish(manifest.version(), chunk, arrived);
    } catch (DamagedException e) {
      throw link.failures()
          .damaged(key, "chunk " + chunk + " of " + manifest.chunks() + " " + e.getMessage(), e);
    }
  }
}
