package io.faasflow.faastore.redis;

import io.faasflow.faastore.ObjectKey;
import io.faasflow.faastore.RemoteTierException;
import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The connections to Redis, whichever way it is set up, and how commands are sent: not more bytes at
 * a time than allowed, with a timeout, and again when an answer says that it will pass. Thread-safe.
 *
 * <p>Two connections, so that small requests need not wait behind large values.
 */
final class Link implements AutoCloseable {
  /** What a command without a value takes of the permits. */
  static final int SMALL_BYTES = 1024;

  private static final Duration MAX_RECONNECT_DELAY = Duration.ofMillis(500);
  private static final long FIRST_RETRY_MILLIS = 20;
  private static final long MAX_RETRY_MILLIS = 500;
  private static final int MAX_QUEUED_COMMANDS = 100_000;

  private final Settings settings;
  private final Failures failures;
  private final BytesCodec codec = new BytesCodec();
  private final ClientResources resources;
  private final AbstractRedisClient client;
  private final RedisClusterAsyncCommands<String, Bytes> small;
  private final RedisClusterAsyncCommands<String, Bytes> large;
  private final Permits permits;
  private final AtomicLong interruptions = new AtomicLong();
  private final Set<Sending<?>> underWay = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /**
   * Connects.
   *
   * @throws RemoteTierException when that fails
   */
  Link(Settings settings) {
    this.settings = settings;
    this.failures = new Failures(settings.place(), settings.timeout());
    this.permits = new Permits(settings.maxBytesInFlight());
    resources = ClientResources.builder()
        .ioThreadPoolSize(2)
        .computationThreadPoolSize(2)
        .commandLatencyRecorder(CommandLatencyRecorder.disabled())
        .reconnectDelay(
            Delay.exponential(Duration.ofMillis(1), MAX_RECONNECT_DELAY, 2, TimeUnit.MILLISECONDS))
        .build();
    try {
      client = settings.cluster() ? clusterClient() : singleClient();
      client.addListener(new RedisConnectionStateListener() {
        @Override
        public void onRedisDisconnected(RedisChannelHandler<?, ?> connection) {
          interruptions.incrementAndGet();
        }
      });
      small = connect();
      large = connect();
    } catch (RuntimeException e) {
      var unused = resources.shutdown(0, 2, TimeUnit.SECONDS);
      throw connectFailure(e);
    }
  }

  private RemoteTierException connectFailure(RuntimeException thrown) {
    // Lettuce wraps what the server said.
    for (Throwable one = thrown; one != null; one = one.getCause()) {
      if (one instanceof io.lettuce.core.RedisCommandExecutionException) {
        return failures.of(null, one);
      }
    }
    return new RemoteTierException(
        RemoteTierException.Reason.UNREACHABLE,
        null,
        settings.place(),
        "cannot connect to Redis: " + thrown.getMessage()
            + ". Check host, port and TLS, and that the server runs",
        thrown);
  }

  private RedisClient singleClient() {
    RedisClient one = RedisClient.create(resources, settings.servers().get(0));
    one.setOptions(options(ClientOptions.builder()).build());
    return one;
  }

  private RedisClusterClient clusterClient() {
    RedisClusterClient one = RedisClusterClient.create(resources, settings.servers());
    ClusterClientOptions.Builder builder = ClusterClientOptions.builder();
    options(builder);
    one.setOptions(builder
        .topologyRefreshOptions(ClusterTopologyRefreshOptions.builder()
            .adaptiveRefreshTriggersTimeout(Duration.ofSeconds(1))
            .enablePeriodicRefresh(Duration.ofSeconds(30))
            .build())
        .build());
    return one;
  }

  private <B extends ClientOptions.Builder> B options(B builder) {
    builder
        .requestQueueSize(MAX_QUEUED_COMMANDS)
        .socketOptions(
            SocketOptions.builder().connectTimeout(settings.timeout()).build())
        .timeoutOptions(TimeoutOptions.enabled(settings.timeout()))
        .sslOptions(settings.ssl());
    return builder;
  }

  private RedisClusterAsyncCommands<String, Bytes> connect() {
    if (client instanceof RedisClusterClient cluster) {
      StatefulRedisClusterConnection<String, Bytes> connection = cluster.connect(codec);
      return connection.async();
    }
    return ((RedisClient) client).connect(codec).async();
  }

  Failures failures() {
    return failures;
  }

  /** Changes whenever a connection is lost, and with it maybe what a server had in memory. */
  long interruptions() {
    return interruptions.get();
  }

