package io.faasflow.docker;

import io.faasflow.function.ContextFunction;
import io.faasflow.function.FunctionContext;
import io.faasflow.function.TaskFunction;
import io.faasflow.store.Blob;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/** Functions that run in the host and in containers. */
public final class Functions {
  /** Makes an image of them, in the folder of the tests' classes, as the guide says. */
  static final String DOCKERFILE = """
      FROM faasflow/java
      COPY io/faasflow/docker/Functions*.class /faasflow/app/classes/io/faasflow/docker/
      """;

  private Functions() {}

  /** Turns a text around. */
  public static final class Reverse implements TaskFunction<String, String> {
    @Override
    public String apply(String text) {
      return new StringBuilder(text).reverse().toString();
    }
  }

  /** Gives what it takes. */
  public static final class Echo implements TaskFunction<Object, Object> {
    @Override
    public Object apply(Object input) {
      return input;
    }
  }

  /** Says where it is. */
  public static final class Where implements ContextFunction<Object, List<Object>> {
    @Override
    public List<Object> apply(Object input, FunctionContext context) {
      return List.of(
          context.runId().toString(),
          context.workflow(),
          context.task(),
          context.function(),
          context.instance(),
          context.attempt(),
          context.worker());
    }
  }

  /** Turns each bit of some bytes around. */
  public static final class Invert implements TaskFunction<Blob, Blob> {
    @Override
    public Blob apply(Blob blob) throws IOException {
      ByteBuffer bytes = blob.buffer();
      byte[] inverted = new byte[bytes.remaining()];
      for (int i = 0; i < inverted.length; i++) {
        inverted[i] = (byte) ~bytes.get(i);
      }
      return Blob.of(blob.contentType(), inverted);
    }
  }

  /** A static method. */
  public static Map<String, Object> sum(Map<String, Object> two) {
    return Map.of("sum", ((Number) two.get("a")).longValue() + ((Number) two.get("b")).longValue());
  }

  /** Whether libraries that ask the thread for its loader find the same classes as this one. */
  public static boolean hasOwnLoader(Object input) {
    return Thread.currentThread().getContextClassLoader() == Functions.class.getClassLoader();
  }

  /** Fails for numbers that are even. */
  public static Object odd(int number) {
    if (number % 2 == 0) {
      throw new IllegalArgumentException(number + " is even");
    }
    return number;
  }

  /** Fails with an error, and leaves its thread interrupted. */
  public static Object failBadly(Object input) {
    Thread.currentThread().interrupt();
    throw new AssertionError("asked to fail badly by " + input);
  }

  /** Gives what JSON cannot say. */
  public static Object noNumber(Object input) {
    return List.of(Double.NaN);
  }

  /** Fails. */
  public static Object fail(Object input) {
    throw new IllegalStateException("asked to fail by " + input);
  }
}
