package io.faasflow.docker;

import com.fasterxml.jackson.core.JsonGenerator;
import io.faasflow.docker.CallFailure.Kind;
import io.faasflow.function.FunctionContext;
import io.faasflow.store.Blob;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bytes of one call. In JSON they are objects with the one member {@code $file}, which has the
 * content type and either a path in the container or the bytes in Base64. Confined to the call's thread.
 */
final class CallFiles implements AutoCloseable {
  /** The member that says that an object stands for bytes. */
  static final String MARK = "$file";

  private static final Logger LOG = LoggerFactory.getLogger(CallFiles.class);
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}");
  private static final Pattern TYPE =
      Pattern.compile("[\\w.+-]{1,80}/[\\w.+-]{1,80}(;[ -~]{0,80})?");
  private static final String ANY_TYPE = "application/octet-stream";

  /** An input that is a file. */
  private record Sent(SharedFile file, Blob blob) {}

  private final @Nullable SharedFiles files; // null: bytes travel in requests and answers
  private final FunctionContext context;
  private final long deadline;
  private final Allowance allowance;
  private final Map<String, Sent> sent = new HashMap<>(); // by name
  private final Map<String, Blob> received = new HashMap<>(); // by path
  private @Nullable Mailbox mailbox;
  private boolean hasCome;

  /**
   * Those of a call that begins.
   *
   * @param deadline of {@link System#nanoTime()}: a short answer may name many files
   * @param maxHeapBytes how many bytes small files of the answer may have together
   */
  CallFiles(
      @Nullable SharedFiles files, FunctionContext context, long deadline, long maxHeapBytes) {
    this.files = files;
    this.context = context;
    this.deadline = deadline;
    this.allowance =
        new Allowance(maxHeapBytes, files == null ? 0 : files.room().limit());
  }

  /** Writes what stands for a blob. */
  void write(Blob blob, JsonGenerator out) throws IOException {
    SharedFile file = files == null ? null : files.input(blob);
    out.writeStartObject();
    out.writeObjectFieldStart(MARK);
    out.writeStringField("contentType", blob.contentType());
    out.writeNumberField("size", blob.length());
    if (file == null) {
      writeData(blob, out);
    } else {
      String name = Objects.requireNonNull(files).nextName();
      sent.put(name, new Sent(file, blob));
      out.writeStringField("path", Mailbox.IN + "/" + name);
    }
    out.writeEndObject();
    out.writeEndObject();
  }

  private static void writeData(Blob blob, JsonGenerator out) throws IOException {
    if (blob.length() > Integer.MAX_VALUE / 2) {
      throw new IOException("A Blob of " + blob.length() + " bytes is too large for a request");
    }
    out.writeFieldName("data");
    try (InputStream in = blob.open()) {
      out.writeBinary(in, (int) blob.length());
    }
  }

  /** Puts the files of the input into the inbox of the container that was found for the call. */
  void deliver(Container container) throws IOException {
    mailbox = container.mailbox();
    for (Map.Entry<String, Sent> one : sent.entrySet()) {
      one.getValue().file().linkTo(link(one.getKey()));
    }
  }

  private Path link(String name) {
    return Objects.requireNonNull(mailbox).in().resolve(name);
  }

  /** The output with blobs in the place of what stands for them. */
  @Nullable
  Object receive(@Nullable Object output) throws CallFailure {
    if (output instanceof Map<?, ?> map) {
      return receiveMap(map);
    }
    return output instanceof List<?> list ? receiveList(list) : output;
  }

  private Object receiveMap(Map<?, ?> map) throws CallFailure {
    if (map.size() == 1 && map.containsKey(MARK)) {
      if (System.nanoTime() - deadline >= 0) {
        throw new CallFailure(Kind.TIMEOUT, "the time was up before its files were taken", null);
      }
      return blob(map.get(MARK));
    }
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      replace(entry, receive(entry.getValue()));
    }
    return map;
  }

  @SuppressWarnings("unchecked") // of what Jackson has made of JSON
  private static void replace(Map.Entry<?, ?> entry, @Nullable Object value) {
    if (value != entry.getValue()) {
      ((Map.Entry<Object, @Nullable Object>) entry).setValue(value);
    }
  }

  private Object receiveList(List<?> list) throws CallFailure {
    List<@Nullable Object> all = new ArrayList<>(list.size());
    for (Object element : list) {
      all.add(receive(element));
    }
    return all;
  }

  private Blob blob(@Nullable Object said) throws CallFailure {
    if (!(said instanceof Map<?, ?> map)) {
      throw unclear("is no object");
    }
    Object type = map.containsKey("contentType") ? map.get("contentType") : ANY_TYPE;
    if (!(type instanceof String contentType) || !TYPE.matcher(contentType).matches()) {
      throw unclear("has a contentType that is none");
    }
    if (map.get("data") instanceof String data) {
      try {
        return Blob.of(contentType, Base64.getDecoder().decode(data));
      } catch (
          @SuppressWarnings("unused")
          IllegalArgumentException e) {
        throw unclear("has data that are no Base64");
      }
    }
    if (!(map.get("path") instanceof String path)) {
      throw unclear("has neither a path nor data");
    }
    Blob known = received.get(path);
    if (known == null) {
      known = at(path, contentType);
      received.put(path, known);
    }
    return known;
  }

  private static CallFailure unclear(String why) {
    return new CallFailure(Kind.ANSWER, "what its answer has for '" + MARK + "' " + why, null);
  }

  private Blob at(String path, String contentType) throws CallFailure {
    int slash = path.lastIndexOf('/');
    String name = path.substring(slash + 1);
    String folder = path.substring(0, Math.max(0, slash));
    Sent input = sent.get(name);
    if (folder.equals(Mailbox.IN) && input != null) {
      return input.blob();
    }
    if (!folder.equals(Mailbox.OUT) || !NAME.matcher(name).matches()) {
      throw new CallFailure(
          Kind.ANSWER,
          "its answer names a file that is neither in " + Mailbox.OUT
              + " nor an input of this call: "
              + Json.shown(path.getBytes(StandardCharsets.UTF_8))
              + "; names have letters, digits, points, hyphens and underscores",
          null);
    }
    if (files == null || mailbox == null) {
      throw new CallFailure(
          Kind.ANSWER,
          "its answer names a file, but this container shares no files with its host: let it give the"
              + " bytes as data",
          null);
    }
    hasCome = true;
    Blob blob = files.output(mailbox, name, contentType, context.runId(), allowance);
    // Looked at after the file is listed: so either the run's end finds it, or this finds the end.
    if (context.isCancelled() && blob instanceof FileBlob late) {
      late.file().free();
    }
    return blob;
  }

  /**
   * The container is not at work for this call any more.
   *
   * @param completed whether the call gave an output
   */
  void withdraw(boolean completed) {
    if (mailbox == null) {
      return;
    }
    for (String name : sent.keySet()) {
      try {
        Files.deleteIfExists(link(name));
      } catch (IOException e) {
        LOG.warn("An input stays in the inbox of a container until that is removed", e);
      }
    }
    if (hasCome || !completed) {
      mailbox.empty();
    }
  }

  /** Frees what was made for this call. */
  @Override
  public void close() {
    for (Sent one : sent.values()) {
      if (one.file().run() == null) {
        one.file().free();
      }
    }
  }
}
