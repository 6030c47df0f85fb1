package io.faasflow.store;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/** A blob that is opened when it is needed. */
record SourceBlob(String contentType, long length, Source source) implements Blob {
  SourceBlob {
    Objects.requireNonNull(contentType, "contentType");
    Objects.requireNonNull(source, "source");
    if (length < 0) {
      throw new IllegalArgumentException("length must be 0 or more, was " + length);
    }
  }

  @Override
  public InputStream open() throws IOException {
    return source.open();
  }

  @Override
  public String toString() {
    return "Blob[" + contentType + ", " + length + " bytes]";
  }
}
