package io.faasflow.docker;

import com.fasterxml.jackson.core.JsonGenerationException;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.util.JsonGeneratorDelegate;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import io.faasflow.store.Blob;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Function;

/**
 * Writes JSON with blobs in it. Nobody else may write what stands for one: else who can choose a value,
 * such as a request's body, could have a function read any file of its container.
 */
final class FileJson extends JsonGeneratorDelegate {
  private final CallFiles files;

  FileJson(JsonGenerator out, CallFiles files) {
    super(out, false);
    this.files = files;
  }

  /** How the mapper writes bytes. Works with this generator only. */
  static SimpleModule module() {
    return new SimpleModule("blobs")
        .addSerializer(Blob.class, serializer(blob -> blob))
        .addSerializer(byte[].class, serializer(Blob::of))
        .addSerializer(
            ByteBuffer.class, serializer(bytes -> Blob.of("application/octet-stream", bytes)));
  }

  private static <T> JsonSerializer<T> serializer(Function<T, Blob> blob) {
    return new JsonSerializer<>() {
      @Override
      public void serialize(T value, JsonGenerator out, SerializerProvider provider)
          throws IOException {
        FileJson json = (FileJson) out;
        json.files.write(blob.apply(value), json.delegate);
      }
    };
  }

  @Override
  public void writeFieldName(String name) throws IOException {
    check(name);
    super.writeFieldName(name);
  }

  @Override
  public void writeFieldName(SerializableString name) throws IOException {
    check(name.getValue());
    super.writeFieldName(name);
  }

  @Override
  public void writeNumber(double number) throws IOException {
    check(number);
    super.writeNumber(number);
  }

  @Override
  public void writeNumber(float number) throws IOException {
    check(number);
    super.writeNumber(number);
  }

  @Override
  public void writeArray(double[] all, int offset, int length) throws IOException {
    for (int i = offset; i < offset + length; i++) {
      check(all[i]);
    }
    super.writeArray(all, offset, length);
  }

  /** Jackson would write a text in place of it. */
  private void check(double number) throws IOException {
    if (!Double.isFinite(number)) {
      throw new JsonGenerationException(number + " is no number in JSON", this);
    }
  }

  private void check(String name) throws IOException {
    if (name.equals(CallFiles.MARK)) {
      throw new JsonGenerationException(
          "a member has the name '" + CallFiles.MARK + "', which stands for files", this);
    }
  }
}
