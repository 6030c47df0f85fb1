package io.faasflow.faastore;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** A payload that is read from a source. */
final class SourcePayload implements Payload {
  private final String contentType;
  private final long length;
  private final Source source;

  SourcePayload(String contentType, long length, Source source) {
    this.contentType = checkedContentType(contentType);
    if (length < 0) {
      throw new IllegalArgumentException("length must be 0 or more, was " + length);
    }
    this.length = length;
    this.source = Objects.requireNonNull(source, "source");
  }

  static String checkedContentType(String contentType) {
    boolean isFine = contentType.length() <= MAX_CONTENT_TYPE_LENGTH;
    for (int i = 0; i < contentType.length() && isFine; i++) {
      isFine = contentType.charAt(i) >= ' ' && contentType.charAt(i) <= '~';
    }
    if (!isFine) {
      throw new IllegalArgumentException(
          "A content type has up to " + MAX_CONTENT_TYPE_LENGTH + " characters of printable ASCII");
    }
    return contentType;
  }

  @Override
  public String contentType() {
    return contentType;
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public InputStream open() throws IOException {
    return source.open();
  }

  @Override
  public Optional<List<ByteBuffer>> buffers() {
    return Optional.empty();
  }

  @Override
  public String toString() {
    return "Payload[" + contentType + ", " + length + " bytes of a source]";
  }
}
