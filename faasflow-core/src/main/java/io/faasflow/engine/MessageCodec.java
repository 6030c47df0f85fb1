package io.faasflow.engine;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;

/**
 * Messages as JSON, for transports between machines. Immutable and thread-safe.
 *
 * <p>What is read is untrusted: only the kinds of {@link Message} are made of it, each with all of
 * its parts and no others.
 */
public final class MessageCodec {
  private static final int MAX_BYTES = 1 << 20;
  private static final int MAX_DEPTH = 8;

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Message.Trigger.class, name = "trigger"),
    @JsonSubTypes.Type(value = Message.Assign.class, name = "assign"),
    @JsonSubTypes.Type(value = Message.Completed.class, name = "completed"),
    @JsonSubTypes.Type(value = Message.Failed.class, name = "failed"),
    @JsonSubTypes.Type(value = Message.Prewarm.class, name = "prewarm"),
    @JsonSubTypes.Type(value = Message.EndRun.class, name = "end")
  })
  private interface Kinds {}

  private final ObjectWriter writer;
  private final ObjectReader reader;

  /** A codec. */
  public MessageCodec() {
    JsonMapper mapper = JsonMapper.builder()
        .addMixIn(Message.class, Kinds.class)
        .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
        .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
        .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .build();
    mapper
        .getFactory()
        .setStreamReadConstraints(StreamReadConstraints.builder()
            .maxDocumentLength(MAX_BYTES)
            .maxNestingDepth(MAX_DEPTH)
            .build());
    writer = mapper.writerFor(Message.class);
    reader = mapper.readerFor(Message.class);
  }

  /** A message as UTF-8 JSON. */
  public byte[] encode(Message message) {
    try {
      return writer.writeValueAsBytes(message);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A message cannot be written: " + message, e);
    }
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws IllegalArgumentException when it is no message
   */
  public Message decode(byte[] json) {
    try {
      Message message = reader.readValue(json);
      if (message == null) {
        throw new IllegalArgumentException("This is no message: null");
      }
      return message;
    } catch (IOException e) {
      throw new IllegalArgumentException("This is no message: " + e.getMessage(), e);
    }
  }
}
