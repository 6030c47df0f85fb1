package io.faasflow.faastore;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.faastore.RemoteTierException.Reason;
import io.faasflow.run.RunId;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link RemoteTier} does. A tier joins by a subclass that makes one. */
public abstract class RemoteTierContract {
  /** How a payload may lie. */
  enum Kind {
    ARRAY,
    BUFFERS,
    DIRECT,
    SOURCE
  }

  protected static final String TYPE = "application/x-test; v=1";
  protected static final RunId RUN = new RunId(1L << 16, 1);
  private static final RunId OTHER_RUN = new RunId(1L << 16, 2);
  protected static final ObjectKey KEY = new ObjectKey(RUN, "7[3,1]");

  private RemoteTier tier;

  /** A new, empty tier; the suite closes it. */
  protected abstract RemoteTier newTier() throws IOException;

  /** How much of the runs is still stored, in whatever unit; 0 when nothing is. */
  protected abstract long leftBehind() throws IOException;

  @BeforeEach
  void open() throws IOException {
    tier = newTier();
  }

  @AfterEach
  void close() {
    tier.close();
  }

  protected final RemoteTier tier() {
    return tier;
  }

  /** Waits for it, not for long. */
  protected static <T> T done(CompletableFuture<T> future) {
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

  /** Bytes that no other seed gives, and that do not compress. */
  protected static byte[] bytes(long seed, int size) {
    byte[] bytes = new byte[size];
    SplittableRandom random = new SplittableRandom(seed);
    random.nextBytes(bytes);
    return bytes;
  }

  protected static Payload payload(byte[] bytes) {
    return Payload.of(TYPE, bytes);
  }

  private static Payload payload(Kind kind, byte[] bytes) {
    int third = bytes.length / 3;
    return switch (kind) {
      case ARRAY -> Payload.of(TYPE, bytes);
      case BUFFERS ->
        Payload.of(
            TYPE,
            ByteBuffer.wrap(bytes, 0, third),
            ByteBuffer.allocate(0),
            ByteBuffer.wrap(bytes, third, bytes.length - third));
      case DIRECT ->
        Payload.of(TYPE, ByteBuffer.allocateDirect(bytes.length).put(bytes).flip());
      case SOURCE -> Payload.of(TYPE, bytes.length, () -> new ByteArrayInputStream(bytes));
    };
  }

  private byte[] read(ObjectKey key) throws IOException {
    return done(tier.get(key)).orElseThrow().toByteArray();
  }

  @Test
  void get_neverPut_isEmpty() {
    assertThat(done(tier.get(KEY))).isEmpty();
    assertThat(done(tier.stream(KEY))).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void put_anyPayload_isReadAsItWas(Kind kind) throws IOException {
    for (int size : new int[] {0, 1, 1000, 65_536, 65_537, 1 << 20, 9_000_001}) {
      byte[] bytes = bytes(size, size);
      ObjectKey key = new ObjectKey(RUN, kind + "/" + size);
      done(tier.put(key, payload(kind, bytes), 1));

      Payload found = done(tier.get(key)).orElseThrow();
      assertThat(found.contentType()).isEqualTo(TYPE);
      assertThat(found.length()).isEqualTo(size);
      assertThat(found.buffers()).isPresent();
      assertThat(found.toByteArray()).isEqualTo(bytes);

      Payload streamed = done(tier.stream(key)).orElseThrow();
      assertThat(streamed.contentType()).isEqualTo(TYPE);
      assertThat(streamed.length()).isEqualTo(size);
      assertThat(streamed.toByteArray()).isEqualTo(bytes);
      try (InputStream in = streamed.open()) {
        assertThat(in.read()).isEqualTo(size == 0 ? -1 : bytes[0] & 0xff);
        assertThat(in.readAllBytes()).hasSize(Math.max(0, size - 1));
        assertThat(in.read()).isEqualTo(-1);
      }
    }
  }

  @Test
  void put_compressible_isReadAsItWas() throws IOException {
    byte[] text = "all work and no play ".repeat(100_000).getBytes(US_ASCII);
    done(tier.put(KEY, payload(text), 1));
    assertThat(read(KEY)).isEqualTo(text);
  }

  @Test
  void put_again_replaces() throws IOException {
    for (int size : new int[] {10, 6_000_000, 100, 200_000, 5_500_000, 0, 300_000}) {
      byte[] bytes = bytes(size, size);
      done(tier.put(KEY, payload(bytes), 1));
      assertThat(read(KEY)).isEqualTo(bytes);
      assertThat(done(tier.stream(KEY)).orElseThrow().toByteArray()).isEqualTo(bytes);
    }
    done(tier.release(KEY));
    assertThat(done(tier.get(KEY))).isEmpty();
    done(tier.releaseRun(RUN));
    assertThat(leftBehindSoon()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 200_000, 9_000_000})
  void release_lastReader_drops(int size) throws IOException {
    done(tier.put(KEY, payload(bytes(1, size)), 3));
    done(tier.release(KEY));
    done(tier.release(KEY));
    assertThat(read(KEY)).hasSize(size);
    done(tier.release(KEY));
    assertThat(done(tier.get(KEY))).isEmpty();
    assertThat(leftBehindSoon()).isZero();
    done(tier.release(KEY)); // ignored

    // Readers are counted anew.
    done(tier.put(KEY, payload(bytes(2, size)), 2));
    done(tier.release(KEY));
    assertThat(read(KEY)).isEqualTo(bytes(2, size));
  }

  /** What is dropped may go a moment after it is out of sight. */
  private long leftBehindSoon() throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (leftBehind() > 0 && System.nanoTime() < deadline) {
      LockSupport.parkNanos(1_000_000);
    }
    return leftBehind();
  }

  @Test
  void releaseRun_dropsItsObjectsOnly() throws IOException {
    ObjectKey other = new ObjectKey(OTHER_RUN, KEY.name());
    for (int i = 0; i < 20; i++) {
      done(tier.put(new ObjectKey(RUN, "small/" + i), payload(bytes(i, i)), 1));
    }
    done(tier.put(new ObjectKey(RUN, "few"), payload(bytes(1, 1_000_000)), 1));
    done(tier.put(new ObjectKey(RUN, "many"), payload(bytes(1, 9_000_000)), 1));
    done(tier.put(other, payload(bytes(5, 5)), 1));

    done(tier.releaseRun(RUN));

    for (String name : List.of("small/0", "small/19", "few", "many")) {
      assertThat(done(tier.get(new ObjectKey(RUN, name)))).as(name).isEmpty();
    }
    assertThat(read(other)).isEqualTo(bytes(5, 5));
    done(tier.releaseRun(RUN));
    done(tier.put(KEY, payload(bytes(6, 6)), 1)); // by a function that could not be stopped
    assertThat(read(KEY)).isEqualTo(bytes(6, 6));
    done(tier.releaseRun(RUN));
    done(tier.releaseRun(OTHER_RUN));
    assertThat(leftBehindSoon()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1_000, 300_000, 9_000_000})
  void put_payloadOfAnotherLength_isRefusedAndStoresNothing(int size) throws IOException {
    byte[] bytes = bytes(1, size);
    for (int wrong : new int[] {-1, 1}) {
      Payload liar = Payload.of(TYPE, size + wrong, () -> new ByteArrayInputStream(bytes));
      assertThatThrownBy(() -> done(tier.put(KEY, liar, 1)))
          .isInstanceOfSatisfying(RemoteTierException.class, e -> {
            assertThat(e.reason()).isEqualTo(Reason.BAD_PAYLOAD);
            assertThat(e.key()).contains(KEY);
          })
          .hasMessageContaining(KEY.toString())
          .hasMessageContaining(size + wrong + " bytes");
      assertThat(done(tier.get(KEY))).isEmpty();
    }
    assertThat(leftBehindSoon()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1_000, 300_000, 9_000_000})
  void put_payloadThatBreaks_leavesWhatWasThere(int size) throws IOException {
    byte[] before = bytes(1, size);
    done(tier.put(KEY, payload(before), 1));
    IOException broken = new IOException("disk on fire");
    Payload breaking = Payload.of(TYPE, size, () -> new InputStream() {
      private int given;

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        if (given >= size / 2) {
          throw broken;
        }
        int read = Math.min(length, size / 2 - given);
        given += read;
        return read;
      }
    });
    assertThatThrownBy(() -> done(tier.put(KEY, breaking, 1)))
        .isInstanceOf(RemoteTierException.class)
        .hasRootCause(broken)
        .hasMessageContaining("disk on fire");
    assertThat(read(KEY)).isEqualTo(before);
  }

