package io.faasflow.faastore.redis;

import io.faasflow.faastore.ObjectKey;
import io.faasflow.faastore.Payload;
import io.faasflow.faastore.RemoteTierException;
import io.lettuce.core.KeyValue;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** How values get out of Redis. Thread-safe. */
final class Gets {
  /** How often a value is read anew that changed meanwhile. */
  // Each but the last was overtaken by a writer: a bound only for who writes one key without end.
  private static final int MAX_ATTEMPTS = 100;

  /** Arrays are not larger than that. */
  private static final long MAX_SEGMENT_BYTES = 1L << 30;

  private final Settings settings;
  private final Names names;
  private final Link link;
  private final Failures failures;
  private final TransferThreads threads;
  private final Map<ObjectKey, CompletableFuture<Optional<Payload>>> underWay =
      new ConcurrentHashMap<>();

  Gets(Settings settings, Link link, TransferThreads threads) {
    this.settings = settings;
    this.names = settings.names();
    this.link = link;
    this.failures = link.failures();
    this.threads = threads;
  }

  /** Who gets it from now on does not share a read that began before. */
  void forget(ObjectKey key) {
    underWay.remove(key);
  }

  CompletableFuture<Optional<Payload>> get(ObjectKey key) {
    CompletableFuture<Optional<Payload>> mine = new CompletableFuture<>();
    CompletableFuture<Optional<Payload>> other = underWay.putIfAbsent(key, mine);
    if (other != null) {
      return other.copy();
    }
    var unused = read(key, 1).whenComplete((found, thrown) -> {
      underWay.remove(key, mine);
      if (thrown == null) {
        mine.complete(found);
      } else {
        mine.completeExceptionally(Failures.unwrapped(thrown));
      }
    });
    return mine.copy();
  }

  private CompletableFuture<Optional<Payload>> read(ObjectKey key, int attempt) {
    return find(key).thenCompose(found -> {
      if (found == null) {
        return CompletableFuture.completedFuture(Optional.empty());
      }
      Payload inline = found.inline();
      if (inline != null) {
        return CompletableFuture.completedFuture(Optional.of(inline));
      }
      Manifest manifest = found.manifest();
      CompletableFuture<Payload> content = manifest.chunks() <= Manifest.FEW_CHUNKS
          ? readFewChunks(key, manifest)
          : threads.run(
              key, () -> CompletableFuture.completedFuture(readManyChunks(key, manifest)));
      return content
          .thenApply(Optional::of)
          .exceptionallyCompose(
              thrown -> readAnew(key, manifest, failures.of(key, thrown), attempt));
    });
  }

  /** Chunks go when their value is replaced or released meanwhile. */
  private CompletableFuture<Optional<Payload>> readAnew(
      ObjectKey key, Manifest before, RemoteTierException failure, int attempt) {
    if (failure.reason() != RemoteTierException.Reason.DAMAGED || attempt == MAX_ATTEMPTS) {
      return CompletableFuture.failedFuture(failure);
    }
    return find(key)
        .thenCompose(now -> now != null && now.manifest().equals(before)
            ? CompletableFuture.failedFuture(failure)
            : read(key, attempt + 1));
  }

  /** Without waiting. */
  private CompletableFuture<Payload> readFewChunks(ObjectKey key, Manifest manifest) {
    String[] chunks = names.chunks(key.run(), manifest.version(), manifest.chunks());
    ByteBuffer all = ByteBuffer.allocate((int) manifest.length());
    List<CompletableFuture<?>> verified = new ArrayList<>(chunks.length);
    for (int i = 0; i < chunks.length; i++) {
      int chunk = i;
      ByteBuffer target = all.slice((int) manifest.offsetOf(i), manifest.sizeOf(i));
      // Each as it comes, while the next one is on its way.
      verified.add(link.readFrame(key, chunks[i], target)
          .thenApply(reply -> ChunkReader.verified(link, key, manifest, chunk, reply)));
    }
    return CompletableFuture.allOf(verified.toArray(CompletableFuture[]::new))
        .thenApply(nothing -> Payload.of(manifest.contentType(), all));
  }

