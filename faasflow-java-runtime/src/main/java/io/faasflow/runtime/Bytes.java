package io.faasflow.runtime;

import io.faasflow.store.Blob;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What stands in JSON for bytes: an object with the one member {@code $file}, which has the content type
 * and either a path or the bytes in Base64. Functions see {@link Blob}s, and give these or arrays of bytes.
 * Confined to one thread.
 */
final class Bytes {
  private static final String MARK = "$file";
  private static final String ANY_TYPE = "application/octet-stream";

  private final @Nullable Path in; // null: files are not shared
  private final @Nullable Path out;
  private final long filesFrom;
  private long count;

  /**
   * Bytes of a container with these folders.
   *
   * @param in where files come from; null: none do
   * @param out where files are put; null: none are
   * @param filesFrom from how many bytes on
   */
  Bytes(@Nullable Path in, @Nullable Path out, long filesFrom) {
    this.in = in;
    this.out = out;
    this.filesFrom = filesFrom;
  }

  /** As the environment of the container has it. */
  static Bytes of(Map<String, String> environment) {
    return new Bytes(
        path(environment.get("FAASFLOW_IN")),
        path(environment.get("FAASFLOW_OUT")),
        Long.parseLong(environment.getOrDefault("FAASFLOW_FILES_FROM", "0")));
  }

  private static @Nullable Path path(@Nullable String text) {
    return text == null ? null : Path.of(text);
  }

  /** A value as JSON has it, with blobs in the place of what stands for them. */
  @Nullable
  Object received(@Nullable Object value) throws IOException {
    if (value instanceof Map<?, ?> map) {
      if (map.size() == 1 && map.get(MARK) instanceof Map<?, ?> said) {
        return blob(said);
      }
      Map<Object, @Nullable Object> all = new LinkedHashMap<>();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        all.put(entry.getKey(), received(entry.getValue()));
      }
      return all;
    }
    if (value instanceof List<?> list) {
      List<@Nullable Object> all = new ArrayList<>(list.size());
      for (Object element : list) {
        all.add(received(element));
      }
      return all;
    }
    return value;
  }

  private Blob blob(Map<?, ?> said) throws IOException {
    String type = said.get("contentType") instanceof String text ? text : ANY_TYPE;
    if (said.get("path") instanceof String text) {
      Path path = Path.of(text);
      if (in == null || !in.equals(path.getParent())) {
        throw new IOException("The request has a file that is not in the inbox: " + path);
      }
      return new Mapped(type, path, Files.size(path));
    }
    return Blob.of(type, Base64.getDecoder().decode(String.valueOf(said.get("data"))));
  }

  /** What stands for bytes; null: the value is none. */
  @Nullable
  Map<String, Object> given(Object value) throws IOException {
    if (value instanceof Mapped mapped) {
      return mark(mapped.contentType(), "path", mapped.path().toString());
    }
    Blob blob = value instanceof byte[] bytes ? Blob.of(bytes) : null;
    if (value instanceof Blob given) {
      blob = given;
    }
    if (blob == null) {
      return null;
    }
    if (out != null && blob.length() >= filesFrom) {
      Path path = out.resolve(Long.toString(++count));
      write(blob, path);
      return mark(blob.contentType(), "path", path.toString());
    }
    ByteBuffer bytes = blob.buffer();
    byte[] all = new byte[bytes.remaining()];
    bytes.get(all);
    return mark(blob.contentType(), "data", Base64.getEncoder().encodeToString(all));
  }

  private static void write(Blob blob, Path path) throws IOException {
    try (InputStream in = blob.open()) {
      Files.copy(in, path);
    }
  }

  private static Map<String, Object> mark(String type, String member, String value) {
    return Map.of(MARK, Map.of("contentType", type, member, value));
  }

  /** An input that is a file. It is there until the call ends; what was mapped of it, for longer. */
  private record Mapped(String contentType, Path path, long length) implements Blob {
    @Override
    public InputStream open() throws IOException {
      return Files.newInputStream(path);
    }

    @Override
    public ByteBuffer buffer() throws IOException {
      if (length > Integer.MAX_VALUE) {
        throw new OutOfMemoryError("A buffer cannot hold " + length + " bytes: use open()");
      }
      try (FileChannel channel = FileChannel.open(path)) {
        return channel.map(FileChannel.MapMode.READ_ONLY, 0, length);
      }
    }
  }
}
