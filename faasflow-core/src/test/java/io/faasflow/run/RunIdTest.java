package io.faasflow.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunIdTest {
  @Test
  void parse_whatToStringWrote_givesTheSameId() {
    Random random = new Random(1);
    for (int i = 0; i < 10_000; i++) {
      RunId id = new RunId(random.nextLong(), random.nextLong());
      assertThat(RunId.parse(id.toString())).isEqualTo(id).hasSameHashCodeAs(id);
      assertThat(RunId.parse(id.toString().toUpperCase(Locale.ROOT))).isEqualTo(id);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "1-2-3-4-5",
        "0190163d-8694-739b-aea5-966c26f8ad9",
        "0190163d-8694-739b-aea5-966c26f8ad911",
        "0190163d8694739baea5966c26f8ad91",
        "0190163d-8694-739b-aea5-966c26f8adzz",
        "0190163-d8694-739b-aea5-966c26f8ad91",
        " 0190163d-8694-739b-aea5-966c26f8ad91",
        "+190163d-8694-739b-aea5-966c26f8ad91",
      })
  void parse_noUuid_isRefused(String text) {
    assertThatThrownBy(() -> RunId.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void compareTo_idsOfLaterMilliseconds_areLarger() {
    List<RunId> inOrder = List.of(
        new RunId(0, 0),
        new RunId(0, Long.MAX_VALUE),
        new RunId(0, Long.MIN_VALUE), // unsigned: above all positive ones
        new RunId(0, -1),
        new RunId(1L << 16, 0),
        new RunId(Long.MAX_VALUE, 0),
        new RunId(Long.MIN_VALUE, 0),
        new RunId(-1, -1));
    List<RunId> shuffled = new ArrayList<>(inOrder);
    Collections.shuffle(shuffled, new Random(2));
    Collections.sort(shuffled);
    assertThat(shuffled).isEqualTo(inOrder);
    assertThat(shuffled.stream().map(RunId::toString)).isSorted();
  }

  @Test
  void epochMillis_ofAnId_areItsFirst48Bits() {
    long millis = 1_800_000_000_123L;
    assertThat(new RunId(millis << 16 | 0x7fff, -1).epochMillis()).isEqualTo(millis);
    assertThat(new RunId(-1, 0).epochMillis()).isEqualTo((1L << 48) - 1);
  }
}
