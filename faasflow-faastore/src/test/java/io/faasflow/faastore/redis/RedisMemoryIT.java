package io.faasflow.faastore.redis;

import static io.faasflow.faastore.redis.RedisTierTest.done;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.faastore.ObjectKey;
import io.faasflow.faastore.Payload;
import io.faasflow.run.RunId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import org.junit.jupiter.api.Test;

/** A value of 500 MB goes to Redis and back through a process that has 48 MB of heap. */
class RedisMemoryIT {
  private static final long SIZE = 500_000_000;
  private static final ObjectKey KEY = new ObjectKey(new RunId(1L << 16, 7), "large");

  @Test
  void streams_largeValueInASmallHeap_pass() throws Exception {
    try (RedisProcess redis = RedisProcess.inMemory()) {
      Process process = new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Xmx48m",
              "-XX:MaxDirectMemorySize=48m",
              "-cp",
              System.getProperty("java.class.path"),
              Passing.class.getName(),
              Integer.toString(redis.port()))
          .redirectErrorStream(true)
          .start();
      String said;
      try {
        said = new String(process.getInputStream().readAllBytes(), UTF_8);
      } finally {
        process.destroyForcibly();
      }
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(said).isZero();
    }
  }

  /** What the process with the small heap does. */
  static final class Passing {
    private Passing() {}

    public static void main(String[] arguments) throws IOException {
      try (RedisTier tier = RedisTier.standalone("127.0.0.1:" + arguments[0])
          .password(RedisProcess.PASSWORD)
          .connect()) {
        done(tier.put(KEY, Payload.of("a/b", SIZE, Numbers::new), 1));
        Payload found = done(tier.stream(KEY)).orElseThrow();
        if (checksum(found.open()) != checksum(new Numbers())) {
          throw new AssertionError("What came back is not what was put");
        }
        done(tier.release(KEY));
      }
    }

    private static long checksum(InputStream opened) throws IOException {
      byte[] buffer = new byte[64 << 10];
      try (CheckedInputStream in = new CheckedInputStream(opened, new CRC32C())) {
        long size = 0;
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
          size += read;
        }
        return in.getChecksum().getValue() + size;
      }
    }
  }

  /** Bytes that depend on their place. */
  private static final class Numbers extends InputStream {
    private long place;

    @Override
    public int read() {
      return place == SIZE ? -1 : next();
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      if (place == SIZE) {
        return length == 0 ? 0 : -1;
      }
      int size = (int) Math.min(length, SIZE - place);
      for (int i = 0; i < size; i++) {
        target[offset + i] = (byte) next();
      }
      return size;
    }

    private int next() {
      long at = place++;
      return (int) (at * 31 + (at >>> 9)) & 0xff;
    }
  }
}