  @Test
  void get_whileItIsReplaced_givesOneOfTheValues() {
    int rounds = 60;
    List<byte[]> values = IntStream.range(0, 4)
        .mapToObj(i -> bytes(i, i % 2 == 0 ? 700_000 + i : 20_000 + i))
        .toList();
    done(tier.put(KEY, payload(values.get(0)), 1));
    CompletableFuture<Void> writer = CompletableFuture.completedFuture(null);
    for (int i = 0; i < rounds; i++) {
      byte[] next = values.get(i % values.size());
      writer = writer.thenCompose(nothing -> tier.put(KEY, payload(next), 1));
    }
    int seen = 0;
    while (!writer.isDone() || seen == 0) {
      Payload found = done(tier.get(KEY)).orElseThrow();
      assertThatCode(() -> assertThat(values).anyMatch(value -> isSame(value, found)))
          .doesNotThrowAnyException();
      seen++;
    }
    done(writer);
  }

  private static boolean isSame(byte[] value, Payload found) {
    try {
      return java.util.Arrays.equals(value, found.toByteArray());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void operations_manyAtATime_doNotMixValues() throws IOException {
    List<CompletableFuture<Void>> puts = new ArrayList<>();
    int count = 200;
    for (int i = 0; i < count; i++) {
      int size = i % 20 == 0 ? 3_000_000 + i : i * 700;
      puts.add(tier.put(new ObjectKey(RUN, "o" + i), payload(bytes(i, size)), 1));
    }
    puts.forEach(RemoteTierContract::done);
    List<CompletableFuture<Optional<Payload>>> gets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      gets.add(tier.get(new ObjectKey(RUN, "o" + i)));
    }
    for (int i = 0; i < count; i++) {
      int size = i % 20 == 0 ? 3_000_000 + i : i * 700;
      assertThat(done(gets.get(i)).orElseThrow().toByteArray()).isEqualTo(bytes(i, size));
    }
  }

  @Test
  void get_sameKeyAtATime_givesEachTheValue() throws IOException {
    byte[] bytes = bytes(1, 9_000_000);
    done(tier.put(KEY, payload(bytes), 1));
    List<CompletableFuture<Optional<Payload>>> gets =
        IntStream.range(0, 10).mapToObj(i -> tier.get(KEY)).toList();
    boolean ignored = gets.get(3).cancel(true); // harms nobody else; it may be too late for itself
    for (int i = 0; i < gets.size(); i++) {
      if (i != 3) {
        assertThat(done(gets.get(i)).orElseThrow().toByteArray()).isEqualTo(bytes);
      }
    }
  }

  @Test
  void calls_badArguments_areRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> tier.put(KEY, payload(new byte[1]), 0));
    assertThatThrownBy(() -> tier.get(null)).isInstanceOf(NullPointerException.class);
  }

  @Test
  void put_tooLarge_isRefused() {
    Payload huge = Payload.of(TYPE, (1L << 31) + 1, InputStream::nullInputStream);
    assertThatThrownBy(() -> done(tier.put(KEY, huge, 1)))
        .isInstanceOfSatisfying(
            RemoteTierException.class, e -> assertThat(e.reason()).isEqualTo(Reason.REFUSED))
        .hasMessageContaining("2147483648");
  }

  @Test
  void calls_afterClose_areRefused() {
    done(tier.put(KEY, payload(new byte[10]), 1));
    tier.close();
    tier.close();
    assertThatIllegalStateException().isThrownBy(() -> tier.get(KEY));
    assertThatIllegalStateException().isThrownBy(() -> tier.stream(KEY));
    assertThatIllegalStateException().isThrownBy(() -> tier.put(KEY, payload(new byte[1]), 1));
    assertThatIllegalStateException().isThrownBy(() -> tier.release(KEY));
    assertThatIllegalStateException().isThrownBy(() -> tier.releaseRun(RUN));
  }

  @Test
  void close_whileValuesAreWritten_endsThemSoon() {
    List<CompletableFuture<Void>> puts = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      puts.add(tier.put(new ObjectKey(RUN, "o" + i), payload(bytes(1, 5_000_000)), 1));
    }
    tier.close();
    for (CompletableFuture<Void> put : puts) {
      try {
        done(put);
      } catch (RemoteTierException e) {
        assertThat(e.reason()).isEqualTo(Reason.CLOSED);
      }
    }
  }
}
