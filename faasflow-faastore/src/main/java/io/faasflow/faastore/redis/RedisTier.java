package io.faasflow.faastore.redis;

import io.faasflow.faastore.ObjectKey;
import io.faasflow.faastore.Payload;
import io.faasflow.faastore.RemoteTier;
import io.faasflow.faastore.RemoteTierException;
import io.faasflow.run.RunId;
import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SslOptions;
import io.lettuce.core.StaticCredentialsProvider;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Objects in Redis (6.2 or later): one server, a master that sentinels watch over, or a cluster.
 * Thread-safe.
 *
 * <p>Values have up to 2 GiB. Small ones are written and read by one command. Larger ones travel in
 * chunks, a few of them at a time, each with a checksum; their manifest comes last, and with it the value is
 * visible.
 *
 * <p>The {@linkplain Builder#timeout timeout} is how long one exchange with Redis may take, with its
 * repetitions. While Redis is away, commands wait for it that long, and are sent again when it is
 * back: each may be executed twice, and is written so that this changes nothing. An operation on a
 * small value fails after at most three times the timeout; one on a large value takes as long as its
 * bytes take, as long as each of its chunks is in time.
 *
 * <p>Credentials appear in no message, exception or log.
 */
public final class RedisTier implements RemoteTier {
  private static final Logger LOG = LoggerFactory.getLogger(RedisTier.class);

  /** How often a value is read, or written, anew that changed, or was lost, meanwhile. */
  private static final int MAX_ATTEMPTS = 5;

  /** Arrays are not larger than that. */
  private static final long MAX_SEGMENT_BYTES = 1L << 30;

  private static final int KEYS_AT_A_TIME = 256;
  private static final Bytes NOTHING = Bytes.of("");

  private final Settings settings;
  private final Names names;
  private final Link link;
  private final Failures failures;
  private final Bytes expiry;
  private final ThreadPoolExecutor transfers;
  private final String identity;
  private final AtomicLong counter = new AtomicLong();
  private final Map<ObjectKey, CompletableFuture<Optional<Payload>>> reads =
      new ConcurrentHashMap<>();
  private final Set<RunId> living = ConcurrentHashMap.newKeySet();

  private RedisTier(Settings settings) {
    this.settings = settings;
    this.names = settings.names();
    this.expiry = Bytes.of(settings.expiry().toMillis());
    this.identity = HexFormat.of().toHexDigits(new SecureRandom().nextLong());
    this.link = new Link(settings);
    this.failures = link.failures();
    AtomicInteger threads = new AtomicInteger();
    this.transfers = new ThreadPoolExecutor(
        settings.transferThreads(),
        settings.transferThreads(),
        10,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(),
        task -> {
          Thread thread = new Thread(task, "faasflow-redis-" + threads.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        });
    transfers.allowCoreThreadTimeOut(true);
    link.every(settings.expiry().dividedBy(3), this::renew);
  }

  /**
   * One server.
   *
   * @param server {@code host:port}, or {@code host} for port 6379
   */
  public static Builder standalone(String server) {
    return new Builder(Builder.Kind.STANDALONE, "", List.of(server));
  }

  /**
   * The master that some sentinels know.
   *
   * @param master its name
   * @param sentinels {@code host:port} of each, or {@code host} for port 26379
   */
  public static Builder sentinel(String master, String... sentinels) {
    return new Builder(Builder.Kind.SENTINEL, master, List.of(sentinels));
  }

  /**
   * A cluster.
   *
   * @param nodes {@code host:port} of some of its nodes, or {@code host} for port 6379; the others
   *     are found
   */
  public static Builder cluster(String... nodes) {
    return new Builder(Builder.Kind.CLUSTER, "", List.of(nodes));
  }

  @Override
  public CompletableFuture<Void> put(ObjectKey key, Payload value, int readers) {
    Objects.requireNonNull(key, "key");
    if (readers < 1) {
      throw new IllegalArgumentException("readers must be 1 or more, was " + readers);
    }
    checkOpen();
    if (value.length() > Manifest.MAX_LENGTH) {
      return CompletableFuture.failedFuture(failures.refused(
          key,
          "it has " + value.length() + " bytes, and the limit is " + Manifest.MAX_LENGTH
              + ". Cut it into several values",
          null));
    }
    living.add(key.run());
    CompletableFuture<Void> done = value
        .buffers()
        .filter(buffers -> value.length() <= settings.fewBytes())
        .map(buffers -> putInOneGo(key, value, buffers, readers))
        .orElseGet(() -> onTransferThread(key, () -> putFromTransferThread(key, value, readers)));
    // Who reads from now on must not share a read that began before.
    return done.whenComplete((nothing, thrown) -> reads.remove(key));
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
    Manifest manifest = new Manifest(newVersion(), value.contentType(), value.length(), 0);
    Bytes frame = settings.framed(manifest.version(), 0, content);
    return link.run(
            key,
            Script.PUT,
            names.run(key.run()),
            Bytes.of(key.name()),
            Bytes.of(manifest.encode(key)),
            Bytes.of(readers),
            expiry,
            NOTHING,
            frame)
        .thenAccept(replaced -> dropChunksOf(key, replaced));
  }

  /** The chunks, and right behind them the manifest, which appears only when they have arrived. */
  private CompletableFuture<Void> putFewChunks(
      ObjectKey key, Payload value, List<ByteBuffer> content, int readers, int attempt) {
    Manifest manifest = chunked(value);
    String[] chunks = names.chunks(key.run(), manifest.version(), manifest.chunks());
    List<CompletableFuture<?>> written = new ArrayList<>(chunks.length);
    ChunkWriter.Slices slices = new ChunkWriter.Slices(content);
    for (int i = 0; i < chunks.length; i++) {
      List<ByteBuffer> slice = slices.next(manifest.sizeOf(i));
      written.add(ChunkWriter.write(link, settings, key, manifest, chunks[i], i, slice));
    }
    CompletableFuture<?> all = CompletableFuture.allOf(written.toArray(CompletableFuture[]::new));
    return publishFew(key, manifest, chunks, readers)
        // Lost: the server was restarted, or a node of a cluster sent a chunk elsewhere, and it
        // came later.
        .thenCompose(answer -> isLost(answer)
            ? all.thenCompose(nothing -> publishFew(key, manifest, chunks, readers))
            : CompletableFuture.completedFuture(answer))
        .thenCombine(all, (answer, nothing) -> answer)
        .whenComplete((answer, thrown) -> {
          // Where it is not known whether the manifest is there, the chunks have to stay.
          if (thrown == null ? isLost(answer) : isKnown(failures.of(key, thrown))) {
            var unused = drop(key.run(), manifest.version(), manifest.chunks());
          }
        })
        .thenCompose(answer -> {
          if (isLost(answer)) {
            return attempt == MAX_ATTEMPTS
                ? CompletableFuture.failedFuture(lostOften(key))
                : putFewChunks(key, value, value.buffers().orElseThrow(), readers, attempt + 1);
          }
          dropChunksOf(key, answer);
          return CompletableFuture.completedFuture(null);
        });
  }

  private CompletableFuture<@Nullable Bytes> publishFew(
      ObjectKey key, Manifest manifest, String[] chunks, int readers) {
    String[] keys = new String[chunks.length + 2];
    keys[0] = names.run(key.run());
    keys[1] = names.chunked(key.run());
    System.arraycopy(chunks, 0, keys, 2, chunks.length);
    return link.runBehindChunks(
        key,
        Script.PUT,
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
    return new Manifest(newVersion(), value.contentType(), value.length(), settings.chunkBytes());
  }

  /** On a thread that may wait. */
  private CompletableFuture<Void> putFromTransferThread(ObjectKey key, Payload value, int readers) {
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
        if (interruptions == link.interruptions() || isComplete(key, manifest)) {
          return publishMany(key, manifest, readers);
        }
      } catch (RuntimeException e) {
        var unused = drop(key.run(), manifest.version(), manifest.chunks());
        throw e;
      }
      var unused = drop(key.run(), manifest.version(), manifest.chunks());
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
            Script.PUT,
            names.run(key.run()),
            Bytes.of(key.name()),
            Bytes.of(manifest.encode(key)),
            Bytes.of(readers),
            expiry)
        .thenAccept(replaced -> dropChunksOf(key, replaced));
  }

  private boolean isComplete(ObjectKey key, Manifest manifest) {
    String[] chunks = names.chunks(key.run(), manifest.version(), manifest.chunks());
    long found = 0;
    for (int i = 0; i < chunks.length; i += KEYS_AT_A_TIME) {
      String[] some = Arrays.copyOfRange(chunks, i, Math.min(chunks.length, i + KEYS_AT_A_TIME));
      found +=
          link.await(key, link.send(key, Link.SMALL_BYTES, () -> link.small().exists(some)));
    }
    return found == chunks.length;
  }

  @Override
  public CompletableFuture<Optional<Payload>> get(ObjectKey key) {
    Objects.requireNonNull(key, "key");
    checkOpen();
    CompletableFuture<Optional<Payload>> mine = new CompletableFuture<>();
    CompletableFuture<Optional<Payload>> other = reads.putIfAbsent(key, mine);
    if (other != null) {
      return other.copy();
    }
    var unused = read(key, 1).whenComplete((found, thrown) -> {
      reads.remove(key, mine);
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
          : onTransferThread(
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
    List<CompletableFuture<FrameOutput.Reply>> replies = new ArrayList<>(chunks.length);
    for (int i = 0; i < chunks.length; i++) {
      ByteBuffer target = all.slice((int) manifest.offsetOf(i), manifest.sizeOf(i));
      replies.add(link.readFrame(key, chunks[i], target));
    }
    return CompletableFuture.allOf(replies.toArray(CompletableFuture[]::new)).thenApply(nothing -> {
      for (int i = 0; i < chunks.length; i++) {
        ChunkReader.verified(link, key, manifest, i, replies.get(i).join());
      }
      return Payload.of(manifest.contentType(), all);
    });
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

  @Override
  public CompletableFuture<Optional<Payload>> stream(ObjectKey key) {
    Objects.requireNonNull(key, "key");
    checkOpen();
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

  @Override
  public CompletableFuture<Void> release(ObjectKey key) {
    Objects.requireNonNull(key, "key");
    checkOpen();
    return link.run(
            key, Script.RELEASE, names.run(key.run()), Bytes.of(key.name()), Bytes.of(newVersion()))
        .thenAccept(released -> dropChunksOf(key, released));
  }

  @Override
  public CompletableFuture<Void> releaseRun(RunId run) {
    Objects.requireNonNull(run, "run");
    checkOpen();
    living.remove(run);
    String values = names.run(run);
    String chunked = names.chunked(run);
    CompletableFuture<Long> hidden =
        link.send(null, Link.SMALL_BYTES, () -> link.small().unlink(values));
    CompletableFuture<Map<String, Bytes>> versions =
        link.send(null, Link.SMALL_BYTES, () -> link.small().hgetall(chunked));
    return hidden.thenCombine(versions, (count, found) -> found).thenCompose(found -> {
      List<CompletableFuture<?>> dropped = new ArrayList<>();
      found.forEach((version, count) -> dropped.add(drop(run, version, count(count))));
      return CompletableFuture.allOf(dropped.toArray(CompletableFuture[]::new));
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

  /** Of a value that is no longer visible. What fails here is left to the end of the run, or to expiry. */
  private void dropChunksOf(ObjectKey key, @Nullable Bytes manifest) {
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

  /** First the chunks, then the note that there are some, so that a failure can be made good. */
  private CompletableFuture<?> drop(RunId run, String version, int count) {
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

  /** Puts off the expiry of what living runs have. */
  private void renew() {
    for (RunId run : living) {
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
  }

  private void expireLater(String name) {
    var unused =
        link.send(null, Link.SMALL_BYTES, () -> link.small().pexpire(name, settings.expiry()));
  }

  private String newVersion() {
    return identity + HexFormat.of().toHexDigits(counter.incrementAndGet());
  }

  private <T> CompletableFuture<T> onTransferThread(
      ObjectKey key, Supplier<CompletableFuture<T>> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Runnable task = () -> {
      try {
        var unused = work.get().whenComplete((value, thrown) -> {
          if (thrown == null) {
            result.complete(value);
          } else {
            result.completeExceptionally(failures.of(key, thrown));
          }
        });
      } catch (Throwable e) {
        result.completeExceptionally(failures.of(key, e));
        if (e instanceof VirtualMachineError error) {
          throw error;
        }
      }
    };
    try {
      transfers.execute(task);
    } catch (RejectedExecutionException e) {
      result.completeExceptionally(failures.closed(key));
    }
    return result;
  }

  private void checkOpen() {
    if (link.isClosed()) {
      throw new IllegalStateException("The tier is closed (" + settings.place() + ")");
    }
  }

  /** How many objects of runs are being read or written, in bytes, at most; for tests. */
  long bytesInFlight() {
    return settings.maxBytesInFlight() - link.permitsLeft();
  }

  @Override
  public void close() {
    if (link.isClosed()) {
      return;
    }
    link.close();
    // What waits for a thread will find the link closed.
    transfers.shutdown();
    transfers.getQueue().forEach(task -> {
      if (transfers.remove(task)) {
        task.run();
      }
    });
  }

  @Override
  public String toString() {
    return "RedisTier[" + settings.place() + "]";
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

  /** How to reach Redis, and how to use it. Confined to one thread. Each value may be set again. */
  public static final class Builder {
    private enum Kind {
      STANDALONE,
      SENTINEL,
      CLUSTER
    }

    private static final String WIRE_LOGGER = "io.lettuce.core.protocol.CommandEncoder";
    private static final Pattern SERVER =
        Pattern.compile("([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(?::(\\d{1,5}))?");

    private final Kind kind;
    private final String master;
    private final List<String> servers;
    private @Nullable String user;
    private @Nullable String password;
    private @Nullable String sentinelPassword;
    private boolean tls;
    private @Nullable Path trusted;
    private @Nullable Path certificate;
    private @Nullable Path certificateKey;
    private int database;
    private String prefix = "faasflow";
    private Duration timeout = Duration.ofSeconds(10);
    private Duration expiry = Duration.ofHours(1);
    private Compression compression = Compression.NONE;
    private long maxBytesInFlight = 64L << 20;
    private int inlineBytes = 64 << 10;
    private int chunkBytes = (512 << 10) - Frame.HEADER_BYTES - 250;

    private Builder(Kind kind, String master, List<String> servers) {
      if (servers.isEmpty()) {
        throw new IllegalArgumentException("At least one server has to be named");
      }
      this.kind = kind;
      this.master = master;
      this.servers = servers;
    }

    /** The password of the default user. None by default. */
    public Builder password(String secret) {
      user = null;
      password = Objects.requireNonNull(secret, "secret");
      return this;
    }

    /** A user of Redis' access control list, and its password. None by default. */
    public Builder user(String name, String secret) {
      user = Objects.requireNonNull(name, "name");
      password = Objects.requireNonNull(secret, "secret");
      return this;
    }

    /** The password of the sentinels. None by default; that of the master is another. */
    public Builder sentinelPassword(String secret) {
      sentinelPassword = Objects.requireNonNull(secret, "secret");
      return this;
    }

    /** Encrypted connections; certificates are checked against those that the JDK trusts. Off by default. */
    public Builder tls() {
      tls = true;
      return this;
    }

    /**
     * Encrypted connections; certificates are checked against these instead of the JDK's.
     *
     * @param pem a file with one or more certificates
     */
    public Builder tls(Path pem) {
      trusted = Objects.requireNonNull(pem, "pem");
      return tls();
    }

    /**
     * The certificate that this side shows, for servers that ask for one. None by default.
     *
     * @param pem the certificate
     * @param key its private key: PKCS 8, PEM, without a password
     */
    public Builder clientCertificate(Path pem, Path key) {
      certificate = Objects.requireNonNull(pem, "pem");
      certificateKey = Objects.requireNonNull(key, "key");
      return tls();
    }

    /**
     * The number of the database; 0 by default, and always with a cluster.
     *
     * @throws IllegalArgumentException when negative, or not 0 with a cluster
     */
    public Builder database(int number) {
      if (number < 0 || (number > 0 && kind == Kind.CLUSTER)) {
        throw new IllegalArgumentException(
            "database must be 0 or more, and 0 with a cluster, was " + number);
      }
      database = number;
      return this;
    }

    /**
     * What all keys begin with, so that several applications can share a Redis: 1 to 100 letters,
     * digits, '.', '_', '-' and ':'. By default "faasflow".
     *
     * @throws IllegalArgumentException when it has other characters, too many or none
     */
    public Builder prefix(String text) {
      if (!text.matches("[A-Za-z0-9._:-]{1,100}")) {
        throw new IllegalArgumentException(
            "The prefix has 1 to 100 letters, digits, '.', '_', '-' and ':'");
      }
      prefix = text;
      return this;
    }

    /**
     * How long one exchange with Redis may take: an answer, a reconnect, a failover. By default 10
     * seconds; 10 milliseconds to 10 minutes.
     *
     * @throws IllegalArgumentException when out of range
     */
    public Builder timeout(Duration duration) {
      timeout = inRange("timeout", duration, Duration.ofMillis(10), Duration.ofMinutes(10));
      return this;
    }

    /**
     * After what time without a sign of life Redis drops the data of a run, which is put off while the
     * run lives. By default an hour; a second to 30 days.
     *
     * @throws IllegalArgumentException when out of range
     */
    public Builder expiry(Duration duration) {
      expiry = inRange("expiry", duration, Duration.ofSeconds(1), Duration.ofDays(30));
      return this;
    }

    /** Whether values are compressed. By default they are not. Readers need not be told. */
    public Builder compression(Compression kind) {
      compression = Objects.requireNonNull(kind, "kind");
      return this;
    }

    /**
     * How many bytes may be on their way to and from Redis at a time, which bounds the memory that
     * transfers take on both sides, beside the values themselves. By default 64 MiB; at least 1 MiB.
     *
     * @throws IllegalArgumentException when less than 1 MiB
     */
    public Builder maxBytesInFlight(long bytes) {
      if (bytes < 1 << 20) {
        throw new IllegalArgumentException("maxBytesInFlight must be 1 MiB or more, was " + bytes);
      }
      maxBytesInFlight = bytes;
      return this;
    }

    /** Where values begin to be cut, and into what; for tests and measurements. */
    Builder chunks(int largestInlineBytes, int bytes) {
      inlineBytes = largestInlineBytes;
      chunkBytes = bytes;
      return this;
    }

    private static Duration inRange(String what, Duration given, Duration least, Duration most) {
      if (given.compareTo(least) < 0 || given.compareTo(most) > 0) {
        throw new IllegalArgumentException(
            what + " must be " + least + " to " + most + ", was " + given);
      }
      return given;
    }

    /**
     * Connects. The caller closes the tier.
     *
     * @throws RemoteTierException when Redis cannot be reached within the timeout, or refuses
     * @throws IllegalStateException when Lettuce's trace of all bytes is on, which would write the password into the log
     * @throws IllegalArgumentException when a server's address or a file of TLS cannot be read
     */
    public RedisTier connect() {
      if ((password != null || sentinelPassword != null)
          && LoggerFactory.getLogger(WIRE_LOGGER).isTraceEnabled()) {
        throw new IllegalStateException("The logger " + WIRE_LOGGER + " is on for traces, and would"
            + " write passwords into the log: set it to debug or above");
      }
      int port = kind == Kind.SENTINEL ? 26379 : 6379;
      List<RedisURI> uris = servers.stream().map(server -> uri(server, port)).toList();
      String scheme = (tls ? "rediss" : "redis")
          + switch (kind) {
            case STANDALONE -> "";
            case SENTINEL -> "-sentinel";
            case CLUSTER -> "-cluster";
          };
      String place =
          scheme + "://" + String.join(",", servers) + (kind == Kind.SENTINEL ? "/" + master : "");
      if (kind == Kind.SENTINEL) {
        uris = List.of(masterUri(uris));
      } else {
        uris.forEach(this::authenticate);
      }
      return new RedisTier(new Settings(
          place,
          uris,
          kind == Kind.CLUSTER,
          sslOptions(),
          new Names(prefix),
          timeout,
          expiry,
          compression,
          maxBytesInFlight,
          8,
          inlineBytes,
          chunkBytes));
    }

    private RedisURI uri(String server, int defaultPort) {
      Matcher matcher = SERVER.matcher(server);
      int port = defaultPort;
      if (!matcher.matches()
          || (matcher.group(2) != null && (port = Integer.parseInt(matcher.group(2))) > 0xffff)) {
        // Not shown: somebody may have put a password into it.
        throw new IllegalArgumentException(
            "A server is named as host or host:port, without a scheme or credentials");
      }
      return configured(RedisURI.builder().withHost(matcher.group(1)).withPort(port));
    }

    private RedisURI configured(RedisURI.Builder builder) {
      return builder
          .withSsl(tls)
          .withVerifyPeer(tls)
          .withDatabase(database)
          .withTimeout(timeout)
          .build();
    }

    private RedisURI masterUri(List<RedisURI> sentinels) {
      RedisURI.Builder builder = RedisURI.builder().withSentinelMasterId(master);
      for (RedisURI one : sentinels) {
        if (sentinelPassword != null) {
          one.setCredentialsProvider(
              new StaticCredentialsProvider(null, sentinelPassword.toCharArray()));
        }
        builder.withSentinel(one);
      }
      RedisURI uri = configured(builder);
      authenticate(uri);
      return uri;
    }

    private void authenticate(RedisURI uri) {
      if (password != null) {
        uri.setCredentialsProvider(new StaticCredentialsProvider(user, password.toCharArray()));
      }
    }

    private SslOptions sslOptions() {
      SslOptions.Builder builder = SslOptions.builder().jdkSslProvider().handshakeTimeout(timeout);
      if (trusted != null) {
        builder.trustManager(trusted.toFile());
      }
      if (certificate != null && certificateKey != null) {
        builder.keyManager(certificate.toFile(), certificateKey.toFile(), null);
      }
      return builder.build();
    }
  }
}
