package io.faasflow.faastore.redis;

import static io.faasflow.faastore.redis.RedisTierTest.bytes;
import static io.faasflow.faastore.redis.RedisTierTest.done;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.faastore.ObjectKey;
import io.faasflow.faastore.Payload;
import io.faasflow.faastore.RemoteTierException;
import io.faasflow.faastore.RemoteTierException.Reason;
import io.faasflow.run.RunId;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Redis is killed and started again while values are written and read. */
class RedisCrashTest {
  private static final String TYPE = "application/octet-stream";
  private static final RunId RUN = new RunId(1L << 16, 7);
  private static final int[] SIZES = {500, 40_000, 300_000, 2_000_000, 6_000_000};
  private static final int CRASHES = 5;

  private static Payload payload(int seed, int size) {
    byte[] bytes = bytes(seed, size);
    return seed % 2 == 0
        ? Payload.of(TYPE, bytes)
        : Payload.of(TYPE, size, () -> new ByteArrayInputStream(bytes));
  }

  /** Redis crashes so often while others work; each time only once they have got on since. */
  private static void crash(RedisProcess redis, AtomicInteger work, AtomicBoolean end)
      throws IOException {
    for (int i = 0; i < CRASHES; i++) {
      int before = work.get();
      RedisTierTest.await(() -> work.get() > before + 5);
      redis.kill();
      redis.start();
    }
    end.set(true);
  }

  @Test
  void redisIsDurable_everythingCompletesAndNothingIsLost() throws Exception {
    try (RedisProcess redis = RedisProcess.durable();
        RedisTier tier = redis.tier().timeout(Duration.ofSeconds(50)).connect()) {
      int workers = 3;
      ExecutorService threads = Executors.newFixedThreadPool(workers);
      AtomicInteger work = new AtomicInteger();
      AtomicBoolean end = new AtomicBoolean();
      List<Future<?>> all = new ArrayList<>();
      for (int worker = 0; worker < workers; worker++) {
        int mine = worker;
        all.add(threads.submit(() -> {
          for (int i = 0; !end.get(); i++) {
            ObjectKey key = new ObjectKey(RUN, mine + "/" + i % 4);
            int seed = mine * 10_000 + i;
            int size = SIZES[i % SIZES.length];
            done(tier.put(key, payload(seed, size), 2));
            Payload found = done(tier.get(key)).orElseThrow();
            assertThat(found.toByteArray()).isEqualTo(bytes(seed, size));
            done(tier.release(key));
            Payload stillThere = done(tier.get(key)).orElseThrow();
            assertThat(stillThere.toByteArray()).isEqualTo(bytes(seed, size));
            done(tier.release(key));
            assertThat(done(tier.get(key))).isEmpty();
            work.incrementAndGet();
          }
          return null;
        }));
      }
      crash(redis, work, end);
      for (Future<?> one : all) {
        one.get(60, TimeUnit.SECONDS);
      }
      threads.shutdown();
      done(tier.releaseRun(RUN));
      RedisTierTest.await(() -> redis.ask(connection -> connection.sync().dbsize()) == 0);
    }
  }

