package io.faasflow.docker;

import io.faasflow.container.ContainerUsage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a container takes, from files that the kernel keeps, which stay open: a look takes
 * microseconds. For one thread at a time; {@link #close} for any.
 */
final class Meter implements AutoCloseable {
  private static final int MAX_BYTES = 8 << 10;
  private static final byte[] MICROSECONDS = "usage_usec ".getBytes(StandardCharsets.US_ASCII);

  /** A file that is read from its begin each time, by one call of the kernel. */
  private static final class Account implements AutoCloseable {
    private final Path path;
    private FileChannel file;

    Account(Path path) throws IOException {
      this.path = path;
      this.file = FileChannel.open(path);
    }

    /** How many bytes were read. */
    int read(byte[] into) throws IOException {
      try {
        return Math.max(0, file.read(ByteBuffer.wrap(into), 0));
      } catch (ClosedByInterruptException e) {
        file = FileChannel.open(path); // the next call has done nothing to deserve it
        throw e;
      }
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  private final Account cpu;
  private final @Nullable Account memoryPeak;
  private final @Nullable Account traffic;
  private final byte[] text = new byte[MAX_BYTES]; // what was read last
  private int length;
  private long cpuNanos;
  private long received;
  private long sent;

  private Meter(Account cpu, @Nullable Account memoryPeak, @Nullable Account traffic) {
    this.cpu = cpu;
    this.memoryPeak = memoryPeak;
    this.traffic = traffic;
  }

  /**
   * Begins to measure.
   *
   * @param cpu {@code cpuacct.usage}, or {@code cpu.stat}
   * @param memoryPeak {@code memory.max_usage_in_bytes}, or {@code memory.peak}; null: there is none
   * @param traffic {@code /proc/PID/net/dev}; null: there is no network
   */
  static Meter open(Path cpu, @Nullable Path memoryPeak, @Nullable Path traffic)
      throws IOException {
    Account memoryFile = null;
    Account trafficFile = null;
    Account cpuFile = new Account(cpu);
    try {
      memoryFile = memoryPeak == null ? null : new Account(memoryPeak);
      trafficFile = traffic == null ? null : new Account(traffic);
      Meter meter = new Meter(cpuFile, memoryFile, trafficFile);
      meter.sinceLast();
      return meter;
    } catch (IOException | RuntimeException e) {
      close(cpuFile);
      close(memoryFile);
      close(trafficFile);
      throw e;
    }
  }

  /**
   * What the container took since the look before.
   *
   * @throws IOException when it is gone
   */
  ContainerUsage sinceLast() throws IOException {
    long cpuBefore = cpuNanos;
    long receivedBefore = received;
    long sentBefore = sent;
    OptionalLong peak =
        memoryPeak == null ? OptionalLong.empty() : OptionalLong.of(readNumber(memoryPeak));
    if (traffic != null) {
      read(traffic);
      readTraffic();
    }
    cpuNanos = readNanos(); // last: what is not told now, is the next time
    return new ContainerUsage(
        Duration.ofNanos(Math.max(0, cpuNanos - cpuBefore)),
        peak,
        Math.max(0, received - receivedBefore),
        Math.max(0, sent - sentBefore));
  }

  private long readNumber(Account file) throws IOException {
    read(file);
    return number(0);
  }

  private void read(Account file) throws IOException {
    length = file.read(text);
  }

  private String text() {
    return new String(text, 0, length, StandardCharsets.ISO_8859_1);
  }

  /** {@code 123\n} nanoseconds, or {@code usage_usec 123\n...} microseconds. */
  private long readNanos() throws IOException {
    read(cpu);
    int begin = MICROSECONDS.length;
    return length > begin && Arrays.equals(text, 0, begin, MICROSECONDS, 0, begin)
        ? 1_000 * number(begin)
        : number(0);
  }

  /** What a line has from some place on. Each call comes by here: so it is read as it is. */
  private long number(int begin) throws IOException {
    long number = 0;
    int at = begin;
    while (at < length && text[at] >= '0' && text[at] <= '9') {
      number = 10 * number + text[at] - '0';
      at++;
    }
    if (at == begin || (at < length && text[at] != '\n')) {
      throw new IOException("A number was to be read, not '" + text().trim() + "'");
    }
    return number;
  }

  private static long number(String text) throws IOException {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IOException("A number was to be read, not '" + text + "'", e);
    }
  }

  /** Lines such as {@code eth0: BYTES PACKETS ... BYTES PACKETS ...}, after two of headings. */
  private void readTraffic() throws IOException {
    received = 0;
    sent = 0;
    for (String line : text().lines().skip(2).toList()) {
      String[] device = line.trim().split("[:\\s]+", -1);
      if (device.length > 9 && !device[0].equals("lo")) {
        received += number(device[1]);
        sent += number(device[9]);
      }
    }
  }

  @Override
  public void close() {
    close(cpu);
    close(memoryPeak);
    close(traffic);
  }

  private static void close(@Nullable Account file) {
    try {
      if (file != null) {
        file.close();
      }
    } catch (
        @SuppressWarnings("unused")
        IOException e) {
      // Nothing was written, and the descriptor is gone.
    }
  }
}
