package io.faasflow.faastore;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.faasflow.run.FailureSite;
import io.faasflow.run.InstanceResult;
import io.faasflow.run.RemoteFailureException;
import io.faasflow.run.TaskFailure;
import io.faasflow.store.Blob;
import io.faasflow.store.Composite;
import io.faasflow.workflow.Outputs;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads what {@link ValueWriter} wrote. Makes no object of a type that is not known here. Confined to one thread. */
final class ValueReader {
  private final Codecs codecs;
  private final List<Composite.Form> forms;
  private final JsonParser in;
  private int depth;

  ValueReader(Codecs codecs, List<Composite.Form> forms, JsonParser in) {
    this.codecs = codecs;
    this.forms = forms;
    this.in = in;
  }

  @Nullable
  Object read() throws IOException {
    JsonToken first = in.nextToken();
    if (first == null) {
      throw new IOException("The content is empty");
    }
    Object value = value(first);
    if (in.nextToken() != null) {
      throw new IOException("There is something behind the value");
    }
    return value;
  }

  private @Nullable Object value(JsonToken token) throws IOException {
    return switch (token) {
      case VALUE_NULL -> null;
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_STRING -> in.getText();
      case VALUE_NUMBER_INT -> in.getNumberValue();
      case VALUE_NUMBER_FLOAT -> in.getDoubleValue();
      case START_ARRAY -> {
        enter();
        List<@Nullable Object> list = elements();
        depth--;
        yield list;
      }
      case START_OBJECT -> {
        enter();
        Object read = object();
        depth--;
        yield read;
      }
      default -> throw new IOException("Found " + token + " where a value was expected");
    };
  }

  private void enter() throws IOException {
    if (++depth > 2 * ValueTags.MAX_DEPTH + 2) { // a tag and its content are two levels
      throw new IOException("The content is nested too deeply");
    }
  }

  private List<@Nullable Object> elements() throws IOException {
    List<@Nullable Object> list = new ArrayList<>();
    for (JsonToken token = next(); token != JsonToken.END_ARRAY; token = next()) {
      list.add(value(token));
    }
    return list;
  }

  private JsonToken next() throws IOException {
    JsonToken token = in.nextToken();
    if (token == null) {
      throw new IOException("The content ends in the middle of a value");
    }
    return token;
  }

  private @Nullable Object object() throws IOException {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    for (JsonToken token = next(); token != JsonToken.END_OBJECT; token = next()) {
      String name = in.currentName();
      if (map.isEmpty() && name.startsWith(ValueTags.PREFIX)) {
        next();
        Object value = tagged(name);
        if (next() != JsonToken.END_OBJECT) {
          throw new IOException("There is something behind the content of " + name);
        }
        return value;
      }
      map.put(name, value(next()));
    }
    return map;
  }

  private @Nullable Object tagged(String tag) throws IOException {
    return switch (tag) {
      case ValueTags.LONG -> in.getLongValue();
      case ValueTags.BYTES -> in.getBinaryValue();
      case ValueTags.BUFFER -> ByteBuffer.wrap(in.getBinaryValue()).asReadOnlyBuffer();
      case ValueTags.UTF16 ->
        ByteBuffer.wrap(in.getBinaryValue()).asCharBuffer().toString();
      case ValueTags.BLOB -> blob();
      case ValueTags.VALUE -> ofCodec();
      case ValueTags.ABSENT -> Outputs.absent();
      case ValueTags.COMPLETED -> completed(value(in.currentToken()));
      case ValueTags.FAILED -> new InstanceResult.Failed<>((TaskFailure) some());
      case ValueTags.INTS -> list().stream().mapToInt(one -> (Integer) one).toArray();
      case ValueTags.LONGS ->
        list().stream().mapToLong(one -> ((Number) one).longValue()).toArray();
      case ValueTags.DOUBLES -> list().stream().mapToDouble(one -> (Double) one).toArray();
      case ValueTags.TEXTS -> list().toArray(new String[0]);
      case ValueTags.SET -> new LinkedHashSet<>(list());
      case ValueTags.SORTED_SET -> new TreeSet<>(list());
      case ValueTags.MAP -> map(new LinkedHashMap<>());
      case ValueTags.SORTED_MAP -> map(new TreeMap<>());
      case ValueTags.OPTIONAL -> list().stream().findFirst();
      case ValueTags.OUTPUTS -> outputs();
      case ValueTags.FAILURE -> failure();
      default -> scalar(tag, in.getText());
    };
  }

