package io.faasflow.faastore.disk;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.faastore.FileTree;
import io.faasflow.faastore.ObjectKey;
import io.faasflow.faastore.Payload;
import io.faasflow.faastore.RemoteTierException;
import io.faasflow.faastore.RemoteTierException.Reason;
import io.faasflow.run.RunId;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the contract does not say: restarts, crashes, and disks that refuse or forget. */
class DiskTierTest {
  private static final String TYPE = "application/octet-stream";
  private static final RunId RUN = new RunId(1L << 16, 7);
  private static final ObjectKey KEY = new ObjectKey(RUN, "7");
  private static final int SIZE = 700_000;

  @TempDir
  private Path directory;

  private static <T> T done(CompletableFuture<T> future) {
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

  private static byte[] bytes(long seed, int size) {
    byte[] bytes = new byte[size];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  private static Payload payload(long seed, int size) {
    return Payload.of(TYPE, bytes(seed, size));
  }

  private static void assertFails(CompletableFuture<?> future, Reason reason, String... words) {
    assertThatThrownBy(() -> done(future))
        .isInstanceOfSatisfying(
            RemoteTierException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageContainingAll(words);
  }

  private List<Path> valueFiles() {
    return FileTree.of(directory)
        .filter(Files::isRegularFile)
        .filter(file -> !file.endsWith("lock"))
        .toList();
  }

  @Test
  void open_again_hasWhatWasThere() throws IOException {
    try (DiskTier tier = DiskTier.open(directory)) {
      done(tier.put(KEY, payload(1, SIZE), 2));
      done(tier.release(KEY));
    }
    try (DiskTier tier = DiskTier.open(directory)) {
      Payload found = done(tier.get(KEY)).orElseThrow();
      assertThat(found.contentType()).isEqualTo(TYPE);
      assertThat(found.toByteArray()).isEqualTo(bytes(1, SIZE));
      done(tier.release(KEY));
      assertThat(done(tier.get(KEY)))
          .as("what was released before is forgotten")
          .isPresent();
      done(tier.release(KEY));
      assertThat(done(tier.get(KEY))).isEmpty();
    }
  }

  @Test
  void open_twice_isRefused() {
    try (DiskTier tier = DiskTier.open(directory)) {
      assertThatThrownBy(() -> DiskTier.open(directory))
          .isInstanceOfSatisfying(
              RemoteTierException.class, e -> assertThat(e.reason()).isEqualTo(Reason.REFUSED))
          .hasMessageContainingAll("another tier", directory.toString());
      done(tier.put(KEY, payload(1, 10), 1));
    }
    DiskTier.open(directory).close();
  }

  @Test
  void open_noDirectory_isRefused() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "");
    assertThatThrownBy(() -> DiskTier.open(file))
        .isInstanceOf(RemoteTierException.class)
        .hasMessageContaining(file.toString());
    assertThatIllegalArgumentException().isThrownBy(() -> DiskTier.open(directory, Duration.ZERO));
  }

  @Test
  void open_leftOversOfDeadRuns_areClearedAway() throws IOException {
    RunId old = new RunId(1L << 16, 8);
    try (DiskTier tier = DiskTier.open(directory)) {
      done(tier.put(KEY, payload(1, 10), 1));
      done(tier.put(new ObjectKey(old, "7"), payload(1, 10), 1));
    }
    Path part = Files.writeString(directory.resolve(RUN.toString()).resolve("1.part"), "half");
    Path other = Files.createDirectory(directory.resolve("not ours"));
    Clock inAnHour = Clock.fixed(Instant.now().plus(Duration.ofHours(1)), ZoneOffset.UTC);
    Files.setLastModifiedTime(directory.resolve(RUN.toString()), FileTime.from(inAnHour.instant()));
    try (DiskTier tier = tierWith(Duration.ofMinutes(30), inAnHour, DiskTierTest::create)) {
      assertThat(done(tier.get(KEY))).isPresent();
      assertThat(done(tier.get(new ObjectKey(old, "7")))).isEmpty();
    }
    assertThat(part).doesNotExist();
    assertThat(other).exists();
    assertThat(directory.resolve(old.toString())).doesNotExist();
  }

  @Test
  void sweep_whileItIsOpen_sparesItsOwnRuns() {
    RunId dead = new RunId(1L << 16, 8);
    try (DiskTier tier = DiskTier.open(directory)) {
      done(tier.put(new ObjectKey(dead, "7"), payload(1, 10), 1));
    }
    MovedClock clock = new MovedClock();
    try (DiskTier tier = tierWith(Duration.ofMinutes(30), clock, DiskTierTest::create)) {
      done(tier.put(KEY, payload(1, 10), 1));
      assertThat(done(tier.get(new ObjectKey(dead, "7")))).isPresent();
      clock.now = clock.now.plus(Duration.ofHours(1));
      done(tier.put(new ObjectKey(RUN, "8"), payload(1, 10), 1));
      assertThat(done(tier.get(new ObjectKey(dead, "7")))).isEmpty();
      assertThat(done(tier.get(KEY))).isPresent();
    }
  }

  private static final class MovedClock extends Clock {
    private volatile Instant now = Instant.now();

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneOffset getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  private DiskTier tierWith(Duration expiry, Clock clock, DiskTier.Opening opening) {
    return new DiskTier(directory, expiry, clock, opening);
  }

  private static FileChannel create(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  /** A disk on which so many bytes have room. */
  private static DiskTier.Opening full(int room) {
    return file -> {
      FileChannel real = create(file);
      return new WritableByteChannel() {
        private int left = room;

        @Override
        public int write(ByteBuffer source) throws IOException {
          if (left == 0) {
            throw new IOException("No space left on device");
          }
          int size = Math.min(left, source.remaining());
          ByteBuffer some = source.duplicate().limit(source.position() + size);
          int written = real.write(some);
          source.position(source.position() + written);
          left -= written;
          return written;
        }

        @Override
        public boolean isOpen() {
          return real.isOpen();
        }

        @Override
        public void close() throws IOException {
          real.close();
        }
      };
    };
  }

  @Test
  void put_diskIsFull_isRefusedAndLeavesWhatWasThere() throws IOException {
    try (DiskTier tier = DiskTier.open(directory)) {
      done(tier.put(KEY, payload(1, 10), 1));
    }
    for (int room : new int[] {0, 10, 300_000, 600_000}) {
      try (DiskTier tier = tierWith(Duration.ofDays(1), Clock.systemUTC(), full(room))) {
        assertFails(
            tier.put(KEY, payload(2, SIZE), 1),
            Reason.REFUSED,
            KEY.toString(),
            "No space left on device",
            "See that there is space",
            directory.toString());
        assertThat(done(tier.get(KEY)).orElseThrow().toByteArray()).isEqualTo(bytes(1, 10));
      }
      assertThat(valueFiles()).hasSize(1);
    }
  }

  @Test
  void get_anyByteChangedOrLengthWrong_isDamaged() throws IOException {
    try (DiskTier tier = DiskTier.open(directory)) {
      done(tier.put(KEY, payload(1, SIZE), 1));
      Path file = valueFiles().get(0);
      byte[] good = Files.readAllBytes(file);
      List<byte[]> damaged = new ArrayList<>();
      for (int i = 0; i < good.length; i = i < 100 ? i + 1 : i + 9_973) {
        byte[] bad = good.clone();
        bad[i] ^= 1;
        damaged.add(bad);
      }
      for (int length : new int[] {0, 1, 20, 60, 300_000, good.length - 1}) {
        damaged.add(Arrays.copyOf(good, length));
      }
      damaged.add(Arrays.copyOf(good, good.length + 1));
      for (byte[] bad : damaged) {
        Files.write(file, bad);
        assertFails(tier.get(KEY), Reason.DAMAGED, KEY.toString(), "The value is lost");
        assertThatThrownBy(() -> done(tier.stream(KEY)).orElseThrow().toByteArray())
            .satisfiesAnyOf(
                e -> assertThat(e).isInstanceOf(RemoteTierException.class),
                e -> assertThat(e).hasCauseInstanceOf(RemoteTierException.class));
      }
      // The value of another key.
      done(tier.put(new ObjectKey(RUN, "8"), payload(1, SIZE), 1));
      for (Path other : valueFiles()) {
        if (!other.equals(file)) {
          Files.copy(other, file, StandardCopyOption.REPLACE_EXISTING);
        }
      }
      assertFails(tier.get(KEY), Reason.DAMAGED, "checksum");
      done(tier.release(KEY));
      assertThat(done(tier.get(KEY))).isEmpty();
    }
  }

  @Test
  void stream_replacedOrReleasedMeanwhile_isNotMixedUp() throws IOException {
    try (DiskTier tier = DiskTier.open(directory)) {
      done(tier.put(KEY, payload(1, SIZE), 1));
      Payload first = done(tier.stream(KEY)).orElseThrow();
      try (InputStream in = first.open()) {
        int begin = in.read();
        done(tier.put(KEY, payload(2, SIZE), 1));
        byte[] rest = in.readAllBytes(); // the file that is open stays what it was
        assertThat(begin).isEqualTo(bytes(1, SIZE)[0] & 0xff);
        assertThat(rest).hasSize(SIZE - 1).endsWith(bytes(1, SIZE)[SIZE - 1]);
      }
      assertThatThrownBy(first::open)
          .isInstanceOf(IOException.class)
          .hasCauseInstanceOf(RemoteTierException.class)
          .hasMessageContaining("replaced");
      Payload second = done(tier.stream(KEY)).orElseThrow();
      done(tier.release(KEY));
      assertThatThrownBy(second::open).isInstanceOf(IOException.class).hasMessageContaining("gone");
    }
  }

  @Test
  void stream_tierIsClosed_ends() throws IOException {
    DiskTier tier = DiskTier.open(directory);
    done(tier.put(KEY, payload(1, SIZE), 1));
    try (InputStream in = done(tier.stream(KEY)).orElseThrow().open()) {
      assertThat(in.read()).isNotNegative();
      tier.close();
      assertThatThrownBy(in::readAllBytes)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("closed");
      assertThatThrownBy(in::read).isInstanceOf(IOException.class);
    }
  }

  @Test
  void put_theRunIsReleasedAllTheTime_completes() {
    try (DiskTier tier = DiskTier.open(directory)) {
      List<CompletableFuture<?>> all = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        all.add(tier.put(new ObjectKey(RUN, "o" + i), payload(i, 1_000), 1));
        all.add(tier.releaseRun(RUN));
      }
      all.forEach(DiskTierTest::done);
    }
  }

  /** What the process that is killed does: writes values, and says which ones are there. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] arguments) throws IOException {
      try (DiskTier tier = DiskTier.open(Path.of(arguments[0]))) {
        for (int i = 0; ; i++) {
          CompletableFuture<?> small =
              tier.put(new ObjectKey(RUN, "small/" + i), payload(i, 1_000), 1);
          CompletableFuture<?> again = tier.put(new ObjectKey(RUN, "again"), payload(i, SIZE), 1);
          CompletableFuture<?> large =
              tier.put(new ObjectKey(RUN, "large/" + i), payload(i, 3_000_000), 1);
          done(small);
          done(again);
          done(large);
          System.out.println(i);
        }
      }
    }
  }

  @Test
  void kill_whileValuesAreWritten_leavesWholeValuesOnly() throws Exception {
    Process process = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-cp",
            System.getProperty("java.class.path"),
            Writer.class.getName(),
            directory.toString())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
    int last = -1;
    try (BufferedReader said =
        new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
      while (last < 12) {
        last = Integer.parseInt(said.readLine());
      }
      process.toHandle().destroyForcibly(); // leaves what it said to be read
      for (String line = said.readLine(); line != null; line = said.readLine()) {
        last = Integer.parseInt(line);
      }
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();

    try (DiskTier tier = DiskTier.open(directory)) {
      for (int i = 0; i <= last + 1; i++) {
        for (String name : List.of("small/", "large/")) {
          var found = done(tier.get(new ObjectKey(RUN, name + i)));
          if (i <= last) {
            assertThat(found).as(name + i).isPresent();
          }
          if (found.isPresent()) {
            int size = name.equals("small/") ? 1_000 : 3_000_000;
            assertThat(found.get().toByteArray()).isEqualTo(bytes(i, size));
          }
        }
      }
      byte[] again = done(tier.get(new ObjectKey(RUN, "again"))).orElseThrow().toByteArray();
      boolean isLast = Arrays.equals(again, bytes(last, SIZE));
      boolean isNext = Arrays.equals(again, bytes(last + 1, SIZE));
      assertThat(isLast || isNext).isTrue();
      assertThat(valueFiles()).noneMatch(file -> file.toString().endsWith(".part"));
      done(tier.releaseRun(RUN));
    }
    assertThat(valueFiles()).isEmpty();
  }

  @Test
  void objectNames_ofAnyKind_areKeptApart() throws IOException {
    List<String> names = List.of("a", "A", "../a", "a/b", "a\\b", "CON", "x".repeat(512), "*", ".");
    try (DiskTier tier = DiskTier.open(directory)) {
      for (String name : names) {
        done(tier.put(new ObjectKey(RUN, name), Payload.of(TYPE, name.getBytes(US_ASCII)), 1));
      }
      for (String name : names) {
        assertThat(done(tier.get(new ObjectKey(RUN, name))).orElseThrow().toByteArray())
            .asString(US_ASCII)
            .isEqualTo(name);
      }
      assertThat(valueFiles()).hasSize(names.size());
    }
  }
}
