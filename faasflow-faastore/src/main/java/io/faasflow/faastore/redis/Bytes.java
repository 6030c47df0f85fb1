package io.faasflow.faastore.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * An argument or a reply, in one or more parts that follow each other. The parts stay where they lie
 * until the command is encoded, and may be encoded again after a reconnect: nobody may change them
 * before its reply is there.
 */
record Bytes(List<ByteBuffer> parts) {
  static Bytes of(byte[] bytes) {
    return new Bytes(List.of(ByteBuffer.wrap(bytes)));
  }

  static Bytes of(String ascii) {
    return of(ascii.getBytes(US_ASCII));
  }

  static Bytes of(long number) {
    return of(Long.toString(number));
  }

  int size() {
    int size = 0;
    for (ByteBuffer part : parts) {
      size += part.remaining();
    }
    return size;
  }

  /** What a reply holds, which is always one part. */
  ByteBuffer only() {
    return parts.get(0).duplicate();
  }

  /** A reply that is text. */
  String ascii() {
    return US_ASCII.decode(only()).toString();
  }
}
