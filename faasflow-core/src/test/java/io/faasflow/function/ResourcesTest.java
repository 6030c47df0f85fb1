package io.faasflow.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResourcesTest {
  @Test
  void with_oneValue_keepsTheOthers() {
    Resources all = Resources.NONE.withCpus(1.5).withMemoryBytes(1 << 20).withSlots(2);
    assertThat(all).isEqualTo(new Resources(1.5, 1 << 20, 2));
    assertThat(all.withCpus(3)).isEqualTo(new Resources(3, 1 << 20, 2));
    assertThat(all.withMemoryBytes(3)).isEqualTo(new Resources(1.5, 3, 2));
    assertThat(all.withSlots(3)).isEqualTo(new Resources(1.5, 1 << 20, 3));
    assertThat(Resources.NONE).isEqualTo(new Resources(0, 0, 0));
  }

  @ParameterizedTest
  @ValueSource(
      doubles = {-0.001, -1, Double.NaN, Double.POSITIVE_INFINITY, 1_000_000.5, Double.MAX_VALUE})
  void cpus_nonsense_areRefusedWithTheirValue(double cpus) {
    assertThatThrownBy(() -> new Resources(cpus, 0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("cpus", String.valueOf(cpus));
  }

  @Test
  void memoryAndSlots_negative_areRefusedWithTheirValue() {
    assertThatThrownBy(() -> Resources.NONE.withMemoryBytes(-7))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("memoryBytes", "-7");
    assertThatThrownBy(() -> Resources.NONE.withSlots(-7))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("slots", "-7");
  }

  @Test
  void limits_areInclusive() {
    assertThat(new Resources(Resources.MAX_CPUS, Long.MAX_VALUE, Integer.MAX_VALUE).slots())
        .isEqualTo(Integer.MAX_VALUE);
  }
}
