package io.faasflow.workflow;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where a named input comes from. Immutable.
 *
 * <p>The set is closed.
 */
public sealed interface Binding permits Binding.From, Binding.Constant {

  /**
   * From the data of the run: the first of these references that has a value. A reference has none
   * when the task that it names was skipped, or when the data have no such name.
   *
   * @param references one or more, the preferred one first
   * @param optional what happens when none has a value: null if true, else the task fails
   */
  record From(List<DataRef> references, boolean optional) implements Binding {
    /** Copies the list and refuses an empty one. */
    public From {
      references = List.copyOf(references);
      if (references.isEmpty()) {
        throw new IllegalArgumentException("A binding needs at least one reference");
      }
    }
  }

  /**
   * A value given with the definition.
   *
   * @param value a string, number, boolean or null, or a list or map (with string keys) of such
   */
  record Constant(@Nullable Object value) implements Binding {
    /** Copies lists and maps and refuses what a definition cannot carry. */
    public Constant {
      value = Constants.copyOf(value, 0);
    }
  }

  /** From one place in the run, which surely has a value. */
  static Binding from(DataRef reference) {
    return new From(List.of(reference), false);
  }

  /** From one place in the run, written as {@link DataRef#parse} reads it. */
  static Binding from(String reference) {
    return from(DataRef.parse(reference));
  }

  /** From the first of several places that has a value. */
  static Binding firstOf(List<DataRef> references) {
    return new From(references, false);
  }

  /** A value given with the definition. */
  static Binding constant(@Nullable Object value) {
    return new Constant(value);
  }

  /** The same, giving null where no reference has a value. */
  default Binding orNull() {
    return this instanceof From from
        ? new From(from.references(), true)
        : Objects.requireNonNull(this);
  }
}
