package io.faasflow.docker;

import io.faasflow.container.ContainerImage;
import io.faasflow.docker.CallFailure.Kind;
import io.faasflow.docker.Connection.Answer;
import io.faasflow.function.FunctionContext;
import io.faasflow.run.DataException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The convention of AWS Lambda's runtime interface emulator. Any JSON goes in and comes out, whatever the
 * content type says. A function that failed has status 200 as well, and is told by the shape of the body.
 *
 * <p>The function is a process of its own, which the emulator starts with the first call, and again with
 * the next one after it has ended. That it has ended is told by status 502: the container is still there.
 */
final class LambdaEmulator implements Protocol {
  private static final String PATH = "/2015-03-31/functions/function/invocations";

  /** What is beyond, the emulator cuts off without a word. */
  private static final int MAX_INPUT = (6 << 20) + 100;

  private static final Pattern EXIT = Pattern.compile("exit status (\\d{1,9})$");

  @Override
  public @Nullable Request init(ContainerImage image) {
    return null; // the first call starts the function
  }

  @Override
  public void checkInit(Answer answer) {}

  @Override
  public Request call(@Nullable Object input, FunctionContext context, CallFiles files)
      throws IOException {
    byte[] body = Json.write(context.task(), files, out -> out.writeObject(input));
    if (body.length > MAX_INPUT) {
      throw new DataException(
          "The input of task '" + context.task() + "' has " + body.length
              + " bytes as JSON, and the emulator of AWS Lambda takes " + MAX_INPUT
              + ". Give bytes as a blob, which travels as a file where the engine is on this machine",
          null);
    }
    return new Request(PATH, "application/json", body);
  }

  @Override
  public @Nullable Object output(Answer answer) throws CallFailure {
    if (answer.status() == 502) {
      throw ended(answer.body());
    }
    if (answer.status() != 200) {
      throw new CallFailure(
          Kind.ANSWER,
          "its runtime answered with status " + answer.status() + ": " + Json.shown(answer.body()),
          null);
    }
    String text =
        new String(answer.body(), 0, Math.min(answer.body().length, 100), StandardCharsets.UTF_8);
    if (text.startsWith("Task timed out after ")) {
      throw new CallFailure(
          Kind.TIMEOUT,
          "its emulator ended it: " + text + ", as its variable AWS_LAMBDA_FUNCTION_TIMEOUT says",
          null);
    }
    Object output = Json.read(answer.body());
    if (output instanceof Map<?, ?> map && isError(map)) {
      throw failed(map);
    }
    return output;
  }

  private static boolean isError(Map<?, ?> map) {
    return map.containsKey("errorMessage") && map.containsKey("errorType");
  }

  private static CallFailure failed(Map<?, ?> error) {
    return new CallFailure(
        Kind.FUNCTION,
        "it failed with " + error.get("errorType") + ": " + error.get("errorMessage"),
        null);
  }

  /** What became of the function's process. */
  private static CallFailure ended(byte[] said) throws CallFailure {
    if (said.length == 0) {
      return CallFailure.ended(
          "the function's process ended before it could be called, or there is no such program",
          OptionalInt.empty());
    }
    if (!(Json.read(said) instanceof Map<?, ?> error) || !isError(error)) {
      throw new CallFailure(
          Kind.ANSWER, "its runtime answered with status 502: " + Json.shown(said), null);
    }
    String type = String.valueOf(error.get("errorType"));
    if (type.equals("Function.ResponseSizeTooLarge")) {
      return new CallFailure(Kind.ANSWER, String.valueOf(error.get("errorMessage")), null);
    }
    if (type.equals("Runtime.ExitError") || type.matches("(Sandbox|Extension)\\..*")) {
      String message = String.valueOf(error.get("errorMessage"));
      Matcher exit = EXIT.matcher(message);
      return CallFailure.ended(
          type + ": " + message
              + (message.endsWith("signal: killed")
                  ? ", most likely for taking more memory than it may: give the task more memory"
                  : ""),
          exit.find() ? OptionalInt.of(Integer.parseInt(exit.group(1))) : OptionalInt.empty());
    }
    return failed(error); // it could not be loaded, or ended itself after an error that it told
  }
}
