package io.faasflow.faastore;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/** A type that Jackson reads and writes. */
final class JsonCodec<T> implements Codec<T> {
  private final String name;
  private final Class<T> type;
  private final ObjectWriter writer;
  private final ObjectReader reader;

  JsonCodec(String name, Class<T> type, ObjectMapper mapper) {
    this.name = name;
    this.type = type;
    this.writer = mapper.writerFor(type);
    this.reader = mapper.readerFor(type);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Class<T> type() {
    return type;
  }

  @Override
  public String contentType() {
    return "application/json";
  }

  /** Writes it and keeps nothing. */
  @Override
  public long size(T value) {
    Counter counter = new Counter();
    try {
      writer.writeValue(counter, value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return counter.count;
  }

  @Override
  public Payload encode(T value) throws IOException {
    return Payload.of(contentType(), writer.writeValueAsBytes(value));
  }

  @Override
  public T decode(Payload payload) throws IOException {
    try (InputStream in = payload.open()) {
      return reader.readValue(in);
    }
  }

  private static final class Counter extends OutputStream {
    private long count;

    @Override
    public void write(int one) {
      count++;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      count += length;
    }
  }
}
