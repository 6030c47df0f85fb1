package io.faasflow.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimeScaleTest {
  @ParameterizedTest
  @CsvSource({
    "PT0S, 0",
    "PT0.00000025S, 250 ns",
    "PT0.0000123S, 12.3 µs",
    "PT0.0009996S, 1 ms",
    "PT0.0045S, 4.5 ms",
    "PT0.09999S, 100 ms",
    "PT0.9996S, 1 s",
    "PT1.25S, 1.25 s",
    "PT59.97S, 1 min",
    "PT90S, 1 min 30 s",
    "PT2H, 2 h",
    "PT2H5M, 2 h 5 min",
    "P3DT1H, 3 d 1 h",
    "PT-2S, -2 s"
  })
  void text_ofATime_hasThreeDigitsAndAUnit(Duration time, String text) {
    assertThat(TimeScale.text(time)).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(
      longs = {
        1,
        9,
        999,
        1_234_567,
        12_000_000_000L,
        100_000_000_000L,
        86_400_000_000_000L,
        1L << 60
      })
  void ticks_ofAnySpan_areFewAndWithin(long nanos) {
    TimeScale scale = new TimeScale(nanos, 100, 200);
    assertThat(scale.ticks()).hasSizeBetween(2, 11).startsWith(0L).allMatch(tick -> tick <= nanos);
  }

  @Test
  void x_beyondTheEnds_staysWithin() {
    TimeScale scale = new TimeScale(1_000, 100, 200);
    assertThat(scale.x(Duration.ofNanos(500))).isEqualTo(150);
    assertThat(scale.x(Duration.ofNanos(-5))).isEqualTo(100);
    assertThat(scale.x(Duration.ofNanos(5_000))).isEqualTo(200);
  }
}
