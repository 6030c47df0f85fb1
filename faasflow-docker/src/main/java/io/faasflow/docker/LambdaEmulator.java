package io.faasflow.docker;

import io.faasflow.container.ContainerImage;
import io.faasflow.docker.CallFailure.Kind;
import io.faasflow.docker.Connection.Answer;
import io.faasflow.function.FunctionContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The convention of AWS Lambda's runtime interface emulator. Any JSON goes in and comes out. Failures
 * have status 200 as well, and are told by the shape of the body.
 */
final class LambdaEmulator implements Protocol {
  private static final String PATH = "/2015-03-31/functions/function/invocations";

  @Override
  public @Nullable Request init(ContainerImage image) {
    return null; // the first call starts the function
  }

  @Override
  public void checkInit(Answer answer) {}

  @Override
  public Request call(@Nullable Object input, FunctionContext context, CallFiles files)
      throws IOException {
    return new Request(PATH, "application/json", Json.write(input, context.task(), files));
  }

  @Override
  public @Nullable Object output(Answer answer) throws CallFailure {
    if (answer.status() != 200) {
      throw new CallFailure(
          answer.status() == 502 ? Kind.BROKEN : Kind.ANSWER,
          "its runtime answered with status " + answer.status() + ": " + Json.shown(answer.body()),
          null);
    }
    String text =
        new String(answer.body(), 0, Math.min(answer.body().length, 100), StandardCharsets.UTF_8);
    if (text.startsWith("Task timed out after ")) {
      throw new CallFailure(Kind.TIMEOUT, "its own limit ended it: " + text, null);
    }
    Object output = Json.read(answer.body());
    if (output instanceof Map<?, ?> map
        && map.containsKey("errorMessage")
        && map.containsKey("errorType")) {
      throw new CallFailure(
          Kind.FUNCTION,
          "it failed with " + map.get("errorType") + ": " + map.get("errorMessage"),
          null);
    }
    return output;
  }
}
