package io.faasflow.faastore.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;

/**
 * How the bytes of a chunk are stored: a magic byte, how they are compressed (1), a CRC-32C (4), and the
 * bytes. The checksum is of the value's version, the chunk's number and the stored bytes, so that a
 * chunk in a place that is not its own is as wrong as one whose bytes have changed.
 */
final class Frame {
  static final int HEADER_BYTES = 6;

  private static final byte MAGIC = (byte) 0xFA;
  private static final byte RAW = 0;
  private static final byte LZ4 = 1;

  /** Three samples of this many bytes tell whether a chunk is worth compressing. */
  private static final int SAMPLE_BYTES = 4096;

  private Frame() {}

  static Bytes raw(String version, int chunk, List<ByteBuffer> content) {
    List<ByteBuffer> parts = new ArrayList<>(content.size() + 1);
    parts.add(header(RAW, crc(version, chunk, content)));
    parts.addAll(content);
    return new Bytes(parts);
  }

  /** Compressed when a sample, and then the whole, say that it saves an eighth; else raw. */
  static Bytes compressed(String version, int chunk, List<ByteBuffer> content) {
    byte[] plain = contiguous(content);
    LZ4Compressor compressor = LZ4Factory.fastestInstance().fastCompressor();
    if (isWorthIt(compressor, plain)) {
      byte[] packed = new byte[plain.length - plain.length / 8];
      try {
        int size = compressor.compress(plain, 0, plain.length, packed, 0, packed.length);
        List<ByteBuffer> parts = List.of(ByteBuffer.wrap(packed, 0, size));
        return new Bytes(List.of(header(LZ4, crc(version, chunk, parts)), parts.get(0)));
      } catch (LZ4Exception doesNotFit) {
        // It saves less than an eighth.
      }
    }
    return raw(version, chunk, content);
  }

  private static boolean isWorthIt(LZ4Compressor compressor, byte[] plain) {
    if (plain.length <= 4 * SAMPLE_BYTES) {
      return plain.length >= 64;
    }
    byte[] target = new byte[compressor.maxCompressedLength(SAMPLE_BYTES)];
    int packed = 0;
    for (int i = 0; i < 3; i++) {
      int offset = (int) ((long) (plain.length - SAMPLE_BYTES) * i / 2);
      packed += compressor.compress(plain, offset, SAMPLE_BYTES, target, 0, target.length);
    }
    return packed <= 3 * SAMPLE_BYTES * 7 / 8;
  }

  private static byte[] contiguous(List<ByteBuffer> content) {
    byte[] all = new byte[content.stream().mapToInt(ByteBuffer::remaining).sum()];
    int offset = 0;
    for (ByteBuffer part : content) {
      int size = part.remaining();
      part.duplicate().get(all, offset, size);
      offset += size;
    }
    return all;
  }

  /** Reads a whole frame that is in memory. */
  static ByteBuffer decode(String version, int chunk, int size, ByteBuffer frame)
      throws DamagedException {
    Arrived arrived = arrived(frame, ByteBuffer.allocate(size));
    return finish(version, chunk, arrived);
  }

  /**
   * What has arrived of a chunk: still to be verified.
   *
   * @param target where the chunk's bytes belong; holds them already when nothing is packed
   * @param packed the compressed bytes, or empty
   */
  record Arrived(byte codec, int crc, ByteBuffer packed, ByteBuffer target) {}

  /**
   * Takes the bytes of a frame over, which are gone afterwards; cheap enough for a thread that reads from the network.
   *
   * @param target exactly as large as the chunk
   */
  static Arrived arrived(ByteBuffer frame, ByteBuffer target) throws DamagedException {
    if (frame.remaining() < HEADER_BYTES || frame.get() != MAGIC) {
      throw new DamagedException("is not in the form that it was written in");
    }
    byte codec = frame.get();
    int crc = frame.getInt();
    int size = frame.remaining();
    if (codec == RAW) {
      if (size != target.remaining()) {
        throw new DamagedException("has " + size + " bytes instead of " + target.remaining());
      }
      target.duplicate().put(frame);
      return new Arrived(codec, crc, ByteBuffer.allocate(0), target);
    }
    if (codec != LZ4 || size > target.remaining()) {
      throw new DamagedException("is not in the form that it was written in");
    }
    return new Arrived(codec, crc, ByteBuffer.allocate(size).put(frame).flip(), target);
  }

  /** Verifies and decompresses. */
  static ByteBuffer finish(String version, int chunk, Arrived arrived) throws DamagedException {
    ByteBuffer stored = arrived.codec == RAW ? arrived.target : arrived.packed;
    if (crc(version, chunk, List.of(stored)) != arrived.crc) {
      throw new DamagedException("has the wrong checksum");
    }
    ByteBuffer target = arrived.target;
    if (arrived.codec == LZ4) {
      int size;
      try {
        size = LZ4Factory.fastestInstance()
            .safeDecompressor()
            .decompress(
                stored,
                stored.position(),
                stored.remaining(),
                target,
                target.position(),
                target.remaining());
      } catch (LZ4Exception e) {
        throw new DamagedException("cannot be decompressed");
      }
      if (size != target.remaining()) {
        throw new DamagedException("has " + size + " bytes instead of " + target.remaining());
      }
    }
    return target.duplicate();
  }

  private static ByteBuffer header(byte codec, int crc) {
    return ByteBuffer.allocate(HEADER_BYTES).put(MAGIC).put(codec).putInt(crc).flip();
  }

  private static int crc(String version, int chunk, List<ByteBuffer> content) {
    CRC32C crc = new CRC32C();
    crc.update(version.getBytes(US_ASCII));
    crc.update(ByteBuffer.allocate(4).putInt(chunk).flip());
    content.forEach(part -> crc.update(part.duplicate()));
    return (int) crc.getValue();
  }
}
