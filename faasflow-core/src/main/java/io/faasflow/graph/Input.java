package io.faasflow.graph;

import io.faasflow.workflow.DataRef;
import io.faasflow.workflow.Outputs;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a node puts its input together.
 *
 * <p>The set is closed.
 */
public sealed interface Input permits Input.Flow, Input.Gathered, Input.Named, Input.Bound {

  /** The output of one node as it is. */
  record Flow(Value value) implements Input {}

  /** The outputs of several nodes, keyed by step. */
  record Gathered(List<Value> values, Outputs.Layout layout) implements Input {
    /** Copies the list. */
    public Gathered {
      values = List.copyOf(values);
    }
  }

  /** A map of named values. */
  record Named(List<Entry> entries) implements Input {
    /** Copies the list. */
    public Named {
      entries = List.copyOf(entries);
    }
  }

  /**
   * A named value.
   *
   * @param name its name in the map
   * @param source where it comes from
   */
  record Entry(String name, Source source) {}

  /** One value without a name. */
  record Bound(Source source) implements Input {}

  /**
   * Where a value comes from.
   *
   * <p>The set is closed.
   */
  sealed interface Source permits FirstOf, Fixed {}

  /**
   * The first candidate that has a value.
   *
   * @param candidates in the order of preference
   * @param optional whether none may have one; the value is null then
   */
  record FirstOf(List<Candidate> candidates, boolean optional) implements Source {
    /** Copies the list. */
    public FirstOf {
      candidates = List.copyOf(candidates);
    }
  }

  /**
   * A node's output and the path into it.
   *
   * @param value the output
   * @param reference the path; its root is the definition's name for the output
   */
  record Candidate(Value value, DataRef reference) {}

  /** A value of the definition. */
  record Fixed(@Nullable Object value) implements Source {}
}
