package io.faasflow.faastore;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import io.faasflow.store.Blob;
import io.faasflow.store.Composite;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How values become bytes when they leave the memory of their worker. Immutable and thread-safe.
 *
 * <p>Known without more: {@code byte[]}, {@link ByteBuffer} and {@link Blob} as they are; {@link String}
 * as UTF-8; numbers, booleans, {@link java.time.Instant}, {@link java.time.Duration}, {@link
 * java.time.LocalDate}, {@link java.util.UUID}; and lists, sets, maps, {@link Optional}s, arrays of
 * numbers and texts, and the values that workflows make of outputs, of any of these. These become JSON,
 * or CBOR where bytes are among them. What comes back is equal, and of the same type, as far as the
 * interfaces of collections go: any list is an {@link ArrayList}.
 *
 * <p>All other types are {@linkplain Builder#json registered}, under a name of their own. What is
 * stored has that name, never the name of a class, and nothing but registered types is ever made of
 * it. Java serialisation is not used.
 */
public final class Codecs {
  private static final String BYTES = "application/octet-stream";
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String JSON = "application/json";
  private static final String CBOR = "application/cbor";
  private static final String CODEC = "; faasflow-codec=";
  private static final String BLOB = "blob";
  private static final String BUFFER = "buffer";

  private static final StreamReadConstraints SIZES = StreamReadConstraints.builder()
      .maxStringLength(Integer.MAX_VALUE)
      .maxNestingDepth(4 * ValueTags.MAX_DEPTH)
      .build();

  private final Map<String, Codec<?>> byName;
  private final ClassValue<Optional<Codec<?>>> byType = new ClassValue<>() {
    @Override
    protected Optional<Codec<?>> computeValue(Class<?> type) {
      return find(type);
    }
  };
  private final JsonFactory json =
      JsonFactory.builder().streamReadConstraints(SIZES).build();
  private final JsonFactory cbor =
      CBORFactory.builder().streamReadConstraints(SIZES).build();

  private Codecs(Map<String, Codec<?>> byName) {
    this.byName = Map.copyOf(byName);
  }

  /** What is known without more. */
  public static Codecs standard() {
    return builder().build();
  }

  /** Begins codecs. */
  public static Builder builder() {
    return new Builder();
  }

  private Optional<Codec<?>> find(Class<?> type) {
    Codec<?> best = null;
    for (Codec<?> codec : byName.values()) {
      // The most special one: of two that are neither, the types would have to be unrelated.
      if (codec.type().isAssignableFrom(type)
          && (best == null || best.type().isAssignableFrom(codec.type()))) {
        best = codec;
      }
    }
    return Optional.ofNullable(best);
  }

  /** The registered codec of a value; null: there is none. */
  @SuppressWarnings("unchecked") // found by the value's own class
  @Nullable
  Codec<Object> of(Object value) {
    return (Codec<Object>) byType.get(value.getClass()).orElse(null);
  }

  Codec<?> named(String name) throws IOException {
    Codec<?> codec = byName.get(name);
    if (codec == null) {
      throw new IOException("No codec is registered under the name '" + name
          + "'. Register it with Codecs.builder() on all workers");
    }
    return codec;
  }

  /** What a value counts for in memory, in bytes; -1 where it cannot be encoded. */
  long size(@Nullable Object value) {
    try {
      return new ValueMeasure(this).of(value);
    } catch (UncheckedIOException | UnsupportedOperationException e) {
      return ValueMeasure.UNKNOWN;
    }
  }

  /**
   * The bytes of a value.
   *
   * @param task whose output it is, for messages
   * @throws CodecException when it cannot be encoded
   */
  Payload encode(@Nullable Object value, String task, List<Composite.Form> forms) {
    try {
      if (value instanceof byte[] bytes) {
        return Payload.of(BYTES, bytes);
      }
      if (value instanceof ByteBuffer bytes) {
        return Payload.of(BYTES + CODEC + BUFFER, bytes);
      }
      if (value instanceof String text && Utf8.length(text) >= 0) {
        return Payload.of(TEXT, text.getBytes(StandardCharsets.UTF_8));
      }
      if (value instanceof Blob blob) {
        String contentType = blob.contentType() + CODEC + BLOB;
        return blob.isInMemory()
            ? Payload.of(contentType, blob.buffer())
            : Payload.of(contentType, blob.length(), blob::open);
      }
      if (value != null) {
        Codec<Object> codec = of(value);
        if (codec != null) {
          return named(codec.name(), codec.encode(value));
        }
      }
      boolean binary = hasBytes(value, 0);
      ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
      try (JsonGenerator out = (binary ? cbor : json).createGenerator(bytes)) {
        new ValueWriter(this, forms, out).write(value);
      }
      return Payload.of(binary ? CBOR : JSON, bytes.toByteArray());
    } catch (IOException | RuntimeException e) {
      throw new CodecException(
          "The output of '"
              + task
              + "', "
              + (value == null ? "null" : "a " + value.getClass().getName())
              + ", cannot be turned into bytes: "
              + e.getMessage(),
          e);
    }
  }

  private static Payload named(String codec, Payload payload) {
    String contentType = payload.contentType() + CODEC + codec;
    return payload.buffers().isPresent()
        ? Payload.of(contentType, payload.buffers().get().toArray(ByteBuffer[]::new))
        : Payload.of(contentType, payload.length(), payload::open);
  }

  /** Whether there are bytes in it, which JSON would make a third larger. */
  private static boolean hasBytes(@Nullable Object value, int depth) {
    if (value instanceof byte[] || value instanceof Blob || value instanceof ByteBuffer) {
      return true;
    }
    if (depth > ValueTags.MAX_DEPTH) {
      return false; // refused when it is written
    }
    Collection<?> parts = List.of();
    if (value instanceof Collection<?> collection) {
      parts = collection;
    } else if (value instanceof Map<?, ?> map) {
      parts = map.values();
    } else if (value instanceof Composite composite) {
      parts = java.util.Arrays.asList(composite.parts());
    } else if (value instanceof io.faasflow.run.InstanceResult<?> result) {
      parts = result.toOptional().stream().toList();
    }
    for (Object part : parts) {
      if (hasBytes(part, depth + 1)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The value of some bytes.
   *
   * @param task whose output it is, for messages
   * @throws CodecException when they are not those of a value
   */
  @Nullable
  Object decode(Payload payload, String task, List<Composite.Form> forms) {
    String contentType = payload.contentType();
    try {
      int at = contentType.lastIndexOf(CODEC);
      if (at >= 0) {
        return decode(
            payload, contentType.substring(0, at), contentType.substring(at + CODEC.length()));
      }
      return switch (contentType) {
        case BYTES -> payload.toByteArray();
        case TEXT -> new String(payload.toByteArray(), StandardCharsets.UTF_8);
        case JSON -> tree(json, payload, forms);
        case CBOR -> tree(cbor, payload, forms);
        default -> throw new IOException("nothing is known of the content type " + contentType);
      };
    } catch (IOException | RuntimeException e) {
      throw new CodecException(
          "The output of '" + task + "' cannot be read from " + payload + ": " + e.getMessage(), e);
    }
  }

  private @Nullable Object tree(JsonFactory format, Payload payload, List<Composite.Form> forms)
      throws IOException {
    try (InputStream in = payload.open();
        JsonParser parser = format.createParser(in)) {
      return new ValueReader(this, forms, parser).read();
    }
  }

  private Object decode(Payload payload, String contentType, String codec) throws IOException {
    if (codec.equals(BLOB)) {
      return payload.buffers().isPresent()
          ? Blob.of(contentType, joined(payload))
          : Blob.of(contentType, payload.length(), payload::open);
    }
    return codec.equals(BUFFER) ? joined(payload) : named(codec).decode(payload);
  }

  /** The content type of a blob, where these are its bytes and nothing else. */
  static Optional<String> blobType(Payload payload) {
    String contentType = payload.contentType();
    return contentType.endsWith(CODEC + BLOB)
        ? Optional.of(contentType.substring(0, contentType.length() - (CODEC + BLOB).length()))
        : Optional.empty();
  }

  private static ByteBuffer joined(Payload payload) throws IOException {
    List<ByteBuffer> buffers = payload.buffers().orElse(List.of());
    return buffers.size() == 1
        ? buffers.get(0)
        : ByteBuffer.wrap(payload.toByteArray()).asReadOnlyBuffer();
  }

  @Override
  public String toString() {
    return "Codecs" + byName.keySet();
  }

  /** Settings of codecs. Not thread-safe. */
  public static final class Builder {
    private final Map<String, Codec<?>> byName = new LinkedHashMap<>();
    private ObjectMapper mapper = JsonMapper.builder().build();

    private Builder() {}

    /**
     * What reads and writes the types that are registered with {@link #json} afterwards. Default: Jackson's
     * own settings.
     *
     * @throws IllegalArgumentException when it has default typing on, which lets what is stored
     *     choose the classes that are made of it
     */
    public Builder mapper(ObjectMapper newMapper) {
      ObjectMapper copy = newMapper.copy();
      if (copy.getDeserializationConfig().getDefaultTyper(copy.constructType(Object.class))
          != null) {
        throw new IllegalArgumentException("The mapper has default typing on: what is stored could"
            + " choose which classes are made of it. Give a mapper without");
      }
      mapper = copy;
      return this;
    }

    /**
     * A type that Jackson reads and writes as JSON: a record, say.
     *
     * @param name what it is called in what is stored, the same on all workers
     * @throws IllegalArgumentException when the name is in use, or has other characters than letters,
     *     digits, {@code -}, {@code _} and {@code .}
     */
    public <T> Builder json(String name, Class<T> type) {
      return codec(new JsonCodec<>(
          Objects.requireNonNull(name, "name"), Objects.requireNonNull(type, "type"), mapper));
    }

    /**
     * A type with a codec of its own.
     *
     * @throws IllegalArgumentException as for {@link #json}
     */
    public Builder codec(Codec<?> codec) {
      String name = codec.name();
      if (!name.matches("[A-Za-z0-9._-]{1,64}") || name.equals(BLOB) || name.equals(BUFFER)) {
        throw new IllegalArgumentException(
            "A codec's name has 1 to 64 letters, digits, '-', '_' and"
                + " '.', and is not 'blob' or 'buffer'; was '" + name + "'");
      }
      Codec<?> known = byName.putIfAbsent(name, codec);
      if (known != null) {
        throw new IllegalArgumentException("There are two codecs of the name '" + name + "': for "
            + known.type().getName() + " and " + codec.type().getName());
      }
      return this;
    }

    /** Makes the codecs. */
    public Codecs build() {
      return new Codecs(byName);
    }
  }
}
