package io.faasflow.workflow.yaml;

import io.faasflow.function.Resources;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A function of a flat workflow, as its file says it.
 *
 * @param at where its name stands
 * @param name unique in the file
 * @param source the function to run, or one of the words that mean none
 * @param runtime how long it runs, if the file says it
 * @param resources what it takes of its worker
 * @param splitRatio how many instances there will be, if it is reached by foreach
 * @param inputs null: it takes the whole input of the run
 * @param outputs sizes by name; null: nobody knows what it gives
 * @param next what follows
 */
record FlatFunction(
    YamlValue at,
    String name,
    String source,
    Optional<Duration> runtime,
    Resources resources,
    OptionalInt splitRatio,
    @Nullable List<Input> inputs,
    @Nullable Map<String, OptionalLong> outputs,
    Next next) {

  /** The word for the input of the run, and for what functions saved without naming them. */
  static final String INPUT = "INPUT";

  /**
   * A named input.
   *
   * @param at where it is described
   * @param isKey whether an instance of a foreach takes its own element
   * @param values one place, or several of which the first that has a value counts
   */
  record Input(YamlValue at, String name, boolean isKey, List<Place> values) {
    Input {
      values = List.copyOf(values);
    }
  }

  /**
   * Where a value comes from.
   *
   * @param at where this is said
   * @param function the name of a function, or {@link #INPUT}
   * @param parameter which of its outputs
   */
  record Place(YamlValue at, String function, String parameter) {
    boolean isInput() {
      return function.equals(INPUT);
    }
  }

  /** What follows a function. */
  record Next(Kind kind, List<Target> targets) {
    static final Next NOTHING = new Next(Kind.PASS, List.of());

    Next {
      targets = List.copyOf(targets);
    }
  }

  /** How what follows is chosen and started. */
  enum Kind {
    PASS,
    PARALLEL,
    FOREACH,
    SWITCH
  }

  /**
   * A function that may follow.
   *
   * @param at where it is named
   * @param function its name
   * @param condition when, for a switch; empty: always
   */
  record Target(YamlValue at, String function, Optional<When> condition) {}

  /** A condition and where it stands. */
  record When(YamlValue at, String text) {}

  FlatFunction {
    inputs = inputs == null ? null : List.copyOf(inputs);
    outputs = outputs == null ? null : Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
  }

  /** Whether it runs nothing: such functions only join and fork. */
  boolean isVirtual() {
    return isVirtual(source);
  }

  static boolean isVirtual(String source) {
    return source.equals("VIRTUAL") || source.equals("END");
  }

  /** The sizes of the outputs that it declares, by name. */
  Map<String, OptionalLong> declared() {
    return outputs == null ? Map.of() : outputs;
  }

  /** Whether it may give anything under any name, as it says nothing about its outputs. */
  boolean mayGiveAnything() {
    return outputs == null && !isVirtual();
  }
}
