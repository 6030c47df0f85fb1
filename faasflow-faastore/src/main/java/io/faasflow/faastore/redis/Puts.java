package io.faasflow.faastore.redis;

import io.faasflow.faastore.ObjectKey;
import io.faasflow.faastore.Payload;
import io.faasflow.faastore.RemoteTierException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** How values get into Redis: the smallest by one script, those of few chunks in one go, others over time. Thread-safe. */
final class Puts {
  /** How often a value is written anew that was lost meanwhile. */
  private static final int MAX_ATTEMPTS = 5;

  private final Settings settings;
  private final Names names;
  private final Link link;
  private final Failures failures;
  private final TransferThreads threads;
  private final Chunks chunks;
  private final Supplier<String> versions;
  private final Bytes expiry;

  Puts(
      Settings settings,
      Link link,
      TransferThreads threads,
      Chunks chunks,
      Supplier<String> versions) {
    this.settings = settings;
    this.names = settings.names();
    this.link = link;
    this.failures = link.failures();
    this.threads = threads;
    this.chunks = chunks;
    this.versions = versions;
    this.expiry = Bytes.of(settings.expiry().toMillis());
  }

  CompletableFuture<Void> put(ObjectKey key, Payload value, int readers) {
    return value
        .buffers()
        .filter(buffers -> value.length() <= settings.fewBytes())
        .map(buffers -> putInOneGo(key, value, buffers, readers))
        .orElseGet(() -> threads.run(key, () -> putWaiting(key, value, readers)));
  }

  /** Without waiting: what there is to be sent is sent at once. */
  private CompletableFuture<Void> putInOneGo(
      ObjectKey key, Payload value, List<ByteBuffer> content, int readers) {
    return value.length() <= settings.inlineBytes()
        ? putInline(key, value, content, readers)
        : putFewChunks(key, value, content, readers, 1);
  }

  private CompletableFuture<Void> putInline(
      ObjectKey key, Payload value, List<ByteBuffer> content, int readers) {
    Manifest manifest = new Manifest(versions.get(), value.contentType(), value.length(), 0);
    Bytes frame = settings.framed(manifest.version(), 0, content);
    return link.run(
            key,
            Script.PUT_SMALL,
            names.run(key.run()),
            Bytes.of(key.name()),
            Bytes.of(manifest.encode(key)),
            Bytes.of(readers),
            expiry,
            frame)
        .thenAccept(replaced -> chunks.dropThoseOf(key, replaced));
  }

  /** The chunks, and right behind them the manifest, which appears only when they have arrived. */
  private CompletableFuture<Void> putFewChunks(
      ObjectKey key, Payload value, List<ByteBuffer> content, int readers, int attempt) {
    Manifest manifest = chunked(value);
    String[] keys = names.chunks(key.run(), manifest.version(), manifest.chunks());
    List<CompletableFuture<?>> written = new ArrayList<>(keys.length);
    ChunkWriter.Slices slices = new ChunkWriter.Slices(content);
    for (int i = 0; i < keys.length; i++) {
      List<ByteBuffer> slice = slices.next(manifest.sizeOf(i));
      written.add(ChunkWriter.write(link, settings, key, manifest, keys[i], i, slice));
    }
    CompletableFuture<?> all = CompletableFuture.allOf(written.toArray(CompletableFuture[]::new));
    return publishFew(key, manifest, keys, readers)
        // Lost: the server was restarted, or a node of a cluster sent a chunk elsewhere, and it
        // came later.
        .thenCompose(answer -> isLost(answer)
            ? all.thenCompose(nothing -> publishFew(key, manifest, keys, readers))
            : CompletableFuture.completedFuture(answer))
        .thenCombine(all, (answer, nothing) -> answer)
        .whenComplete((answer, thrown) -> {
          // Where it is not known whether the manifest is there, the chunks have to stay.
          if (thrown == null ? isLost(answer) : isKnown(failures.of(key, thrown))) {
            var unused = chunks.drop(key.run(), manifest.version(), manifest.chunks());
          }
        })
        .thenCompose(answer -> {
          if (isLost(answer)) {
            return attempt == MAX_ATTEMPTS
                ? CompletableFuture.failedFuture(lostOften(key))
                : putFewChunks(key, value, value.buffers().orElseThrow(), readers, attempt + 1);
          }
          chunks.dropThoseOf(key, answer);
          return CompletableFuture.completedFuture(null);
        });
  }

  private CompletableFuture<@Nullable Bytes> publishFew(
      ObjectKey key, Manifest manifest, String[] chunkKeys, int readers) {
    String[] keys = new String[chunkKeys.length + 2];
    keys[0] = names.run(key.run());
    keys[1] = names.chunked(key.run());
    System.arraycopy(chunkKeys, 0, keys, 2, chunkKeys.length);
    return link.runBehindChunks(
        key,
        Script.PUBLISH,
        keys,
        Bytes.of(key.name()),
        Bytes.of(manifest.encode(key)),
        Bytes.of(readers),
        expiry,
        Bytes.of(manifest.version()));
  }

  private static boolean isKnown(RemoteTierException failure) {
    return failure.reason() == RemoteTierException.Reason.REFUSED;
  }

  private static boolean isLost(@Nullable Bytes answer) {
    return answer != null && answer.size() == 4 && answer.ascii().equals("LOST");
  }

  private Manifest chunked(Payload value) {
    return new Manifest(versions.get(), value.contentType(), value.length(), settings.chunkBytes());
  }

  /** On a thread that may wait. */
  private CompletableFuture<Void> putWaiting(ObjectKey key, Payload value, int readers) {
    if (value.length() <= settings.fewBytes()) {
      try {
        List<ByteBuffer> content = List.of(ByteBuffer.wrap(value.toByteArray()));
        Payload read = Payload.of(value.contentType(), content.get(0));
        return putInOneGo(key, read, content, readers);
      } catch (IOException e) {
        throw failures.badPayload(key, "the payload cannot be read: " + e.getMessage(), e);
      }
    }
    for (int attempt = 1; ; attempt++) {
      long interruptions = link.interruptions();
      Manifest manifest = chunked(value);
      try {
        new ChunkWriter(link, settings, key, manifest).write(value);
        // A server that went away meanwhile may have come back with less than it was given.
        if (interruptions == link.interruptions() || chunks.areThere(key, manifest)) {
          return publishMany(key, manifest, readers);
        }
      } catch (RuntimeException e) {
        var unused = chunks.drop(key.run(), manifest.version(), manifest.chunks());
        throw e;
      }
      var unused = chunks.drop(key.run(), manifest.version(), manifest.chunks());
      if (attempt == MAX_ATTEMPTS) {
        throw lostOften(key);
      }
    }
  }

  private RemoteTierException lostOften(ObjectKey key) {
    return failures.damaged(
        key, "Redis lost what was just written " + MAX_ATTEMPTS + " times in a row", null);
  }

  private CompletableFuture<Void> publishMany(ObjectKey key, Manifest manifest, int readers) {
    return link.run(
            key,
            Script.PUBLISH,
            names.run(key.run()),
            Bytes.of(key.name()),
            Bytes.of(manifest.encode(key)),
            Bytes.of(readers),
            expiry)
        .thenAccept(replaced -> chunks.dropThoseOf(key, replaced));
  }
}
