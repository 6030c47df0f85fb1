package io.faasflow.faastore.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.faastore.ObjectKey;
import io.faasflow.faastore.Payload;
import io.faasflow.faastore.RemoteTierException;
import io.faasflow.faastore.RemoteTierException.Reason;
import io.faasflow.run.RunId;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the contract does not say: what is in Redis, and what Redis refuses, loses or damages. */
class RedisTierTest {
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final String TYPE = "application/octet-stream";
  private static final RunId RUN = new RunId(1L << 16, 7);
  private static final ObjectKey KEY = new ObjectKey(RUN, "7");
  private static final int INLINE = 1_000;
  private static final int FEW = 1_000_000;
  private static final int MANY = 9_000_000;

  private static RedisProcess redis;

  @BeforeAll
  static void startRedis() {
    redis = RedisProcess.inMemory();
  }

  @AfterAll
  static void stopRedis() {
    redis.close();
  }

  @BeforeEach
  void clear() {
    redis.ask(connection -> connection.sync().flushall());
  }

  static <T> T done(CompletableFuture<T> future) {
    try {
      return future.get(60, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new AssertionError(e);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  static byte[] bytes(long seed, int size) {
    byte[] bytes = new byte[size];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  static Payload payload(int size) {
    return Payload.of(TYPE, bytes(size, size));
  }

  static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  private static void change(Consumer<RedisCommands<String, String>> change) {
    redis.ask(connection -> {
      change.accept(connection.sync());
      return true;
    });
  }

  /** Till a key expires. */
  private static long leftMillis(String key) {
    return redis.ask(connection -> connection.sync().pttl(key));
  }

  private static List<String> keys(String pattern) {
    return redis.ask(connection -> connection.sync().keys(pattern));
  }

  private static void assertFails(CompletableFuture<?> future, Reason reason, String... words) {
    assertThatThrownBy(() -> done(future))
        .isInstanceOfSatisfying(
            RemoteTierException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageContainingAll(words);
  }

  @ParameterizedTest
  @ValueSource(ints = {INLINE, FEW, MANY})
  void get_manifestIsNone_isDamaged(int size) {
    try (RedisTier tier = redis.tier().connect()) {
      done(tier.put(KEY, payload(size), 1));
      change(commands -> commands.hset("faasflow:{" + RUN + "}", "m7", "no manifest"));
      assertFails(tier.get(KEY), Reason.DAMAGED, KEY.toString(), "manifest", redis.address());
      assertFails(tier.stream(KEY), Reason.DAMAGED, KEY.toString(), "manifest");
      done(tier.release(KEY)); // clears it away all the same
      assertThat(done(tier.get(KEY))).isEmpty();
    }
  }

  @Test
  void get_inlineBytesAreGone_isDamaged() {
    try (RedisTier tier = redis.tier().connect()) {
      done(tier.put(KEY, payload(INLINE), 1));
      change(commands -> commands.hdel("faasflow:{" + RUN + "}", "d7"));
      assertFails(tier.get(KEY), Reason.DAMAGED, "not there");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {FEW, MANY})
  void get_chunkChangedShortenedOrGone_isDamaged(int size) throws IOException {
    try (RedisTier tier = redis.tier().connect()) {
      List<Consumer<String>> damages = List.of(
          chunk -> change(commands -> commands.setrange(chunk, 1000, "x+y")),
          chunk -> change(commands -> commands.setrange(chunk, 600_000, "x")),
          chunk -> change(commands -> commands.set(chunk, "x")),
          chunk -> change(commands -> commands.set(chunk, "")),
          chunk -> change(commands -> commands.del(chunk)));
      for (Consumer<String> damage : damages) {
        done(tier.put(KEY, payload(size), 1));
        String chunk = keys("*}*:1").get(0);
        damage.accept(chunk);
        assertFails(tier.get(KEY), Reason.DAMAGED, KEY.toString(), "chunk 1", "The value is lost");

        Payload streamed = done(tier.stream(KEY)).orElseThrow();
        try (InputStream in = streamed.open()) {
          assertThatThrownBy(in::readAllBytes)
              .isInstanceOf(IOException.class)
              .hasMessageContaining("chunk 1")
              .cause()
              .isInstanceOf(RemoteTierException.class);
          assertThatThrownBy(in::read).isInstanceOf(IOException.class);
        }
      }
      done(tier.put(KEY, payload(size), 1));
      assertThat(done(tier.get(KEY)).orElseThrow().toByteArray()).isEqualTo(bytes(size, size));
    }
  }

  @Test
  void get_keyOfAnotherProgram_isRefused() {
    try (RedisTier tier = redis.tier().connect()) {
      change(commands -> commands.set("faasflow:{" + RUN + "}", "mine"));
      assertFails(tier.get(KEY), Reason.REFUSED, KEY.toString(), "WRONGTYPE");
      assertFails(tier.put(KEY, payload(INLINE), 1), Reason.REFUSED, "WRONGTYPE");
      assertFails(tier.put(KEY, payload(FEW), 1), Reason.REFUSED, "WRONGTYPE");
      assertThat(keys("*}*:1")).as("chunks").isEmpty();
    }
  }

  @Test
  void stream_replacedMeanwhile_endsWithAnException() throws IOException {
    try (RedisTier tier = redis.tier().connect()) {
      done(tier.put(KEY, payload(MANY), 1));
      Payload streamed = done(tier.stream(KEY)).orElseThrow();
      try (InputStream in = streamed.open()) {
        assertThat(in.read()).isEqualTo(bytes(MANY, MANY)[0] & 0xff);
        done(tier.put(KEY, payload(INLINE), 1));
        await(() -> keys("*}*:10").isEmpty());
        assertThatThrownBy(in::readAllBytes).isInstanceOf(IOException.class);
      }
    }
  }

  @Test
  void stream_afterClose_endsWithAnException() throws IOException {
    RedisTier tier = redis.tier().connect();
    done(tier.put(KEY, payload(MANY), 1));
    Payload streamed = done(tier.stream(KEY)).orElseThrow();
    try (InputStream in = streamed.open()) {
      assertThat(in.read()).isNotNegative();
      tier.close();
      assertThatThrownBy(in::readAllBytes)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("closed");
    }
    assertThatThrownBy(streamed::open).isInstanceOf(IOException.class);
  }

  @Test
  void put_redisIsFull_isRefused() {
    try (RedisProcess small = RedisProcess.inMemory("--maxmemory", "20mb");
        RedisTier tier = small.tier().connect()) {
      for (int size : new int[] {30_000_000, 12_000_000}) {
        Payload large = payload(size);
        ObjectKey key = new ObjectKey(RUN, "large");
        if (size > 20_000_000) {
          assertFails(tier.put(key, large, 1), Reason.REFUSED, "maxmemory", key.toString());
          assertThat(done(tier.get(key))).isEmpty();
        } else {
          done(tier.put(key, large, 1)); // what was written in vain is cleared away
        }
      }
    }
  }

  @Test
  void expiry_processIsGone_dropsAll() {
    try (RedisTier tier = redis.tier().expiry(Duration.ofSeconds(3)).connect()) {
      for (int size : new int[] {INLINE, FEW, MANY}) {
        done(tier.put(new ObjectKey(RUN, "o" + size), payload(size), 1));
      }
    }
    await(() -> keys("*").isEmpty());
  }

  @Test
  void expiry_runLives_isPutOff() {
    // Long enough that a machine which stands still for a while does not let it pass.
    try (RedisTier tier = redis.tier().expiry(Duration.ofSeconds(20)).connect()) {
      for (int size : new int[] {INLINE, FEW, MANY}) {
        done(tier.put(new ObjectKey(RUN, "o" + size), payload(size), 1));
      }
      List<String> all = keys("*");
      assertThat(all).hasSizeGreaterThan(20);
      Map<String, Long> before = new HashMap<>();
      all.forEach(key -> before.put(key, leftMillis(key)));
      Set<String> putOff = new HashSet<>();
      await(() -> {
        for (String key : all) {
          long left = leftMillis(key);
          if (left > before.put(key, left)) {
            putOff.add(key);
          }
        }
        return putOff.size() == all.size();
      });
      assertThat(keys("*")).containsExactlyInAnyOrderElementsOf(all);
      done(tier.releaseRun(RUN));
      assertThat(keys("*")).isEmpty();
    }
  }

  @Test
  void put_anything_expiresAtLast() {
    try (RedisTier tier = redis.tier().expiry(Duration.ofMinutes(5)).connect()) {
      for (int size : new int[] {INLINE, FEW, MANY}) {
        done(tier.put(new ObjectKey(RUN, "o" + size), payload(size), 1));
      }
      assertThat(keys("*")).isNotEmpty().allSatisfy(key -> {
        assertThat(leftMillis(key)).as(key).isBetween(200_000L, 300_000L);
      });
    }
  }

  @Test
  void prefix_oneEach_keepsApplicationsApart() {
    try (RedisTier one = redis.tier().prefix("one").connect();
        RedisTier two = redis.tier().prefix("two").connect()) {
      done(one.put(KEY, payload(10), 1));
      assertThat(done(two.get(KEY))).isEmpty();
      done(two.releaseRun(RUN));
      assertThat(done(one.get(KEY))).isPresent();
      assertThat(keys("*")).allMatch(key -> key.startsWith("one:"));
    }
  }

  @Test
  void release_sentTwice_countsOnce() {
    try (RedisTier tier = redis.tier().connect()) {
      done(tier.put(KEY, payload(10), 2));
      done(tier.release(KEY));
      // As after a connection that broke before the answer came.
      String readers =
          redis.ask(connection -> connection.sync().hget("faasflow:{" + RUN + "}", "r7"));
      String who = readers.substring(readers.indexOf(',') + 1);
      redis.ask(connection -> connection
          .sync()
          .eval(
              Script.RELEASE.text(),
              io.lettuce.core.ScriptOutputType.VALUE,
              new String[] {"faasflow:{" + RUN + "}"},
              "7",
              who));
      assertThat(done(tier.get(KEY))).isPresent();
      done(tier.release(KEY));
      assertThat(done(tier.get(KEY))).isEmpty();
    }
  }

  @Test
  void get_sameKeyAtATime_readsOnce() {
    try (RedisTier tier = redis.tier().connect()) {
      done(tier.put(KEY, payload(MANY), 1));
      change(RedisCommands::configResetstat);
      redis.suspend(); // or the first one might be through before the last one comes
      List<CompletableFuture<?>> gets = IntStream.range(0, 20)
          .<CompletableFuture<?>>mapToObj(i -> tier.get(KEY))
          .toList();
      redis.resume();
      gets.forEach(RedisTierTest::done);
      String statistics = redis.ask(connection -> connection.sync().info("commandstats"));
      assertThat(statistics).containsPattern("cmdstat_get:calls=18,");
    }
  }

  @Test
  void get_afterPutOfThisTier_neverSharesAnEarlierRead() throws IOException {
    try (RedisTier tier = redis.tier().connect()) {
      for (int i = 0; i < 300; i++) {
        CompletableFuture<?> earlier = tier.get(KEY);
        done(tier.put(KEY, Payload.of(TYPE, bytes(i, 100)), 1));
        assertThat(done(tier.get(KEY)).orElseThrow().toByteArray()).isEqualTo(bytes(i, 100));
        done(earlier);
      }
    }
  }

  @Test
  void operations_inTheEnd_haveGivenAllPermitsBack() {
    RedisTier tier = redis.tier().maxBytesInFlight(1 << 20).connect();
    try (tier) {
      List<CompletableFuture<?>> all = IntStream.range(0, 40)
          .<CompletableFuture<?>>mapToObj(i -> tier.put(
                  new ObjectKey(RUN, "o" + i), payload(i * 100_000), 1)
              .thenCompose(nothing -> tier.get(new ObjectKey(RUN, "o" + i))))
          .toList();
      all.forEach(RedisTierTest::done);
      await(() -> tier.bytesInFlight() == 0);
    }
  }

  @Test
  void compression_textOfASource_takesLessInRedis() throws IOException {
    byte[] text =
        "It was the best of times, it was the worst of times. ".repeat(400_000).getBytes(US_ASCII);
    try (RedisTier tier = redis.tier().compression(Compression.SAMPLED_LZ4).connect()) {
      done(tier.put(KEY, Payload.of(TYPE, text.length, () -> new ByteArrayInputStream(text)), 1));
      long stored = keys("*}:*").stream()
          .filter(key -> !key.endsWith("chunked"))
          .mapToLong(key -> redis.ask(connection -> connection.sync().strlen(key)))
          .sum();
      assertThat(stored).isLessThan(text.length / 20);
    }
    // Whoever reads need not be told.
    try (RedisTier tier = redis.tier().connect()) {
      assertThat(done(tier.get(KEY)).orElseThrow().toByteArray()).isEqualTo(text);
    }
  }

  @Test
  void close_tier_endsItsThreads() {
    RedisTier tier = redis.tier().connect();
    done(tier.put(KEY, Payload.of(TYPE, MANY, () -> new ByteArrayInputStream(new byte[MANY])), 1));
    assertThat(threads()).isNotEmpty();
    tier.close();
    await(() -> threads().isEmpty());
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("faasflow-redis") || name.startsWith("lettuce"))
        .toList();
  }

  @Test
  void builder_badValues_areRefused() {
    RedisTier.Builder builder = RedisTier.standalone("localhost");
    assertThatIllegalArgumentException().isThrownBy(() -> builder.prefix("a{b}"));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.timeout(Duration.ZERO));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.expiry(Duration.ofMillis(10)));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.maxBytesInFlight(1000));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.database(-1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisTier.cluster("localhost").database(1));
    assertThatIllegalArgumentException().isThrownBy(RedisTier::cluster);
    for (String bad : List.of("redis://user:hidden@host:1", "host:x", "host:70000", "a b", "")) {
      assertThatIllegalArgumentException()
          .as(bad)
          .isThrownBy(() -> RedisTier.standalone(bad).connect())
          .withMessageContaining("host:port")
          .satisfies(e -> assertThat(e).hasMessageNotContaining("hidden"));
    }
  }

  @Test
  void connect_nobodyListens_saysWhereAndWhatToDo() throws Exception {
    int port = RedisProcess.freePort();
    assertThatThrownBy(() -> RedisTier.standalone("127.0.0.1:" + port)
            .password(RedisProcess.PASSWORD)
            .timeout(Duration.ofSeconds(1))
            .connect())
        .isInstanceOfSatisfying(RemoteTierException.class, e -> {
          assertThat(e.reason()).isEqualTo(Reason.UNREACHABLE);
          assertThat(e.place()).isEqualTo("redis://127.0.0.1:" + port);
          assertThat(e.key()).isEmpty();
        })
        .hasMessageContaining("Check host, port and TLS");
    await(() -> threads().isEmpty()); // they end a moment after the tier
  }
}
