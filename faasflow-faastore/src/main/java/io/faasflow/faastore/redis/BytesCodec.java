package io.faasflow.faastore.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.ToByteBufEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.ByteBuffer;

/** Keys are ASCII; values are written from where they lie. Stateless. */
final class BytesCodec implements RedisCodec<String, Bytes>, ToByteBufEncoder<String, Bytes> {
  @Override
  public String decodeKey(ByteBuffer bytes) {
    return US_ASCII.decode(bytes).toString();
  }

  @Override
  public Bytes decodeValue(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    return Bytes.of(copy);
  }

  @Override
  public ByteBuffer encodeKey(String key) {
    return US_ASCII.encode(key);
  }

  @Override
  public ByteBuffer encodeValue(Bytes value) {
    ByteBuffer all = ByteBuffer.allocate(value.size());
    value.parts().forEach(part -> all.put(part.duplicate()));
    return all.flip();
  }

  @Override
  public void encodeKey(String key, ByteBuf target) {
    ByteBufUtil.writeAscii(target, key);
  }

  @Override
  public void encodeValue(Bytes value, ByteBuf target) {
    for (ByteBuffer part : value.parts()) {
      target.writeBytes(part.duplicate());
    }
  }

  @Override
  public int estimateSize(Object keyOrValue) {
    return keyOrValue instanceof Bytes value ? value.size() : ((String) keyOrValue).length();
  }

  @Override
  public boolean isEstimateExact() {
    return true;
  }
}
