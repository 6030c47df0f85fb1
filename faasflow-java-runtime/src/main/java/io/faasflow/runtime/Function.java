package io.faasflow.runtime;

import io.faasflow.function.ContextFunction;
import io.faasflow.function.FunctionContext;
import io.faasflow.run.RunId;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A function of the class path: an object of a class, or a static method. */
@FunctionalInterface
interface Function {
  @Nullable
  Object call(@Nullable Object input, FunctionContext context) throws Exception;

  /**
   * Finds it.
   *
   * @param main {@code com.acme.Resize}, which implements {@link ContextFunction} and has a public
   *     constructor without parameters; or {@code com.acme.Images#resize}, a public static method of
   *     one parameter
   * @throws IllegalArgumentException when there is none; says what was looked for
   */
  @SuppressWarnings("unchecked") // what it takes and gives is JSON; who wrote it answers for it
  static Function find(String main, ClassLoader loader) {
    int hash = main.indexOf('#');
    String name = hash < 0 ? main : main.substring(0, hash);
    try {
      Class<?> type = Class.forName(name, true, loader);
      if (hash >= 0) {
        return method(type, main.substring(hash + 1));
      }
      Object made = type.getConstructor().newInstance();
      if (made instanceof ContextFunction<?, ?> function) {
        return ((ContextFunction<@Nullable Object, @Nullable Object>) function)::apply;
      }
      throw new IllegalArgumentException(
          "Class " + name + " implements neither TaskFunction nor ContextFunction");
    } catch (ClassNotFoundException e) {
      throw new IllegalArgumentException("There is no class " + name + " on the class path", e);
    } catch (NoSuchMethodException | InstantiationException | IllegalAccessException e) {
      throw new IllegalArgumentException(
          "Class " + name + " has no public constructor without parameters, or is abstract", e);
    } catch (InvocationTargetException e) {
      throw new IllegalArgumentException(
          "The constructor of " + name + " threw " + e.getCause(), e);
    }
  }

  private static Function method(Class<?> type, String name) {
    List<Method> found = Arrays.stream(type.getMethods())
        .filter(method -> method.getName().equals(name)
            && Modifier.isStatic(method.getModifiers())
            && method.getParameterCount() == 1)
        .toList();
    if (found.size() != 1) {
      throw new IllegalArgumentException("Class " + type.getName() + " has " + found.size()
          + " public static methods '" + name + "' of one parameter, and should have one");
    }
    Method method = found.get(0);
    return (input, context) -> {
      try {
        return method.invoke(null, input);
      } catch (InvocationTargetException e) {
        if (e.getCause() instanceof Error error) {
          throw error;
        }
        throw e.getCause() instanceof Exception cause ? cause : e;
      }
    };
  }

  /** What the host says of an invocation. */
  record Context(Map<?, ?> request) implements FunctionContext {
    private String text(String key) {
      return String.valueOf(request.get(key));
    }

    @Override
    public RunId runId() {
      return RunId.parse(text("transaction_id"));
    }

    @Override
    public String workflow() {
      return text("workflow");
    }

    @Override
    public String task() {
      return text("task");
    }

    @Override
    public String function() {
      return text("function");
    }

    @Override
    public List<Integer> instance() {
      return request.get("instance") instanceof List<?> path
          ? path.stream().map(index -> ((Number) index).intValue()).toList()
          : List.of();
    }

    @Override
    public int attempt() {
      return request.get("attempt") instanceof Number number ? number.intValue() : 1;
    }

    @Override
    public String worker() {
      return text("worker");
    }

    /** Never: a container whose call is cancelled is removed. */
    @Override
    public boolean isCancelled() {
      return false;
    }
  }
}
