package io.faasflow.runtime;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * OpenWhisk's action interface for one Java function: {@code /init} once, then {@code /run}. Confined
 * to one thread.
 */
final class Action {
  /** The type of a body that has any value, not only an object, as {@code {"value": ...}}. */
  static final String WRAPPED = "application/vnd.faasflow.value+json";

  private static final String OBJECT = "application/json";
  private static final String END_OF_LOG = "XXX_THE_END_OF_A_WHISK_ACTIVATION_XXX";

  /**
   * An answer.
   *
   * @param endsLog whether it is that of a call, after which the log has its end
   */
  @SuppressWarnings("ArrayRecordComponent") // sent at once, never compared
  record Answer(int status, String contentType, byte[] body, boolean endsLog) {}

  private final ClassLoader loader;
  private final List<PrintStream> logs;
  private final Bytes bytes;
  private @Nullable Function function;

  Action(ClassLoader loader, List<PrintStream> logs, Bytes bytes) {
    this.loader = loader;
    this.logs = logs;
    this.bytes = bytes;
  }

  Answer answer(String path, String contentType, byte[] body) throws IOException {
    boolean calls = path.equals("/run") && function != null;
    try {
      if (!(Json.read(body) instanceof Map<?, ?> request)) {
        return error(502, "The request is no JSON object.", false);
      }
      return switch (path) {
        case "/init" -> init(request);
        case "/run" -> run(request, contentType.equals(WRAPPED));
        default -> error(404, "No such path.", false);
      };
    } catch (OutOfMemoryError e) {
      throw e; // another container is in better order
    } catch (Throwable e) {
      if (calls) {
        e.printStackTrace(logs.get(logs.size() - 1));
      }
      return error(502, e.toString(), calls);
    }
  }

  private Answer init(Map<?, ?> request) throws IOException {
    if (function != null) {
      return error(502, "Cannot initialize the action more than once.", false);
    }
    if (!(request.get("value") instanceof Map<?, ?> value)
        || !(value.get("main") instanceof String main)) {
      return error(502, "Missing main/no code to execute.", false);
    }
    if (value.get("code") instanceof String code && !code.isEmpty()) {
      return error(502, "This runtime takes its classes from its class path, and no code.", false);
    }
    try {
      function = Function.find(main, loader);
    } catch (IllegalArgumentException e) {
      return error(502, String.valueOf(e.getMessage()), false);
    }
    return new Answer(200, OBJECT, Json.write(Map.of("ok", true), bytes), false);
  }

  private Answer run(Map<?, ?> request, boolean wrapped) throws Exception {
    Function called = function;
    if (called == null) {
      return error(502, "Cannot invoke an uninitialized action.", false);
    }
    Object value = request.get("value");
    Object input = wrapped && value instanceof Map<?, ?> wrapper ? wrapper.get("value") : value;
    Object output;
    try {
      output = called.call(bytes.received(input), new Function.Context(request));
    } finally {
      Thread.interrupted(); // it is not for the next call, nor for the connection
    }
    return output instanceof Map<?, ?> || output instanceof Iterable<?>
        ? new Answer(200, OBJECT, Json.write(output, bytes), true)
        : new Answer(
            200, WRAPPED, Json.write(Collections.singletonMap("value", output), bytes), true);
  }

  private Answer error(int status, String message, boolean endsLog) throws IOException {
    return new Answer(status, OBJECT, Json.write(Map.of("error", message), bytes), endsLog);
  }

  /** Writes the line that ends the log of a call. */
  void endLog() {
    for (PrintStream log : logs) {
      log.println(END_OF_LOG);
      log.flush();
    }
  }
}
