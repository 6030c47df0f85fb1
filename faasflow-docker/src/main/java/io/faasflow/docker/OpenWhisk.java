package io.faasflow.docker;

import io.faasflow.container.ContainerImage;
import io.faasflow.docker.CallFailure.Kind;
import io.faasflow.docker.Connection.Answer;
import io.faasflow.function.FunctionContext;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * OpenWhisk's action interface. A function of OpenWhisk takes and gives objects, or arrays. Other
 * values travel as {@code {"value": ...}}, under a content type that tells a runtime that knows it to
 * unwrap them; others see the object.
 */
final class OpenWhisk implements Protocol {
  private static final String OBJECT = "application/json";
  private static final String WRAPPED = "application/vnd.faasflow.value+json";

  @Override
  public Request init(ContainerImage image) {
    Map<String, Object> value = new LinkedHashMap<>();
    value.put("name", "function");
    value.put("main", image.main().orElse("main"));
    value.put("code", image.source().orElse(""));
    value.put("binary", false);
    return new Request("/init", OBJECT, Json.write(Map.of("value", value)));
  }

  @Override
  public void checkInit(Answer answer) throws CallFailure {
    if (answer.status() != 200) {
      throw new CallFailure(
          Kind.FUNCTION,
          "its runtime refused the function with status " + answer.status() + ": " + error(answer),
          null);
    }
  }

  @Override
  public Request call(@Nullable Object input, FunctionContext context, CallFiles files)
      throws IOException {
    boolean plain = input instanceof Map<?, ?> || input instanceof List<?>;
    String run = context.runId().toString();
    byte[] body = Json.write(context.task(), files, out -> {
      out.writeStartObject();
      out.writeObjectField("value", plain ? input : Collections.singletonMap("value", input));
      out.writeStringField("namespace", "faasflow");
      out.writeStringField("action_name", "/faasflow/" + context.function());
      out.writeStringField("activation_id", run + "-" + context.task() + "-" + context.attempt());
      out.writeStringField("transaction_id", run);
      // For runtimes that have a context for the function, as our own for Java has.
      out.writeStringField("workflow", context.workflow());
      out.writeStringField("task", context.task());
      out.writeStringField("function", context.function());
      out.writeArrayFieldStart("instance");
      for (int index : context.instance()) {
        out.writeNumber(index);
      }
      out.writeEndArray();
      out.writeNumberField("attempt", context.attempt());
      out.writeStringField("worker", context.worker());
      out.writeEndObject();
    });
    return new Request("/run", plain ? OBJECT : WRAPPED, body);
  }

  @Override
  public @Nullable Object output(Answer answer) throws CallFailure {
    if (answer.status() != 200) {
      throw new CallFailure(
          Kind.FUNCTION, "it failed with status " + answer.status() + ": " + error(answer), null);
    }
    Object output = Json.read(answer.body());
    if (output instanceof Map<?, ?> map) {
      if (answer.contentType().equals(WRAPPED)) {
        return map.get("value");
      }
      if (map.containsKey("error")) {
        throw new CallFailure(Kind.FUNCTION, "it gave an error: " + map.get("error"), null);
      }
      return map;
    }
    if (output instanceof List<?> list) {
      return list;
    }
    throw new CallFailure(
        Kind.ANSWER,
        "its answer must be a JSON object or array, but is " + Json.shown(answer.body()),
        null);
  }

  private static String error(Answer answer) {
    try {
      return Json.read(answer.body()) instanceof Map<?, ?> map && map.get("error") != null
          ? String.valueOf(map.get("error"))
          : Json.shown(answer.body());
    } catch (CallFailure e) {
      return Json.shown(answer.body());
    }
  }

  @Override
  public String endOfLog() {
    return "XXX_THE_END_OF_A_WHISK_ACTIVATION_XXX";
  }
}
