package io.faasflow.faastore;

import com.fasterxml.jackson.core.JsonGenerator;
import io.faasflow.run.FailureSite;
import io.faasflow.run.InstanceResult;
import io.faasflow.run.RemoteFailureException;
import io.faasflow.run.TaskFailure;
import io.faasflow.store.Blob;
import io.faasflow.store.Composite;
import io.faasflow.workflow.Outputs;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Writes a value so that {@link ValueReader} gives an equal one: what JSON has a form for as such, so that
 * plain trees are plain JSON, and all else under a {@linkplain ValueTags tag}. Confined to one thread.
 */
final class ValueWriter {
  /** Larger stack traces are cut. */
  private static final int MAX_TRACE = 16_000;

  private final Codecs codecs;
  private final List<Composite.Form> forms;
  private final JsonGenerator out;
  private int depth;

  ValueWriter(Codecs codecs, List<Composite.Form> forms, JsonGenerator out) {
    this.codecs = codecs;
    this.forms = forms;
    this.out = out;
  }

  static boolean isScalar(Object value) {
    return value instanceof Integer
        || value instanceof Long
        || value instanceof Double
        || value instanceof Float
        || value instanceof Short
        || value instanceof Byte
        || value instanceof Character
        || value instanceof BigInteger
        || value instanceof BigDecimal
        || value instanceof Instant
        || value instanceof Duration
        || value instanceof LocalDate
        || value instanceof UUID;
  }

  void write(@Nullable Object value) throws IOException {
    if (value == null) {
      out.writeNull();
    } else if (value instanceof String text) {
      writeText(text);
    } else if (value instanceof Boolean bool) {
      out.writeBoolean(bool);
    } else if (value == Outputs.absent()) {
      tagged(ValueTags.ABSENT, out::writeNull);
    } else {
      writeOther(value);
    }
  }

  private void writeOther(Object value) throws IOException {
    Codec<Object> codec = codecs.of(value);
    if (codec != null) {
      writeWith(codec, value);
    } else if (isScalar(value)) {
      writeScalar(value);
    } else {
      if (++depth > ValueTags.MAX_DEPTH) {
        throw new CodecException(
            "The value has lists or maps in each other " + ValueTags.MAX_DEPTH + " deep", null);
      }
      writeComposed(value);
      depth--;
    }
  }

  private interface Content {
    void write() throws IOException;
  }

  private void tagged(String tag, Content content) throws IOException {
    out.writeStartObject();
    out.writeFieldName(tag);
    content.write();
    out.writeEndObject();
  }

  private void array(String tag, Content content) throws IOException {
    tagged(tag, () -> {
      out.writeStartArray();
      content.write();
      out.writeEndArray();
    });
  }

  private void writeText(String text) throws IOException {
    if (Utf8.length(text) >= 0) {
      out.writeString(text);
    } else {
      tagged(ValueTags.UTF16, () -> out.writeBinary(chars(text)));
    }
  }

  private static byte[] chars(String text) {
    byte[] bytes = new byte[Character.BYTES * text.length()];
    ByteBuffer.wrap(bytes).asCharBuffer().put(text);
    return bytes;
  }

  private void writeScalar(Object value) throws IOException {
    if (value instanceof Integer number) {
      out.writeNumber(number);
    } else if (value instanceof Long number) {
      if (number.intValue() == number) {
        tagged(ValueTags.LONG, () -> out.writeNumber(number));
      } else {
        out.writeNumber(number);
      }
    } else if (value instanceof Double number) {
      if (Double.isFinite(number)) {
        out.writeNumber(number);
      } else {
        tagged(ValueTags.DOUBLE, () -> out.writeString(number.toString()));
      }
    } else if (value instanceof BigInteger number) {
      tagged(ValueTags.INTEGER, () -> out.writeString(number.toString()));
    } else {
      tagged(
          tagOf(value),
          () -> out.writeString(
              value instanceof Character c ? Integer.toString(c) : value.toString()));
    }
  }

  private static String tagOf(Object scalar) {
    if (scalar instanceof Float) {
      return ValueTags.FLOAT;
    }
    if (scalar instanceof Short) {
      return ValueTags.SHORT;
    }
    if (scalar instanceof Byte) {
      return ValueTags.BYTE;
    }
    if (scalar instanceof Character) {
      return ValueTags.CHAR;
    }
    if (scalar instanceof BigDecimal) {
      return ValueTags.DECIMAL;
    }
    if (scalar instanceof Instant) {
      return ValueTags.INSTANT;
    }
    if (scalar instanceof Duration) {
      return ValueTags.DURATION;
    }
    return scalar instanceof LocalDate ? ValueTags.DATE : ValueTags.UUID;
  }

