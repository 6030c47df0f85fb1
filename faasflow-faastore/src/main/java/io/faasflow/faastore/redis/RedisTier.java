package io.faasflow.faastore.redis;

import io.faasflow.faastore.ObjectKey;
import io.faasflow.faastore.Payload;
import io.faasflow.faastore.RemoteTier;
import io.faasflow.faastore.RemoteTierException;
import io.faasflow.run.RunId;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SslOptions;
import io.lettuce.core.StaticCredentialsProvider;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
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
  private final Settings settings;
  private final Names names;
  private final Link link;
  private final Failures failures;
  private final TransferThreads threads;
  private final Chunks chunks;
  private final Puts puts;
  private final Gets gets;
  private final String identity = HexFormat.of().toHexDigits(new SecureRandom().nextLong());
  private final AtomicLong counter = new AtomicLong();
  private final Set<RunId> living = ConcurrentHashMap.newKeySet();

  private RedisTier(Settings settings) {
    this.settings = settings;
    this.names = settings.names();
    this.link = new Link(settings);
    this.failures = link.failures();
    this.threads = new TransferThreads(settings.transferThreads(), failures);
    this.chunks = new Chunks(settings, link);
    this.puts = new Puts(settings, link, threads, chunks, this::newVersion);
    this.gets = new Gets(settings, link, threads);
    link.every(settings.expiry().dividedBy(3), () -> living.forEach(chunks::renew));
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
    CompletableFuture<Void> done = puts.put(key, value, readers);
    return done.whenComplete((nothing, thrown) -> gets.forget(key));
  }

  @Override
  public CompletableFuture<Optional<Payload>> get(ObjectKey key) {
    Objects.requireNonNull(key, "key");
    checkOpen();
    return gets.get(key);
  }

  @Override
  public CompletableFuture<Optional<Payload>> stream(ObjectKey key) {
    Objects.requireNonNull(key, "key");
    checkOpen();
    return gets.stream(key);
  }

  @Override
  public CompletableFuture<Void> release(ObjectKey key) {
    Objects.requireNonNull(key, "key");
    checkOpen();
    return link.run(
            key, Script.RELEASE, names.run(key.run()), Bytes.of(key.name()), Bytes.of(newVersion()))
        .thenAccept(released -> chunks.dropThoseOf(key, released));
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
    return hidden
        .thenCombine(versions, (count, found) -> found)
        .thenCompose(found -> chunks.drop(run, found));
  }

  /** A name that nothing else has had. */
  private String newVersion() {
    return identity + HexFormat.of().toHexDigits(counter.incrementAndGet());
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
    threads.close();
  }

  @Override
  public String toString() {
    return "RedisTier[" + settings.place() + "]";
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
