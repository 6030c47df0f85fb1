package io.faasflow.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.container.ContainerUsage;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The kernel's files, of both versions of control groups. */
class MeterTest {
  @TempDir
  private Path folder;

  private Path cpu;
  private Path memory;

  @BeforeEach
  void files() throws IOException {
    cpu = Files.writeString(folder.resolve("cpu"), "1000000\n");
    memory = Files.writeString(folder.resolve("memory"), "4096\n");
  }

  @Test
  void versionOne_isRead() throws IOException {
    try (Meter meter = Meter.open(cpu, memory, null)) {
      assertThat(meter.sinceLast())
          .isEqualTo(new ContainerUsage(Duration.ZERO, OptionalLong.of(4_096), 0, 0));
      Files.writeString(cpu, "5000000\n");
      Files.writeString(memory, "123456789012\n");
      assertThat(meter.sinceLast())
          .isEqualTo(
              new ContainerUsage(Duration.ofMillis(4), OptionalLong.of(123_456_789_012L), 0, 0));
      assertThat(meter.sinceLast().cpu()).isZero();
    }
  }

  @Test
  void versionTwo_isRead() throws IOException {
    Files.writeString(cpu, stat(2_174_521));
    Files.writeString(memory, "6103040\n");
    try (Meter meter = Meter.open(cpu, memory, null)) {
      Files.writeString(cpu, stat(2_454_703));
      assertThat(meter.sinceLast())
          .isEqualTo(new ContainerUsage(
              Duration.ofMillis(280).plusNanos(182_000), OptionalLong.of(6_103_040), 0, 0));
    }
    try (Meter meter = Meter.open(cpu, null, null)) { // of a kernel before 5.19
      assertThat(meter.sinceLast().memoryPeakBytes()).isEmpty();
    }
  }

  /** As Linux 6.12 has it. */
  private static String stat(long microseconds) {
    return """
        usage_usec %d
        user_usec 1215416
        system_usec 959104
        nice_usec 0
        nr_periods 33
        nr_throttled 24
        throttled_usec 662425
        nr_bursts 0
        burst_usec 0
        """.formatted(microseconds);
  }

  @Test
  void traffic_isThatOfAllDevicesButTheLoopback() throws IOException {
    Path devices = traffic(10, 20);
    try (Meter meter = Meter.open(cpu, memory, devices)) {
      traffic(1_010, 70);
      ContainerUsage usage = meter.sinceLast();
      assertThat(usage.receivedBytes()).isEqualTo(1_000);
      assertThat(usage.sentBytes()).isEqualTo(50);
    }
  }

  private Path traffic(long received, long sent) throws IOException {
    return Files.writeString(
        folder.resolve("dev"),
        """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop
            lo: %d  3 0 0 0 0 0 0 %d 3 0 0 0 0 0 0
          eth0:%d   3 0 0 0 0 0 0 %d 3 0 0 0 0 0 0
        """.formatted(sent, received, received - 4, sent - 4)
            + "  eth1: 4 3 0 0 0 0 0 0 4 3 0 0\n");
  }

  @Test
  void interrupt_endsOneLook_andNoOther() throws IOException {
    try (Meter meter = Meter.open(cpu, memory, traffic(10, 20))) {
      Files.writeString(cpu, "5000000\n");
      Thread.currentThread().interrupt();
      assertThatThrownBy(meter::sinceLast).isInstanceOf(ClosedByInterruptException.class);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(meter.sinceLast().cpu()).isEqualTo(Duration.ofMillis(4));
    }
  }

  @Test
  void somethingElse_isRefused() throws IOException {
    Files.writeString(cpu, "max\n");
    assertThatThrownBy(() -> Meter.open(cpu, memory, null))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("'max'");
    assertThatThrownBy(() -> Meter.open(folder.resolve("none"), memory, null))
        .isInstanceOf(IOException.class);
  }
}
