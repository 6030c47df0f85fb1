package io.faasflow.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ValueSizeTest {
  @Test
  void of_simpleValues_isAboutTheirSizeOnAWire() {
    assertThat(ValueSize.of(null)).isEqualTo(1);
    assertThat(ValueSize.of("abc")).isEqualTo(3);
    assertThat(ValueSize.of(new byte[7])).isEqualTo(7);
    assertThat(ValueSize.of(ByteBuffer.allocate(9).position(4))).isEqualTo(5);
    assertThat(ValueSize.of(1)).isEqualTo(8);
    assertThat(ValueSize.of(new double[3])).isEqualTo(24);
    assertThat(ValueSize.of(List.of())).isZero();
    assertThat(ValueSize.of(Map.of("ab", new byte[10]))).isEqualTo(12);
    assertThat(ValueSize.of(new Object())).isEqualTo(RunEvent.UNKNOWN_BYTES);
    assertThat(ValueSize.of(List.of("a", new Object()))).isEqualTo(RunEvent.UNKNOWN_BYTES);
  }

  @Test
  void of_longCollections_isTakenFromTheirBeginning() {
    assertThat(ValueSize.of(Collections.nCopies(1_000_000, "abcd"))).isEqualTo(4_000_000);
  }

  @Test
  void of_whatContainsItself_isUnknown() {
    List<Object> own = new ArrayList<>();
    own.add(own);
    assertThat(ValueSize.of(own)).isEqualTo(RunEvent.UNKNOWN_BYTES);
  }

  @Test
  void of_whatCannotBeRead_isUnknown() {
    Object lazy = new java.util.AbstractList<Integer>() {
      @Override
      public Integer get(int index) {
        throw new IllegalStateException("not loaded");
      }

      @Override
      public int size() {
        return 3;
      }
    };
    assertThat(ValueSize.of(lazy)).isEqualTo(RunEvent.UNKNOWN_BYTES);
  }
}
