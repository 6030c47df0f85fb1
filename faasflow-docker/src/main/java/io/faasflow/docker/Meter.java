package io.faasflow.docker;

import io.faasflow.container.ContainerUsage;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a container takes, from files that the kernel keeps, which stay open: a look takes
 * microseconds. For one thread at a time; {@link #close} for any.
 */
final class Meter implements AutoCloseable {
  private static final int MAX_BYTES = 8 << 10;
  private static final String MICROSECONDS = "usage_usec ";

  private final RandomAccessFile cpu;
  private final @Nullable RandomAccessFile memoryPeak;
  private final @Nullable RandomAccessFile traffic;
  private final byte[] text = new byte[MAX_BYTES]; // what was read last
  private long cpuNanos;
  private long received;
  private long sent;

  private Meter(
      RandomAccessFile cpu,
      @Nullable RandomAccessFile memoryPeak,
      @Nullable RandomAccessFile traffic) {
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
    RandomAccessFile memoryFile = null;
    RandomAccessFile trafficFile = null;
    RandomAccessFile cpuFile = file(cpu);
    try {
      memoryFile = memoryPeak == null ? null : file(memoryPeak);
      trafficFile = traffic == null ? null : file(traffic);
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

  private static RandomAccessFile file(Path path) throws IOException {
    return new RandomAccessFile(path.toFile(), "r");
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
    cpuNanos = nanos(read(cpu));
    if (traffic != null) {
      readTraffic(read(traffic));
    }
    return new ContainerUsage(
        Duration.ofNanos(Math.max(0, cpuNanos - cpuBefore)),
        memoryPeak == null
            ? OptionalLong.empty()
            : OptionalLong.of(number(read(memoryPeak).trim())),
        Math.max(0, received - receivedBefore),
        Math.max(0, sent - sentBefore));
  }

  private String read(RandomAccessFile file) throws IOException {
    file.seek(0);
    int length = file.read(text);
    return new String(text, 0, Math.max(0, length), StandardCharsets.ISO_8859_1);
  }

  /** {@code 123\n} nanoseconds, or {@code usage_usec 123\n...} microseconds. */
  private static long nanos(String text) throws IOException {
    return text.startsWith(MICROSECONDS)
        ? 1_000 * number(text.substring(MICROSECONDS.length(), text.indexOf('\n')))
        : number(text.trim());
  }

  private static long number(String text) throws IOException {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IOException("A number was to be read, not '" + text + "'", e);
    }
  }

  /** Lines such as {@code eth0: BYTES PACKETS ... BYTES PACKETS ...}, after two of headings. */
  private void readTraffic(String text) throws IOException {
    received = 0;
    sent = 0;
    for (String line : text.lines().skip(2).toList()) {
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

  private static void close(@Nullable RandomAccessFile file) {
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