  /** Runs something later, on a thread that must not be blocked. */
  void every(Duration period, Runnable action) {
    var unused = resources
        .eventExecutorGroup()
        .scheduleAtFixedRate(action, period.toNanos(), period.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** A command to a server, where it is sent again when that is right. */
  <T extends @Nullable Object> CompletableFuture<T> send(
      @Nullable ObjectKey key, long bytes, Supplier<? extends CompletionStage<T>> command) {
    Sending<T> sending = new Sending<>(key, bytes, command);
    sending.start();
    return sending.result;
  }

  /** Commands that are short. */
  RedisClusterAsyncCommands<String, Bytes> small() {
    return small;
  }

  /** Commands that write chunks. */
  RedisClusterAsyncCommands<String, Bytes> large() {
    return large;
  }

  /** Reads a frame to where it belongs. */
  CompletableFuture<FrameOutput.Reply> readFrame(ObjectKey key, String chunk, ByteBuffer target) {
    return send(
        key,
        Frame.HEADER_BYTES + target.remaining(),
        () -> large.dispatch(
            CommandType.GET,
            new FrameOutput(codec, target),
            new CommandArgs<>(codec).addKey(chunk)));
  }

  /** Runs a script; the answer is null when it says nothing. */
  CompletableFuture<@Nullable Bytes> run(
      @Nullable ObjectKey key, Script script, String redisKey, Bytes... arguments) {
    return run(small, key, script, new String[] {redisKey}, arguments);
  }

  /** The same, behind the chunks that were sent before. */
  CompletableFuture<@Nullable Bytes> runBehindChunks(
      ObjectKey key, Script script, String[] redisKeys, Bytes... arguments) {
    return run(large, key, script, redisKeys, arguments);
  }

  private CompletableFuture<@Nullable Bytes> run(
      RedisClusterAsyncCommands<String, Bytes> connection,
      @Nullable ObjectKey key,
      Script script,
      String[] redisKeys,
      Bytes... arguments) {
    long bytes = SMALL_BYTES;
    for (Bytes argument : arguments) {
      bytes += argument.size();
    }
    return send(key, bytes, () -> {
      CompletionStage<@Nullable Bytes> known =
          connection.evalsha(script.sha1(), ScriptOutputType.VALUE, redisKeys, arguments);
      // A server that was restarted, or never saw it.
      return known.exceptionallyCompose(
          thrown -> Failures.unwrapped(thrown) instanceof RedisNoScriptException
              ? connection.<@Nullable Bytes>eval(
                  script.text(), ScriptOutputType.VALUE, redisKeys, arguments)
              : CompletableFuture.failedStage(thrown));
    });
  }

  /**
   * Waits for an answer, on a thread that may wait.
   *
   * @throws RemoteTierException as the future has it, or when the thread is interrupted
   */
  <T> T await(@Nullable ObjectKey key, CompletableFuture<T> answer) {
    try {
      // The command's own timeout, and retries, end before; this is for what nobody thought of.
      return answer.get(4 * settings.timeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failures.closed(key);
    } catch (ExecutionException | TimeoutException e) {
      throw failures.of(key, e);
    }
  }

  /** Waits until all of these have ended, in whichever way. */
  void settle(Collection<? extends CompletableFuture<?>> answers) {
    try {
      await(null, CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new)));
    } catch (RemoteTierException alreadyKnown) {
      // One of them is why the caller gives up.
    }
  }

  boolean isClosed() {
    return closed;
  }

  /** How many bytes may still be sent before somebody has to wait. */
  long permitsLeft() {
    return permits.left();
  }

  @Override
  public void close() {
    closed = true;
    underWay.forEach(one -> one.fail(failures.closed(one.key)));
    // Bounded, since a server that does not answer must not hold up who closes.
    client.shutdown(0, 2, TimeUnit.SECONDS);
    var unused =
        resources.shutdown(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(4, TimeUnit.SECONDS);
  }

  /** One command, until it is done, or given up. */
  private final class Sending<T extends @Nullable Object> {
    private final @Nullable ObjectKey key;
    private final long bytes;
    private final Supplier<? extends CompletionStage<T>> command;
    private final long deadline = System.nanoTime() + settings.timeout().toNanos();
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private long delayMillis = FIRST_RETRY_MILLIS;

    Sending(@Nullable ObjectKey key, long bytes, Supplier<? extends CompletionStage<T>> command) {
      this.key = key;
      this.bytes = bytes;
      this.command = command;
    }

    void start() {
      underWay.add(this);
      if (closed) {
        fail(failures.closed(key));
        return;
      }
      CompletableFuture<Void> permit = permits.acquire(bytes);
      if (permit.isDone()) {
        attempt();
        return;
      }
      var unused = permit
          .orTimeout(settings.timeout().toMillis(), TimeUnit.MILLISECONDS)
          .whenComplete((granted, thrown) -> {
            if (thrown == null) {
              attempt();
            } else {
              fail(failures.of(key, thrown));
            }
          });
    }

    private void attempt() {
      CompletionStage<T> answer;
      try {
        answer = command.get();
      } catch (RuntimeException e) {
        answer = CompletableFuture.failedFuture(e);
      }
      answer.whenComplete((value, thrown) -> {
        if (thrown == null) {
          permits.release(bytes);
          underWay.remove(this);
          result.complete(value);
        } else {
          onFailure(Failures.unwrapped(thrown));
        }
      });
    }

    private void onFailure(Throwable thrown) {
      long delay = TimeUnit.MILLISECONDS.toNanos(delayMillis);
      if (!closed && Failures.isPassing(thrown) && deadline - System.nanoTime() > delay) {
        delayMillis = Math.min(MAX_RETRY_MILLIS, 2 * delayMillis);
        var unused =
            resources.eventExecutorGroup().schedule(this::attempt, delay, TimeUnit.NANOSECONDS);
        return;
      }
      permits.release(bytes);
      fail(closed ? failures.closed(key) : failures.of(key, thrown));
    }

    void fail(RemoteTierException failure) {
      underWay.remove(this);
      result.completeExceptionally(failure);
    }
  }
}
