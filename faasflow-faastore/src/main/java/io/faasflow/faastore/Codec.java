package io.faasflow.faastore;

import java.io.IOException;

/**
 * SPI: how values of one type become bytes and come back. Thread-safe.
 *
 * @param <T> the type
 */
public interface Codec<T> {
  /** What the type is called in what is stored: letters, digits, {@code -}, {@code _} and {@code .}; unique in its {@link Codecs}. */
  String name();

  /** The type; values of its subtypes are encoded with this codec too. */
  Class<T> type();

  /** What the bytes are, as a media type without parameters. */
  String contentType();

  /** How many bytes a value counts for in memory; 0 or more, the same each time it is asked. */
  long size(T value);

  /**
   * The bytes of a value.
   *
   * @throws IOException when it cannot be encoded
   */
  Payload encode(T value) throws IOException;

  /**
   * A value that equals the one that was encoded.
   *
   * @throws IOException when the bytes are not those of such a value
   */
  T decode(Payload payload) throws IOException;
}
