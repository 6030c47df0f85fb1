package io.faasflow.faastore.redis;

import static io.faasflow.faastore.redis.RedisTierTest.bytes;

import io.faasflow.faastore.ObjectKey;
import io.faasflow.faastore.Payload;
import io.faasflow.run.RunId;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Values of several sizes to and from Redis on this machine: through the tier, and as one SET or GET of
 * a plain Lettuce client, which is the least that there is to do. Each call is timed: the fastest and the median say
 * more than a mean on a machine that does other things too.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class RedisBenchmark {
  private static final String TYPE = "application/octet-stream";
  private static final ObjectKey KEY = new ObjectKey(new RunId(1L << 16, 1), "value");
  private static final byte[] RAW_KEY = "value".getBytes(StandardCharsets.US_ASCII);

  /** In bytes: 1 KiB, 64 KiB, 1 MiB, 50 MiB. */
  @Param({"1024", "65536", "1048576", "52428800"})
  public int size;

  private byte[] value;
  private RedisProcess redis;
  private RedisTier tier;
  private RedisClient client;
  private RedisCommands<byte[], byte[]> raw;

  @Setup(Level.Trial)
  public void open() throws Exception {
    value = bytes(1, size);
    redis = RedisProcess.inMemory();
    tier = redis.tier().connect();
    client = RedisClient.create(RedisURI.builder()
        .withHost("127.0.0.1")
        .withPort(redis.port())
        .withPassword(RedisProcess.PASSWORD.toCharArray())
        .build());
    raw = client.connect(ByteArrayCodec.INSTANCE).sync();
    put();
    rawSet();
  }

  @TearDown(Level.Trial)
  public void close() {
    tier.close();
    client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    redis.close();
  }

  @Benchmark
  public Object rawSet() {
    return raw.set(RAW_KEY, value);
  }

  @Benchmark
  public Object put() throws Exception {
    return tier.put(KEY, Payload.of(TYPE, value), 1).get();
  }

  @Benchmark
  public Object rawGet() {
    return raw.get(RAW_KEY);
  }

  @Benchmark
  public Object get() throws Exception {
    return tier.get(KEY).get();
  }

  @Benchmark
  public Object stream() throws Exception {
    return tier.stream(KEY).get().orElseThrow().open().transferTo(OutputStream.nullOutputStream());
  }
}
