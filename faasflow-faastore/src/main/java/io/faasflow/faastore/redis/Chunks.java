package io.faasflow.faastore.redis;

import io.faasflow.faastore.ObjectKey;
import io.faasflow.run.RunId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What becomes of chunks once they are written. Thread-safe. */
final class Chunks {
  private static final Logger LOG = LoggerFactory.getLogger(Chunks.class);

  private static final int KEYS_AT_A_TIME = 256;

  private final Settings settings;
  private final Names names;
  private final Link link;

  Chunks(Settings settings, Link link) {
    this.settings = settings;
    this.names = settings.names();
    this.link = link;
  }

  /** Whether Redis has all of them, on a thread that may wait. */
  boolean areThere(ObjectKey key, Manifest manifest) {
    String[] chunks = names.chunks(key.run(), manifest.version(), manifest.chunks());
    long found = 0;
    for (int i = 0; i < chunks.length; i += KEYS_AT_A_TIME) {
      String[] some = Arrays.copyOfRange(chunks, i, Math.min(chunks.length, i + KEYS_AT_A_TIME));
      found +=
          link.await(key, link.send(key, Link.SMALL_BYTES, () -> link.small().exists(some)));
    }
    return found == chunks.length;
  }

  /** Of a value that is no longer visible. What fails here is left to the end of the run, or to expiry. */
  void dropThoseOf(ObjectKey key, @Nullable Bytes manifest) {
    if (manifest == null) {
      return;
    }
    try {
      Manifest old = Manifest.decode(key, manifest.only());
      if (!old.isInline()) {
        var unused = drop(key.run(), old.version(), old.chunks());
      }
    } catch (DamagedException e) {
      LOG.debug("Object {} that was replaced or released is damaged: {}", key, e.getMessage());
    }
  }

  /** Drops all that a run has. */
  CompletableFuture<Void> drop(RunId run, Map<String, Bytes> versions) {
    List<CompletableFuture<?>> dropped = new ArrayList<>();
    versions.forEach((version, count) -> dropped.add(drop(run, version, count(count))));
    return CompletableFuture.allOf(dropped.toArray(CompletableFuture[]::new));
  }

  /** First the chunks, then the note that there are some, so that a failure can be made good. */
  CompletableFuture<?> drop(RunId run, String version, int count) {
    String[] chunks = names.chunks(run, version, count);
    List<CompletableFuture<?>> done = new ArrayList<>();
    for (int i = 0; i < chunks.length; i += KEYS_AT_A_TIME) {
      String[] some = Arrays.copyOfRange(chunks, i, Math.min(chunks.length, i + KEYS_AT_A_TIME));
      done.add(link.send(null, Link.SMALL_BYTES, () -> link.small().unlink(some)));
    }
    return CompletableFuture.allOf(done.toArray(CompletableFuture[]::new))
        .thenCompose(nothing ->
            link.send(null, Link.SMALL_BYTES, () -> link.small().hdel(names.chunked(run), version)))
        .whenComplete((nothing, thrown) -> {
          if (thrown != null) {
            LOG.debug("Chunks of run {} are left to expiry: {}", run, thrown.getMessage());
          }
        });
  }

  /** How many chunks a version is said to have; bounded, whatever stands there. */
  private static int count(Bytes text) {
    try {
      return Math.max(0, Math.min(Integer.parseInt(text.ascii()), 1 << 20));
    } catch (NumberFormatException notOurs) {
      return 0;
    }
  }

  /** Puts off the expiry of what a living run has. */
  void renew(RunId run) {
    String values = names.run(run);
    String chunked = names.chunked(run);
    expireLater(values);
    expireLater(chunked);
    var unused = link.send(null, Link.SMALL_BYTES, () -> link.small().hgetall(chunked))
        .whenComplete((versions, thrown) -> {
          if (thrown != null) {
            LOG.warn(
                "The data of run {} may expire: its expiry could not be put off: {}",
                run,
                thrown.getMessage());
            return;
          }
          versions.forEach((version, count) -> {
            for (String chunk : names.chunks(run, version, count(count))) {
              expireLater(chunk);
            }
          });
        });
  }

  private void expireLater(String name) {
    var unused =
        link.send(null, Link.SMALL_BYTES, () -> link.small().pexpire(name, settings.expiry()));
  }
}