  @Test
  void redisForgets_noValueIsWrongOrPartial() throws Exception {
    try (RedisProcess redis = RedisProcess.inMemory();
        RedisTier tier = redis.tier().timeout(Duration.ofSeconds(50)).connect()) {
      ExecutorService threads = Executors.newFixedThreadPool(3);
      AtomicInteger work = new AtomicInteger();
      AtomicBoolean end = new AtomicBoolean();
      AtomicInteger found = new AtomicInteger();
      List<Future<?>> all = new ArrayList<>();
      for (int worker = 0; worker < 3; worker++) {
        int mine = worker;
        all.add(threads.submit(() -> {
          for (int i = 0; !end.get(); i++) {
            ObjectKey key = new ObjectKey(RUN, mine + "/" + i);
            int size = SIZES[i % SIZES.length];
            done(tier.put(key, payload(i, size), 1));
            try {
              Optional<Payload> value = done(tier.get(key));
              if (value.isPresent()) {
                assertThat(value.get().toByteArray()).isEqualTo(bytes(i, size));
                found.incrementAndGet();
              }
            } catch (RemoteTierException e) {
              // A crash between the manifest's arrival and the chunks'.
              assertThat(e.reason()).isEqualTo(Reason.DAMAGED);
            }
            done(tier.release(key));
            work.incrementAndGet();
          }
          return null;
        }));
      }
      crash(redis, work, end);
      for (Future<?> one : all) {
        one.get(60, TimeUnit.SECONDS);
      }
      threads.shutdown();
      assertThat(found.get()).isPositive();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 2_000_000, 30_000_000})
  void put_redisCrashesInTheMiddle_completesWhenItIsBack(int size) throws Exception {
    try (RedisProcess redis = RedisProcess.inMemory();
        RedisTier tier = redis.tier().timeout(Duration.ofSeconds(50)).connect()) {
      ObjectKey key = new ObjectKey(RUN, "7");
      byte[] bytes = bytes(1, size);
      CountDownLatch inTheMiddle = new CountDownLatch(1);
      CountDownLatch crashed = new CountDownLatch(1);
      AtomicInteger opened = new AtomicInteger();
      Payload slow = Payload.of(TYPE, size, () -> {
        opened.incrementAndGet();
        return new FilterInputStream(new ByteArrayInputStream(bytes)) {
          private int given;

          @Override
          public int read(byte[] target, int offset, int length) throws IOException {
            if (given >= size / 2) {
              inTheMiddle.countDown();
              awaitUninterruptibly(crashed);
            }
            int read = super.read(target, offset, Math.min(length, size / 4));
            given += Math.max(0, read);
            return read;
          }
        };
      });
      CompletableFuture<Void> put = tier.put(key, slow, 1);
      assertThat(inTheMiddle.await(60, TimeUnit.SECONDS)).isTrue();
      redis.kill();
      redis.start();
      crashed.countDown();
      done(put);
      assertThat(done(tier.get(key)).orElseThrow().toByteArray()).isEqualTo(bytes);
      // What was lost with the crash was written once more.
      assertThat(opened.get()).isEqualTo(size == 30_000_000 ? 2 : 1);
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 2_000_000, 10_000_000})
  void operations_redisStaysAway_failInTimeAndWorkAgain(int size) throws Exception {
    try (RedisProcess redis = RedisProcess.durable();
        RedisTier patient = redis.tier().connect();
        RedisTier tier = redis.tier().timeout(Duration.ofSeconds(2)).connect()) {
      ObjectKey key = new ObjectKey(RUN, "7");
      done(patient.put(key, payload(2, size), 1));
      redis.kill();
      long begin = System.nanoTime();
      List<CompletableFuture<?>> all = List.of(
          tier.put(key, payload(4, size), 1),
          tier.get(key),
          tier.stream(key),
          tier.release(key),
          tier.releaseRun(RUN));
      for (CompletableFuture<?> one : all) {
        assertThatThrownBy(() -> done(one))
            .isInstanceOfSatisfying(
                RemoteTierException.class,
                e -> assertThat(e.reason()).isEqualTo(Reason.UNREACHABLE))
            .hasMessageContainingAll("within 2000 ms", redis.address(), "Check that it runs");
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(50));

      redis.start();
      RedisTierTest.await(() -> {
        try {
          done(tier.put(key, payload(6, size), 1));
          return true;
        } catch (RemoteTierException notYet) {
          return false;
        }
      });
      assertThat(done(patient.get(key)).orElseThrow().toByteArray()).isEqualTo(bytes(6, size));
      RedisTierTest.await(() -> tier.bytesInFlight() == 0);
    }
  }
}
