package io.faasflow.function;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Functions by name, for workflows that name their functions (all that are read from YAML).
 * Immutable.
 */
public final class FunctionRegistry {
  private static final FunctionRegistry EMPTY = new FunctionRegistry(Map.of());

  private final Map<String, ContextFunction<?, ?>> functions;

  private FunctionRegistry(Map<String, ContextFunction<?, ?>> functions) {
    this.functions = Collections.unmodifiableMap(new LinkedHashMap<>(functions));
  }

  /** A registry without functions. */
  public static FunctionRegistry empty() {
    return EMPTY;
  }

  /** Begins a registry. */
  public static Builder builder() {
    return new Builder();
  }

  /** The function of that name, if there is one. */
  public Optional<ContextFunction<?, ?>> find(String name) {
    return Optional.ofNullable(functions.get(Objects.requireNonNull(name, "name")));
  }

  /** The names of all functions, in the order of their registration. */
  public Set<String> names() {
    return functions.keySet();
  }

  @Override
  public String toString() {
    return "FunctionRegistry" + functions.keySet();
  }

  /** Collects functions. Not thread-safe; {@link #build()} may be called again. */
  public static final class Builder {
    private final Map<String, ContextFunction<?, ?>> functions = new LinkedHashMap<>();

    private Builder() {}

    /**
     * Registers a function that needs its input only.
     *
     * @throws IllegalArgumentException when the name is blank or taken
     */
    public <I, O> Builder register(String name, TaskFunction<I, O> function) {
      return put(name, function);
    }

    /**
     * Registers a function that also takes its {@link FunctionContext}.
     *
     * @throws IllegalArgumentException when the name is blank or taken
     */
    public <I, O> Builder registerContextual(String name, ContextFunction<I, O> function) {
      return put(name, function);
    }

    private Builder put(String name, ContextFunction<?, ?> function) {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(function, "function");
      if (name.isBlank()) {
        throw new IllegalArgumentException("A function's name must not be blank");
      }
      if (functions.putIfAbsent(name, function) != null) {
        throw new IllegalArgumentException(
            "Function '" + name + "' is registered already; register each name once");
      }
      return this;
    }

    /** The registry of what was registered so far. */
    public FunctionRegistry build() {
      return new FunctionRegistry(functions);
    }
  }
}
