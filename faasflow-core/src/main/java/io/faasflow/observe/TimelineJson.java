package io.faasflow.observe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.faasflow.container.ContainerUsage;
import io.faasflow.observe.RunTimeline.Data;
import io.faasflow.observe.RunTimeline.Direction;
import io.faasflow.observe.RunTimeline.Entry;
import io.faasflow.observe.RunTimeline.InContainers;
import io.faasflow.observe.RunTimeline.State;
import io.faasflow.run.RemoteFailureException;
import io.faasflow.run.RunId;
import io.faasflow.run.RunStatus;
import io.faasflow.run.TaskFailedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Timelines as JSON, for tools. Stateless.
 *
 * <p>Times are nanoseconds from the run's start. A failure is its type and its text; read again, it is a
 * {@link RemoteFailureException}. All else is read as it was written. Unknown fields are ignored.
 */
public final class TimelineJson {
  private static final ObjectMapper MAPPER = JsonMapper.builder().build();

  private TimelineJson() {}

  /** Writes a timeline, as one object. */
  public static String write(RunTimeline timeline) {
    ObjectNode root = MAPPER.createObjectNode();
    root.put("run", timeline.run().toString());
    root.put("workflow", timeline.workflow());
    root.put("status", name(timeline.status()));
    root.put("took", timeline.took().toNanos());
    root.put("dropped", timeline.dropped());
    ArrayNode entries = root.putArray("entries");
    for (Entry entry : timeline.entries()) {
      write(entry, entries.addObject());
    }
    ArrayNode data = root.putArray("data");
    for (Data one : timeline.data()) {
      data.addObject()
          .put("task", one.task())
          .put("direction", name(one.direction()))
          .put("tier", one.tier())
          .put("times", one.times())
          .put("bytes", one.bytes())
          .put("took", one.time().toNanos());
    }
    ArrayNode containers = root.putArray("containers");
    for (InContainers one : timeline.containers()) {
      ContainerUsage usage = one.usage();
      ObjectNode object = containers
          .addObject()
          .put("task", one.task())
          .put("calls", one.calls())
          .put("cpu", usage.cpu().toNanos());
      usage.memoryPeakBytes().ifPresent(bytes -> object.put("memoryPeak", bytes));
      object.put("received", usage.receivedBytes()).put("sent", usage.sentBytes());
    }
    try {
      return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A tree of texts and numbers could not be written", e);
    }
  }

  private static void write(Entry entry, ObjectNode object) {
    RunEvent.Site site = entry.site();
    object.put("task", site.task());
    object.put("function", site.function());
    object.put("node", site.node());
    ArrayNode instance = object.putArray("instance");
    site.instance().forEach(instance::add);
    object.put("worker", site.worker());
    object.put("attempt", entry.attempt());
    object.put("state", name(entry.state()));
    object.put("ready", entry.ready().toNanos());
    object.put("start", entry.start().toNanos());
    object.put("end", entry.end().toNanos());
    Throwable failure = entry.failure();
    if (failure != null) {
      object.putObject("failure").put("type", type(failure)).put("text", text(failure));
    }
  }

  private static String text(Throwable failure) {
    return failure instanceof RemoteFailureException
        ? String.valueOf(failure.getMessage())
        : TaskFailedException.describe(failure);
  }

  private static String type(Throwable failure) {
    return failure instanceof RemoteFailureException remote
        ? remote.type()
        : failure.getClass().getName();
  }

  /** {@code timed_out}. */
  private static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /**
   * Reads what {@link #write} has written.
   *
   * @throws IllegalArgumentException when it is no timeline; says what is missing or wrong
   */
  public static RunTimeline read(String json) {
    JsonNode root;
    try {
      root = MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("This is not JSON: " + e.getOriginalMessage(), e);
    }
    List<Entry> entries = new ArrayList<>();
    for (JsonNode entry : array(root, "entries")) {
      entries.add(entry(entry));
    }
    List<Data> data = new ArrayList<>();
    for (JsonNode one : array(root, "data")) {
      data.add(new Data(
          text(one, "task"),
          constant(Direction.class, one, "direction"),
          text(one, "tier"),
          number(one, "times"),
          number(one, "bytes"),
          time(one, "took")));
    }
    List<InContainers> containers = new ArrayList<>();
    if (root.has("containers")) { // not in what earlier versions wrote
      for (JsonNode one : array(root, "containers")) {
        containers.add(new InContainers(
            text(one, "task"),
            number(one, "calls"),
            new ContainerUsage(
                time(one, "cpu"),
                one.has("memoryPeak")
                    ? OptionalLong.of(number(one, "memoryPeak"))
                    : OptionalLong.empty(),
                number(one, "received"),
                number(one, "sent"))));
      }
    }
    return new RunTimeline(
        RunId.parse(text(root, "run")),
        text(root, "workflow"),
        constant(RunStatus.class, root, "status"),
        time(root, "took"),
        entries,
        (int) number(root, "dropped"),
        data,
        containers);
  }

  private static Entry entry(JsonNode object) {
    List<Integer> instance = new ArrayList<>();
    for (JsonNode index : array(object, "instance")) {
      instance.add(index.asInt());
    }
    return new Entry(
        new RunEvent.Site(
            (int) number(object, "node"),
            text(object, "task"),
            text(object, "function"),
            List.copyOf(instance),
            text(object, "worker")),
        (int) number(object, "attempt"),
        constant(State.class, object, "state"),
        time(object, "ready"),
        time(object, "start"),
        time(object, "end"),
        failure(object.get("failure")));
  }

  private static @Nullable Throwable failure(@Nullable JsonNode object) {
    return object == null || object.isNull()
        ? null
        : new RemoteFailureException(text(object, "type"), text(object, "text"), "");
  }

  private static JsonNode array(JsonNode object, String field) {
    JsonNode value = object.get(field);
    if (value == null || !value.isArray()) {
      throw wrong(field, "a list", value);
    }
    return value;
  }

  private static String text(JsonNode object, String field) {
    JsonNode value = object.get(field);
    if (value == null || !value.isTextual()) {
      throw wrong(field, "a text", value);
    }
    return value.textValue();
  }

  private static long number(JsonNode object, String field) {
    JsonNode value = object.get(field);
    if (value == null || !value.canConvertToLong() || !value.isIntegralNumber()) {
      throw wrong(field, "a whole number", value);
    }
    return value.longValue();
  }

  private static Duration time(JsonNode object, String field) {
    return Duration.ofNanos(number(object, field));
  }

  private static <E extends Enum<E>> E constant(Class<E> type, JsonNode object, String field) {
    String name = text(object, field);
    for (E constant : type.getEnumConstants()) {
      if (name(constant).equals(name)) {
        return constant;
      }
    }
    throw new IllegalArgumentException(
        "The timeline's '" + field + "' must be one of " + names(type) + ", was '" + name + "'");
  }

  private static List<String> names(Class<? extends Enum<?>> type) {
    List<String> names = new ArrayList<>();
    for (Enum<?> constant : type.getEnumConstants()) {
      names.add(name(constant));
    }
    return names;
  }

  private static IllegalArgumentException wrong(
      String field, String wanted, @Nullable JsonNode found) {
    return new IllegalArgumentException("The timeline's '" + field + "' must be " + wanted
        + (found == null ? ", but there is none" : ", was " + Markup.cut(found.toString(), 60)));
  }
}