  /** On a thread that may wait. */
  private Payload readManyChunks(ObjectKey key, Manifest manifest) {
    List<ByteBuffer> segments = new ArrayList<>();
    long chunksInSegment = MAX_SEGMENT_BYTES / manifest.chunkBytes();
    long segmentBytes = chunksInSegment * manifest.chunkBytes();
    try {
      ChunkReader chunks = new ChunkReader(link, settings, key, manifest, chunk -> {
        long offset = manifest.offsetOf(chunk);
        if (offset % segmentBytes == 0) {
          segments.add(
              ByteBuffer.allocate((int) Math.min(segmentBytes, manifest.length() - offset)));
        }
        return segments
            .get((int) (offset / segmentBytes))
            .slice((int) (offset % segmentBytes), manifest.sizeOf(chunk));
      });
      while (chunks.hasNext()) {
        chunks.next();
      }
    } catch (OutOfMemoryError e) {
      throw failures.refused(
          key,
          "its " + manifest.length() + " bytes do not fit into the heap. Read it as a stream, or"
              + " raise the heap's limit (-Xmx)",
          e);
    }
    return Payload.of(manifest.contentType(), segments.toArray(ByteBuffer[]::new));
  }

  CompletableFuture<Optional<Payload>> stream(ObjectKey key) {
    return find(key).thenApply(found -> {
      if (found == null) {
        return Optional.empty();
      }
      Payload inline = found.inline();
      return Optional.of(inline != null ? inline : new ChunkedPayload(key, found.manifest()));
    });
  }

  /**
   * What is beside the chunks.
   *
   * @param inline the value, when it has no chunks
   */
  private record Found(Manifest manifest, @Nullable Payload inline) {}

  private CompletableFuture<@Nullable Found> find(ObjectKey key) {
    return link.send(
            key,
            Link.SMALL_BYTES,
            () -> link.small().hmget(names.run(key.run()), "m" + key.name(), "d" + key.name()))
        .thenApply(fields -> found(key, fields));
  }

  private @Nullable Found found(ObjectKey key, List<KeyValue<String, Bytes>> fields) {
    KeyValue<String, Bytes> described = fields.get(0);
    if (!described.hasValue()) {
      return null;
    }
    try {
      Manifest manifest = Manifest.decode(key, described.getValue().only());
      if (!manifest.isInline()) {
        return new Found(manifest, null);
      }
      if (!fields.get(1).hasValue()) {
        throw new DamagedException("its bytes are not there");
      }
      ByteBuffer content = inline(manifest, fields.get(1).getValue().only());
      return new Found(manifest, Payload.of(manifest.contentType(), content));
    } catch (DamagedException e) {
      throw failures.damaged(key, String.valueOf(e.getMessage()), e);
    }
  }

  private static ByteBuffer inline(Manifest manifest, ByteBuffer frame) throws DamagedException {
    try {
      return Frame.decode(manifest.version(), 0, (int) manifest.length(), frame);
    } catch (DamagedException e) {
      throw new DamagedException("what is stored " + e.getMessage());
    }
  }

  /** A value whose chunks are read when it is opened. */
  private final class ChunkedPayload implements Payload {
    private final ObjectKey key;
    private final Manifest manifest;

    ChunkedPayload(ObjectKey key, Manifest manifest) {
      this.key = key;
      this.manifest = manifest;
    }

    @Override
    public String contentType() {
      return manifest.contentType();
    }

    @Override
    public long length() {
      return manifest.length();
    }

    @Override
    public InputStream open() throws IOException {
      if (link.isClosed()) {
        RemoteTierException closed = failures.closed(key);
        throw new IOException(closed.getMessage(), closed);
      }
      return new ChunkStream(link, settings, key, manifest);
    }

    @Override
    public Optional<List<ByteBuffer>> buffers() {
      return Optional.empty();
    }

    @Override
    public String toString() {
      return "Payload[" + contentType() + ", " + length() + " bytes in Redis]";
    }
  }
}
