package io.faasflow.examples.mandelbrot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.FaasFlow;
import io.faasflow.examples.mandelbrot.Mandelbrot.Picture;
import java.util.List;
import org.junit.jupiter.api.Test;

class MandelbrotTest {
  @Test
  void run_picture_isSymmetricAndHasMembers() {
    try (FaasFlow flow = FaasFlow.local()) {
      List<String> rows =
          flow.run(Mandelbrot.workflow(), new Picture(40, 10, 100)).lines().toList();
      assertThat(rows).hasSize(10);
      assertThat(rows.get(4)).isEqualTo(rows.get(5)).contains("#####");
      assertThat(rows.get(0)).isEqualTo(rows.get(9)).doesNotContain("#");
    }
  }

  @Test
  void picture_outOfRange_saysTheRange() {
    assertThatThrownBy(() -> new Picture(0, 10, 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("columns must be from 1 to 10000, was 0");
    assertThatThrownBy(() -> new Picture(10, 10, 1_000_001))
        .hasMessage("iterations must be from 1 to 1000000, was 1000001");
  }
}
