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
  private static final String END_OF_LOG = "XXX_THE_END_OF_A_WHISK_ACTIVATION_XXX\n";

  /** So many calls at most wait for the lines that end their log. */
  private static final int MOST_UNENDED = 100;

  /** What an answer means for the log. */
  enum LogEnd {
    /** It is not that of a call. */
    NONE,
    /** A call is done, and nobody has a reason to look at its log. */
    LATER,
    /** A call has failed, and its host looks at the log. */
    NOW
  }

  /** An answer. */
  @SuppressWarnings("ArrayRecordComponent") // sent at once, never compared
  record Answer(int status, String contentType, byte[] body, LogEnd end) {}

  private final ClassLoader loader;
  private final List<PrintStream> logs;
  private final Bytes bytes;
  private @Nullable Function function;
  private boolean hasEnded; // the log of a call
  private int unended;

  Action(ClassLoader loader, List<PrintStream> logs, Bytes bytes) {
    this.loader = loader;
    this.logs = logs;
    this.bytes = bytes;
  }

  Answer answer(String path, String contentType, byte[] body) throws IOException {
    boolean calls = path.equals("/run") && function != null;
    try {
      if (!(Json.read(body) instanceof Map<?, ?> request)) {
        return error(502, "The request is no JSON object.");
      }
      return switch (path) {
        case "/init" -> init(request);
        case "/run" -> run(request, contentType.equals(WRAPPED));
        default -> error(404, "No such path.");
      };
    } catch (OutOfMemoryError e) {
      throw e; // another container is in better order
    } catch (Throwable e) {
      if (calls) {
        e.printStackTrace(logs.get(logs.size() - 1));
      }
      return error(502, e.toString(), calls ? LogEnd.NOW : LogEnd.NONE);
    }
  }

  private Answer init(Map<?, ?> request) throws IOException {
    if (function != null) {
      return error(502, "Cannot initialize the action more than once.");
    }
    if (!(request.get("value") instanceof Map<?, ?> value)
        || !(value.get("main") instanceof String main)) {
      return error(502, "Missing main/no code to execute.");
    }
    if (value.get("code") instanceof String code && !code.isEmpty()) {
      return error(502, "This runtime takes its classes from its class path, and no code.");
    }
    try {
      function = Function.find(main, loader);
    } catch (IllegalArgumentException e) {
      return error(502, String.valueOf(e.getMessage()));
    }
    return new Answer(200, OBJECT, Json.write(Map.of("ok", true), bytes), LogEnd.NONE);
  }

  private Answer run(Map<?, ?> request, boolean wrapped) throws Exception {
    Function called = function;
    if (called == null) {
      return error(502, "Cannot invoke an uninitialized action.");
    }
    Object value = request.get("value");
    Object input = wrapped && value instanceof Map<?, ?> wrapper ? wrapper.get("value") : value;
    Object output;
    try {
      output = called.call(bytes.received(input), new Function.Context(request));
    } finally {
      Thread.interrupted(); // it is not for the next call, nor for the connection
    }
    if (output instanceof Map<?, ?> map) {
      LogEnd end = map.containsKey("error") ? LogEnd.NOW : LogEnd.LATER; // which is a failure
      return new Answer(200, OBJECT, Json.write(output, bytes), end);
    }
    return output instanceof Iterable<?>
        ? new Answer(200, OBJECT, Json.write(output, bytes), LogEnd.LATER)
        : new Answer(
            200,
            WRAPPED,
            Json.write(Collections.singletonMap("value", output), bytes),
            LogEnd.LATER);
  }

  private Answer error(int status, String message) throws IOException {
    return error(status, message, LogEnd.NONE);
  }

  private Answer error(int status, String message, LogEnd end) throws IOException {
    return new Answer(status, OBJECT, Json.write(Map.of("error", message), bytes), end);
  }

  /**
   * Writes the line that ends the log of a call, to both streams, and those of calls before it. The engine
   * is at work for longer with two lines than a call takes, so those of calls that are done wait until one fails, or there are many.
   * The first is written at once: by that the host knows that the others will come.
   */
  void endLog(LogEnd end) {
    if (end == LogEnd.NONE) {
      return;
    }
    unended++;
    if (end == LogEnd.NOW || !hasEnded || unended == MOST_UNENDED) {
      String lines = END_OF_LOG.repeat(unended);
      for (PrintStream log : logs) {
        log.print(lines);
        log.flush();
      }
      hasEnded = true;
      unended = 0;
    }
  }
}
