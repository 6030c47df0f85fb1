package io.faasflow.faastore;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.run.RunId;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PayloadTest {
  private static final String TEXT = "text/plain";

  private static ByteBuffer ascii(String text) {
    return ByteBuffer.wrap(text.getBytes(US_ASCII));
  }

  @Test
  void of_severalBuffers_isWhatRemainsInThemInOrder() throws IOException {
    ByteBuffer middle = ascii("xx and y");
    middle.position(2).limit(7);
    Payload payload = Payload.of(TEXT, ascii("one"), ascii(""), middle, ascii("two"));

    assertThat(payload.length()).isEqualTo(11);
    assertThat(payload.contentType()).isEqualTo(TEXT);
    assertThat(payload.toByteArray()).asString(US_ASCII).isEqualTo("one and two");
    for (int i = 0; i < 2; i++) {
      try (InputStream in = payload.open()) {
        assertThat(in.read()).isEqualTo('o');
        assertThat(in.readAllBytes()).asString(US_ASCII).isEqualTo("ne and two");
        assertThat(in.read()).isEqualTo(-1);
        assertThat(in.available()).isZero();
      }
    }
    assertThat(middle.position()).isEqualTo(2);
  }

  @Test
  void buffers_inMemory_areReadOnlyWithPositionsOfTheirOwn() {
    Payload payload = Payload.of(TEXT, "abc".getBytes(US_ASCII));
    List<ByteBuffer> first = payload.buffers().orElseThrow();
    assertThat(first.get(0).isReadOnly()).isTrue();
    first.get(0).get();
    assertThat(payload.buffers().orElseThrow().get(0).remaining()).isEqualTo(3);
  }

  @Test
  void of_source_isOpenedEachTime() throws IOException {
    byte[] bytes = "abc".getBytes(US_ASCII);
    Payload payload = Payload.of(TEXT, 3, () -> new ByteArrayInputStream(bytes));
    assertThat(payload.buffers()).isEmpty();
    assertThat(payload.toByteArray()).isEqualTo(bytes);
    assertThat(payload.toByteArray()).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(longs = {2, 4})
  void toByteArray_sourceOfAnotherLength_isRefused(long length) {
    byte[] bytes = "abc".getBytes(US_ASCII);
    Payload payload = Payload.of(TEXT, length, () -> new ByteArrayInputStream(bytes));
    assertThatThrownBy(payload::toByteArray)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(length + " bytes");
  }

  @Test
  void of_badArguments_areRefused() {
    assertThatThrownBy(() -> Payload.of("a\nb", new byte[0]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Payload.of("a".repeat(256), new byte[0]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Payload.of(TEXT, -1, InputStream::nullInputStream))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a\n", "é", "\0"})
  void objectKey_badName_isRefused(String name) {
    assertThatThrownBy(() -> new ObjectKey(new RunId(1, 2), name))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void objectKey_tooLong_isRefused() {
    assertThat(new ObjectKey(new RunId(1, 2), "x".repeat(512)).name()).hasSize(512);
    assertThatThrownBy(() -> new ObjectKey(new RunId(1, 2), "x".repeat(513)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("512");
  }
}
