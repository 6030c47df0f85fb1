package io.faasflow.docker;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.faasflow.docker.CallFailure.Kind;
import io.faasflow.run.DataException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Values as JSON, and back. What is read is not trusted: Jackson's limits of depth and length hold. */
final class Json {
  private static final int MAX_SHOWN = 200;

  // Text may be as long as an answer may; how long that is, the connection checks.
  private static final ObjectMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
          .build())
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .addModule(FileJson.module())
      .build();

  private static final ObjectReader READER = MAPPER.readerFor(Object.class);

  private Json() {}

  /** Writes one value. */
  interface Text {
    void writeTo(JsonGenerator out) throws IOException;
  }

  /** The JSON of what has one. */
  static byte[] write(Map<String, ?> plain) {
    try {
      return MAPPER.writeValueAsBytes(plain);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /**
   * The JSON of what may have bytes in it.
   *
   * @param task whose input it is
   * @throws DataException when there is none
   * @throws IOException when bytes cannot be read
   */
  static byte[] write(String task, CallFiles files, Text text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
    try (FileJson out = new FileJson(MAPPER.createGenerator(bytes), files)) {
      text.writeTo(out);
      out.flush();
      return bytes.toByteArray();
    } catch (JsonProcessingException e) {
      throw new DataException(
          "The input of task '" + task + "' cannot be sent to its container, as it is no JSON: "
              + e.getOriginalMessage()
              + ". Give it maps, lists, strings, numbers, booleans, bytes, blobs or null",
          e);
    }
  }

  /** The value of some JSON: maps, lists, strings, numbers, booleans or null. */
  static @Nullable Object read(byte[] json) throws CallFailure {
    try {
      return READER.readValue(json);
    } catch (IOException e) {
      throw new CallFailure(Kind.ANSWER, "its answer is no JSON: " + shown(json), e);
    }
  }

  /** The begin of a text, for messages. */
  static String shown(byte[] text) {
    String begin = new String(
        text, 0, Math.min(text.length, MAX_SHOWN), java.nio.charset.StandardCharsets.UTF_8);
    return "'" + begin.replaceAll("\\p{Cntrl}", " ") + (text.length > MAX_SHOWN ? "...'" : "'");
  }
}
