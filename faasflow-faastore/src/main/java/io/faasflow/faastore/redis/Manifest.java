package io.faasflow.faastore.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.faasflow.faastore.ObjectKey;
import io.faasflow.faastore.Payload;
import java.nio.ByteBuffer;
import java.util.function.IntPredicate;
import java.util.zip.CRC32C;

/**
 * What is stored beside the bytes of a value. The value is visible from the moment on at which its
 * manifest is. Immutable.
 *
 * <p>As bytes: {@code FM}, the format's version, the length (8), the bytes of a chunk (4), the
 * version (16 ASCII characters for who wrote it and 16 for which of its values), the content type
 * (its length in 1, then ASCII), and a CRC-32C of all that and of the key (4).
 *
 * @param version a name that no other value has had
 * @param length of the value, in bytes
 * @param chunkBytes how many bytes of the value a chunk has, the last one the rest; 0 when the value
 *     is stored beside its manifest
 */
record Manifest(String version, String contentType, long length, int chunkBytes) {
  /** How large a value may be: 2 GiB. */
  static final long MAX_LENGTH = 1L << 31;

  static final int MAX_CHUNK_BYTES = 16 << 20;
  static final int VERSION_LENGTH = 32;

  /** Up to so many chunks are written and read in one go. */
  static final int FEW_CHUNKS = 8;

  private static final short MAGIC = 'F' << 8 | 'M';
  private static final byte FORMAT = 1;
  private static final int FIXED = 2 + 1 + 8 + 4 + VERSION_LENGTH + 1 + 4;

  boolean isInline() {
    return chunkBytes == 0;
  }

  /** How many chunks there are; 1 for a value beside its manifest. */
  int chunks() {
    return isInline() ? 1 : (int) ((length + chunkBytes - 1) / chunkBytes);
  }

  /** How many bytes of the value a chunk has. */
  int sizeOf(int chunk) {
    return isInline() ? (int) length : (int) Math.min(chunkBytes, length - offsetOf(chunk));
  }

  long offsetOf(int chunk) {
    return (long) chunk * chunkBytes;
  }

  byte[] encode(ObjectKey key) {
    ByteBuffer bytes = ByteBuffer.allocate(FIXED + contentType.length());
    bytes.putShort(MAGIC).put(FORMAT).putLong(length).putInt(chunkBytes);
    bytes.put(version.getBytes(US_ASCII));
    bytes.put((byte) contentType.length()).put(contentType.getBytes(US_ASCII));
    bytes.putInt(crc(key, bytes.duplicate().flip()));
    return bytes.array();
  }

  /**
   * @throws DamagedException when these are not the bytes of a manifest of this key
   */
  static Manifest decode(ObjectKey key, ByteBuffer bytes) throws DamagedException {
    ByteBuffer in = bytes.duplicate();
    if (in.remaining() < FIXED || in.getShort() != MAGIC) {
      throw new DamagedException("its manifest is none");
    }
    byte format = in.get();
    if (format != FORMAT) {
      throw new DamagedException("its manifest has format " + format + ", not " + FORMAT
          + ": it was written by another version of FaaSFlow for Java");
    }
    long length = in.getLong();
    int chunkBytes = in.getInt();
    String version = ascii(in, VERSION_LENGTH);
    int typeLength = in.get() & 0xff;
    if (in.remaining() != typeLength + 4) {
      throw new DamagedException("its manifest has the wrong length");
    }
    String contentType = ascii(in, typeLength);
    ByteBuffer checked = bytes.duplicate();
    checked.limit(checked.limit() - 4);
    if (in.getInt() != crc(key, checked)) {
      throw new DamagedException("its manifest has the wrong checksum");
    }
    if (length < 0
        || length > MAX_LENGTH
        || chunkBytes < 0
        || chunkBytes > MAX_CHUNK_BYTES
        || (chunkBytes == 0 && length > MAX_CHUNK_BYTES)
        || !each(version, c -> Character.digit(c, 16) >= 0)
        || !each(contentType, c -> c >= ' ' && c <= '~')) {
      throw new DamagedException("its manifest has numbers that cannot be");
    }
    return new Manifest(version, contentType, length, chunkBytes);
  }

  /** Without a stream, which takes longer than all the rest. */
  private static boolean each(String text, IntPredicate condition) {
    for (int i = 0; i < text.length(); i++) {
      if (!condition.test(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static String ascii(ByteBuffer in, int length) {
    byte[] bytes = new byte[length];
    in.get(bytes);
    return new String(bytes, US_ASCII);
  }

  private static int crc(ObjectKey key, ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(key.toString().getBytes(US_ASCII));
    crc.update(bytes);
    return (int) crc.getValue();
  }

  static {
    assert Payload.MAX_CONTENT_TYPE_LENGTH <= 0xff;
  }
}
