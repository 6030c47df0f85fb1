package io.faasflow.workflow;

import io.faasflow.store.Composite;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Outputs of several steps, looked up by the handle of the step: what a {@link Parallel} gives, and
 * what a task {@linkplain Task#reading reads}. Immutable, as far as the values are.
 *
 * <p>A handle is looked up by identity: use the very object that the workflow was built with.
 */
public final class Outputs implements Composite {
  private static final Object ABSENT = new Object();

  private final Layout layout;
  private final @Nullable Object[] values;

  private Outputs(Layout layout, @Nullable Object[] values) {
    this.layout = layout;
    this.values = values;
  }

  /**
   * For engines: which step's output stands where. Made once, used for all runs. Immutable.
   */
  public static final class Layout implements Form {
    private final List<? extends Step<?, ?>> steps;
    private final List<String> names;
    private final IdentityHashMap<Step<?, ?>, Integer> indexes = new IdentityHashMap<>();
    private final String origin;

    /**
     * @param steps the steps, in the order of their outputs
     * @param names the name of each in {@link Outputs#asMap()}
     * @param origin whose outputs they are, for messages
     */
    public Layout(List<? extends Step<?, ?>> steps, List<String> names, String origin) {
      this.steps = List.copyOf(steps);
      this.names = List.copyOf(names);
      this.origin = origin;
      for (int i = 0; i < steps.size(); i++) {
        indexes.put(steps.get(i), i);
      }
    }

    /**
     * Outputs in this layout. Takes the array over.
     *
     * @param values one a step; {@link Outputs#absent()} where the step was skipped
     */
    public Outputs outputs(@Nullable Object[] values) {
      if (steps.size() != values.length) {
        throw new IllegalArgumentException(
            steps.size() + " steps but " + values.length + " values");
      }
      return new Outputs(this, values);
    }

    @Override
    public Composite of(@Nullable Object[] parts) {
      return outputs(parts);
    }
  }

  /** For stores: the layout. */
  @Override
  public Form form() {
    return layout;
  }

  /** For stores: the values; {@link #absent()} where a step was skipped. */
  @Override
  public @Nullable Object[] parts() {
    return values.clone();
  }

  /** For engines: the mark of a step that did not run. */
  public static Object absent() {
    return ABSENT;
  }

  /**
   * The output of a step that ran.
   *
   * @throws IllegalArgumentException when the step is not one of these
   * @throws IllegalStateException when the step was skipped; use {@link #find} for such
   */
  @SuppressWarnings({"unchecked", "NullAway"}) // a step that gives null gives null here
  public <T> T get(Step<?, T> step) {
    Object value = values[index(step)];
    if (value == ABSENT) {
      throw new IllegalStateException(
          step + " was skipped, so it has no output; read it with find()");
    }
    return (T) value;
  }

  /**
   * The output of a step that may have been skipped; empty where it was, or where its output is
   * null.
   *
   * @throws IllegalArgumentException when the step is not one of these
   */
  @SuppressWarnings("unchecked")
  public <T> Optional<T> find(Step<?, T> step) {
    Object value = values[index(step)];
    return value == ABSENT ? Optional.empty() : (Optional<T>) Optional.ofNullable(value);
  }

  private int index(Step<?, ?> step) {
    Integer index = layout.indexes.get(step);
    if (index == null) {
      throw new IllegalArgumentException(
          step + " is not among the outputs of " + layout.origin + ": " + layout.names);
    }
    return index;
  }

  /** The outputs of all steps that ran, in the order of the steps. Values may be null. */
  public List<@Nullable Object> values() {
    for (Object value : values) {
      if (value == ABSENT) {
        return Arrays.stream(values).filter(one -> one != ABSENT).toList();
      }
    }
    List<@Nullable Object> all = Arrays.asList(values);
    return Collections.unmodifiableList(all);
  }

  /**
   * The outputs by name: that of a task by the task's name, that of a node of a dag by the node's
   * name, that of any other branch by its number, counted from 0. What was skipped is left out.
   * Values may be null.
   */
  public Map<String, @Nullable Object> asMap() {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    for (int i = 0; i < values.length; i++) {
      if (values[i] != ABSENT) {
        map.put(layout.names.get(i), values[i]);
      }
    }
    return Collections.unmodifiableMap(map);
  }

  @Override
  public String toString() {
    return "Outputs" + asMap();
  }
}
