package io.faasflow.faastore.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.faastore.ObjectKey;
import io.faasflow.run.RunId;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is stored in Redis is believed only when it is what was written, where it was written. */
class FormatTest {
  private static final ObjectKey KEY = new ObjectKey(new RunId(1, 2), "7");
  private static final String VERSION = "0123456789abcdef0123456789abcdef";

  private static byte[] flat(Bytes bytes) {
    ByteBuffer all = ByteBuffer.allocate(bytes.size());
    bytes.parts().forEach(part -> all.put(part.duplicate()));
    return all.array();
  }

  private static byte[] compressible(int size) {
    byte[] bytes = new byte[size];
    SplittableRandom random = new SplittableRandom(size);
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) random.nextInt(4);
    }
    return bytes;
  }

  @Test
  void manifest_written_isReadAsItWas() throws DamagedException {
    for (Manifest manifest : List.of(
        new Manifest(VERSION, "", 0, 0),
        new Manifest(VERSION, "x".repeat(255), 65_536, 0),
        new Manifest(VERSION, "application/json", 1L << 31, 512_000))) {
      assertThat(Manifest.decode(KEY, ByteBuffer.wrap(manifest.encode(KEY)))).isEqualTo(manifest);
    }
  }

  @Test
  void manifest_anyByteChanged_isDamaged() {
    byte[] good = new Manifest(VERSION, "text/plain", 1_000_000, 512_000).encode(KEY);
    for (int i = 0; i < good.length; i++) {
      for (int change : new int[] {1, 0x80, 0xff}) {
        byte[] bad = good.clone();
        bad[i] ^= (byte) change;
        assertThatThrownBy(() -> Manifest.decode(KEY, ByteBuffer.wrap(bad)))
            .as("byte %d", i)
            .isInstanceOf(DamagedException.class);
      }
    }
    for (int length = 0; length < good.length; length++) {
      byte[] bad = Arrays.copyOf(good, length);
      assertThatThrownBy(() -> Manifest.decode(KEY, ByteBuffer.wrap(bad)))
          .isInstanceOf(DamagedException.class);
    }
    ObjectKey other = new ObjectKey(KEY.run(), "8");
    assertThatThrownBy(() -> Manifest.decode(other, ByteBuffer.wrap(good)))
        .isInstanceOf(DamagedException.class)
        .hasMessageContaining("checksum");
  }

  @Test
  void manifest_numbersThatCannotBe_areDamaged() {
    for (Manifest manifest : List.of(
        new Manifest(VERSION, "", (1L << 31) + 1, 512_000),
        new Manifest(VERSION, "", -1, 512_000),
        new Manifest(VERSION, "", 1 << 30, 0),
        new Manifest(VERSION, "", 1 << 30, 1 << 30),
        new Manifest(VERSION, "", 1 << 30, -1),
        new Manifest(VERSION.replace('0', 'x'), "", 1, 0))) {
      assertThatThrownBy(() -> Manifest.decode(KEY, ByteBuffer.wrap(manifest.encode(KEY))))
          .isInstanceOf(DamagedException.class)
          .hasMessageContaining("cannot be");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 63, 64, 5_000, 40_000})
  void frame_rawOrCompressed_isReadAsItWas(int size) throws DamagedException {
    byte[] content = compressible(size);
    List<ByteBuffer> parts = List.of(
        ByteBuffer.wrap(content, 0, size / 2), ByteBuffer.wrap(content, size / 2, size - size / 2));
    byte[] raw = flat(Frame.raw(VERSION, 3, parts));
    byte[] packed = flat(Frame.compressed(VERSION, 3, parts));
    assertThat(raw).hasSize(size + Frame.HEADER_BYTES);
    if (size >= 5_000) {
      assertThat(packed.length).isLessThan(raw.length);
    }
    for (byte[] frame : List.of(raw, packed)) {
      ByteBuffer read = Frame.decode(VERSION, 3, size, ByteBuffer.wrap(frame));
      assertThat(read).isEqualTo(ByteBuffer.wrap(content));
    }
  }

  @Test
  void frame_notWorthCompressing_isRaw() {
    byte[] noise = new byte[100_000];
    new SplittableRandom(1).nextBytes(noise);
    assertThat(Frame.compressed(VERSION, 0, List.of(ByteBuffer.wrap(noise))).size())
        .isEqualTo(noise.length + Frame.HEADER_BYTES);
    // Compressible where it is sampled, and nowhere else.
    Arrays.fill(noise, 0, 5_000, (byte) 0);
    Arrays.fill(noise, 47_000, 53_000, (byte) 0);
    Arrays.fill(noise, 95_000, 100_000, (byte) 0);
    assertThat(Frame.compressed(VERSION, 0, List.of(ByteBuffer.wrap(noise))).size())
        .isLessThanOrEqualTo(noise.length + Frame.HEADER_BYTES);
  }

  @Test
  void frame_anyByteChanged_isDamaged() {
    byte[] content = compressible(300);
    List<ByteBuffer> parts = List.of(ByteBuffer.wrap(content));
    for (Bytes frame : List.of(Frame.raw(VERSION, 0, parts), Frame.compressed(VERSION, 0, parts))) {
      byte[] good = flat(frame);
      for (int i = 0; i < good.length; i++) {
        byte[] bad = good.clone();
        bad[i] ^= 1;
        assertDamaged(VERSION, 0, content.length, bad);
      }
      for (int length = 0; length < good.length; length++) {
        assertDamaged(VERSION, 0, content.length, Arrays.copyOf(good, length));
      }
      assertDamaged(VERSION, 0, content.length, Arrays.copyOf(good, good.length + 1));
      // What belongs elsewhere.
      assertDamaged(VERSION, 1, content.length, good);
      assertDamaged(VERSION.replace('f', 'e'), 0, content.length, good);
      assertDamaged(VERSION, 0, content.length + 1, good);
      assertDamaged(VERSION, 0, content.length - 1, good);
    }
  }

  private static void assertDamaged(String version, int chunk, int size, byte[] frame) {
    assertThatThrownBy(() -> Frame.decode(version, chunk, size, ByteBuffer.wrap(frame)))
        .isInstanceOf(DamagedException.class);
  }
}