  private void writeComposed(Object value) throws IOException {
    if (value instanceof byte[] bytes) {
      tagged(ValueTags.BYTES, () -> out.writeBinary(bytes));
    } else if (value instanceof ByteBuffer bytes) {
      tagged(ValueTags.BUFFER, () -> writeBinary(bytes));
    } else if (value instanceof Blob blob) {
      array(ValueTags.BLOB, () -> {
        out.writeString(blob.contentType());
        writeBinary(blob.buffer());
      });
    } else if (value instanceof List<?> list) {
      out.writeStartArray();
      writeAll(list);
      out.writeEndArray();
    } else if (value instanceof Map<?, ?> map) {
      writeMap(map);
    } else if (value instanceof Set<?> set) {
      boolean sorted = set instanceof SortedSet<?> one && one.comparator() == null;
      array(sorted ? ValueTags.SORTED_SET : ValueTags.SET, () -> writeAll(set));
    } else if (value instanceof int[] ints) {
      array(ValueTags.INTS, () -> {
        for (int one : ints) {
          out.writeNumber(one);
        }
      });
    } else if (value instanceof long[] longs) {
      array(ValueTags.LONGS, () -> {
        for (long one : longs) {
          out.writeNumber(one);
        }
      });
    } else if (value instanceof double[] doubles) {
      array(ValueTags.DOUBLES, () -> {
        for (double one : doubles) {
          write(one);
        }
      });
    } else if (value instanceof String[] texts) {
      array(ValueTags.TEXTS, () -> writeAll(java.util.Arrays.asList(texts)));
    } else if (value instanceof Optional<?> optional) {
      array(ValueTags.OPTIONAL, () -> writeAll(optional.stream().toList()));
    } else if (value instanceof Composite composite) {
      writeComposite(composite);
    } else if (value instanceof InstanceResult.Completed<?> completed) {
      tagged(ValueTags.COMPLETED, () -> write(completed.output()));
    } else if (value instanceof InstanceResult.Failed<?> failed) {
      tagged(ValueTags.FAILED, () -> write(failed.failure()));
    } else if (value instanceof TaskFailure failure) {
      writeFailure(failure);
    } else {
      throw new CodecException(
          "there is no codec for "
              + value.getClass().getName()
              + ". Register one with Codecs.builder(), for a type that Jackson knows with"
              + " json(\"name\", "
              + value.getClass().getSimpleName()
              + ".class); or give bytes, a Blob, texts, numbers, or lists and maps of these",
          null);
    }
  }

  private void writeBinary(ByteBuffer bytes) throws IOException {
    byte[] all = new byte[bytes.remaining()];
    bytes.duplicate().get(all);
    out.writeBinary(all);
  }

  private void writeAll(Collection<?> elements) throws IOException {
    for (Object element : elements) {
      write(element);
    }
  }

  private void writeMap(Map<?, ?> map) throws IOException {
    boolean sorted = map instanceof SortedMap<?, ?> one && one.comparator() == null;
    if (!sorted && hasPlainKeys(map)) {
      out.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        out.writeFieldName((String) entry.getKey());
        write(entry.getValue());
      }
      out.writeEndObject();
      return;
    }
    array(sorted ? ValueTags.SORTED_MAP : ValueTags.MAP, () -> {
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        write(entry.getKey());
        write(entry.getValue());
      }
    });
  }

  private static boolean hasPlainKeys(Map<?, ?> map) {
    for (Object key : map.keySet()) {
      if (!(key instanceof String text)
          || text.startsWith(ValueTags.PREFIX)
          || Utf8.length(text) < 0) {
        return false;
      }
    }
    return true;
  }

  private void writeComposite(Composite composite) throws IOException {
    int form = 0;
    while (form < forms.size() && forms.get(form) != composite.form()) {
      form++;
    }
    if (form == forms.size()) {
      throw new CodecException(
          "it holds outputs of another workflow's steps, " + composite + ". Give their values",
          null);
    }
    int index = form;
    array(ValueTags.OUTPUTS, () -> {
      out.writeNumber(index);
      for (Object part : composite.parts()) {
        write(part);
      }
    });
  }

  private void writeFailure(TaskFailure failure) throws IOException {
    FailureSite site = failure.site();
    Throwable cause = failure.cause();
    array(ValueTags.FAILURE, () -> {
      writeAll(List.of(
          site.task(),
          site.function(),
          site.instance(),
          site.attempt(),
          site.worker(),
          failure.type(),
          failure.text(),
          trace(cause)));
      write(failure.input());
    });
  }

  private static String trace(Throwable cause) {
    if (cause instanceof RemoteFailureException remote) {
      return remote.trace();
    }
    StringWriter trace = new StringWriter();
    try {
      cause.printStackTrace(new PrintWriter(trace));
    } catch (RuntimeException e) {
      return ""; // user code: it may throw whatever it likes
    }
    return trace.toString().substring(0, Math.min(trace.getBuffer().length(), MAX_TRACE));
  }

  private void writeWith(Codec<Object> codec, Object value) throws IOException {
    Payload payload = codec.encode(value);
    array(ValueTags.VALUE, () -> {
      out.writeString(codec.name());
      out.writeString(payload.contentType());
      out.writeBinary(payload.toByteArray());
    });
  }
}