  private static Object scalar(String tag, String text) throws IOException {
    try {
      return switch (tag) {
        case ValueTags.SHORT -> Short.valueOf(text);
        case ValueTags.BYTE -> Byte.valueOf(text);
        case ValueTags.FLOAT -> Float.valueOf(text);
        case ValueTags.DOUBLE -> Double.valueOf(text);
        case ValueTags.CHAR -> (char) Integer.parseInt(text);
        case ValueTags.INTEGER -> new BigInteger(text);
        case ValueTags.DECIMAL -> new BigDecimal(text);
        case ValueTags.INSTANT -> Instant.parse(text);
        case ValueTags.DURATION -> Duration.parse(text);
        case ValueTags.DATE -> LocalDate.parse(text);
        case ValueTags.UUID -> UUID.fromString(text);
        default -> throw new IOException("Nothing is known of the tag " + tag);
      };
    } catch (IllegalArgumentException | java.time.DateTimeException e) {
      throw new IOException("The content of " + tag + " is not of its type", e);
    }
  }

  private Object some() throws IOException {
    Object value = value(in.currentToken());
    if (value == null) {
      throw new IOException("Found null where there must be something");
    }
    return value;
  }

  @SuppressWarnings("NullAway") // null is an output like any other
  private static InstanceResult<Object> completed(@Nullable Object output) {
    return new InstanceResult.Completed<>(output);
  }

  private List<@Nullable Object> list() throws IOException {
    if (in.currentToken() != JsonToken.START_ARRAY) {
      throw new IOException("Found " + in.currentToken() + " where a list was expected");
    }
    return elements();
  }

  private Map<@Nullable Object, @Nullable Object> map(Map<@Nullable Object, @Nullable Object> map)
      throws IOException {
    List<@Nullable Object> all = list();
    for (int i = 0; i + 1 < all.size(); i += 2) {
      map.put(all.get(i), all.get(i + 1));
    }
    return map;
  }

  private Blob blob() throws IOException {
    next();
    String contentType = in.getText();
    next();
    Blob blob = Blob.of(contentType, in.getBinaryValue());
    next();
    return blob;
  }

  private Object ofCodec() throws IOException {
    next();
    String name = in.getText();
    next();
    String contentType = in.getText();
    next();
    Payload payload = Payload.of(contentType, in.getBinaryValue());
    next();
    return codecs.named(name).decode(payload);
  }

  private Object outputs() throws IOException {
    List<@Nullable Object> all = list();
    if (all.isEmpty()
        || !(all.get(0) instanceof Integer form)
        || form < 0
        || form >= forms.size()) {
      throw new IOException("The outputs are not those of a step of this workflow");
    }
    return forms.get(form).of(all.subList(1, all.size()).toArray());
  }

  private TaskFailure failure() throws IOException {
    List<@Nullable Object> all = list();
    if (all.size() != 9) {
      throw new IOException("A failure has 9 parts, this one has " + all.size());
    }
    List<Integer> instance = new ArrayList<>();
    ((List<?>) part(all, 2)).forEach(one -> instance.add((Integer) one));
    FailureSite site = new FailureSite(
        (String) part(all, 0), (String) part(all, 1), instance, (Integer) part(all, 3), (String)
            part(all, 4));
    Throwable cause = new RemoteFailureException(
        (String) part(all, 5), (String) part(all, 6), (String) part(all, 7));
    return new TaskFailure(site, cause, all.get(8));
  }

  private static Object part(List<@Nullable Object> all, int index) throws IOException {
    Object part = all.get(index);
    if (part == null) {
      throw new IOException("Part " + index + " of a failure is missing");
    }
    return part;
  }
}
