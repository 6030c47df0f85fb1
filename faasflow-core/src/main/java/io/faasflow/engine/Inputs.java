package io.faasflow.engine;

import io.faasflow.graph.Input;
import io.faasflow.graph.Operation;
import io.faasflow.graph.Value;
import io.faasflow.run.DataException;
import io.faasflow.workflow.Outputs;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What nodes take from what others have given: their input, the items of a foreach, the way of a switch.
 * For the owner of the node, which is ready, so that all it reads is there or was skipped.
 */
final class Inputs {
  private Inputs() {}

  static @Nullable Object[] values(Frame frame, List<Value> references) {
    if (frame.program.outputs != null && references.size() > 1) {
      frame.prefetch(references);
    }
    @Nullable Object[] values = new Object[references.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = frame.value(references.get(i));
    }
    return values;
  }

  /** Which way a switch leaves by. */
  static int choose(Frame frame, Operation.Choose choose) throws Exception {
    if (choose.selector().isPresent()) {
      Object key = choose.selector().get().apply(present(frame.value(choose.flow())));
      int index = key == null ? -1 : choose.constants().indexOf(key);
      return index < 0 ? choose.rest() : index;
    }
    for (int i = 0; i < choose.tests().size(); i++) {
      Operation.Test test = choose.tests().get(i);
      if (test.condition().isEmpty() || holds(frame, test)) {
        return i;
      }
    }
    return choose.rest();
  }

  private static boolean holds(Frame frame, Operation.Test test) {
    try {
      return test.condition().orElseThrow().test(text -> {
        Input.Source source = test.sources().get(text);
        return source == null ? null : present(resolve(frame, source));
      });
    } catch (IllegalArgumentException e) {
      throw new DataException(String.valueOf(e.getMessage()), e);
    }
  }

  /** The value of the branch that was taken. */
  static @Nullable Object merge(Frame frame, Operation.Merge merge) {
    for (Value candidate : merge.candidates()) {
      Object value = frame.value(candidate);
      if (value != Outputs.absent()) {
        return merge.optional() ? Optional.ofNullable(value) : value;
      }
    }
    return merge.optional() ? Optional.empty() : null;
  }

  /** What has no value counts as null. */
  private static @Nullable Object present(@Nullable Object value) {
    return value == Outputs.absent() ? null : value;
  }

  /**
   * What a node takes.
   *
   * @param lenient whether names without a value are left out
   * @throws DataException when there is none
   */
  static @Nullable Object input(Frame frame, Input input, boolean lenient) {
    if (input instanceof Input.Flow flow) {
      Object value = frame.value(flow.value());
      if (value == Outputs.absent()) {
        // The node runs, so its predecessor ran: on another worker, and the store has lost it.
        throw lost();
      }
      return value;
    }
    if (input instanceof Input.Gathered gathered) {
      return gathered.layout().outputs(values(frame, gathered.values()));
    }
    if (input instanceof Input.Bound bound) {
      return required(frame, "the input", bound.source());
    }
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    for (Input.Entry entry : ((Input.Named) input).entries()) {
      if (lenient) {
        Object value = resolve(frame, entry.source());
        if (value != Outputs.absent()) {
          map.put(entry.name(), value);
        }
      } else {
        map.put(entry.name(), required(frame, "input '" + entry.name() + "'", entry.source()));
      }
    }
    return map;
  }

  private static @Nullable Object required(Frame frame, String what, Input.Source source) {
    Object value = resolve(frame, source);
    if (value != Outputs.absent()) {
      return value;
    }
    Input.FirstOf first = (Input.FirstOf) source;
    if (first.optional()) {
      return null;
    }
    throw new DataException(
        what
            + " has no value: nobody saved "
            + String.join(
                " or ",
                first.candidates().stream()
                    .map(candidate -> "'" + candidate.reference() + "'")
                    .toList())
            + " in this run. Let the function give that name, or declare the input optional",
        null);
  }

  /** The first value that is there; {@link Outputs#absent()} if there is none. */
  private static @Nullable Object resolve(Frame frame, Input.Source source) {
    if (source instanceof Input.Fixed fixed) {
      return fixed.value();
    }
    for (Input.Candidate candidate : ((Input.FirstOf) source).candidates()) {
      Object root = frame.value(candidate.value());
      if (root != Outputs.absent()) {
        try {
          Object value = candidate.reference().resolve(root);
          if (value != Outputs.absent()) {
            return value;
          }
        } catch (IllegalArgumentException e) {
          throw new DataException(String.valueOf(e.getMessage()), e);
        }
      }
    }
    return Outputs.absent();
  }

  /** The items of a foreach. */
  static @Nullable Object[] items(Frame frame, Operation.Loop loop) throws Exception {
    Object input = input(frame, loop.items(), false);
    if (loop.zipped()) {
      return zip((Map<?, ?>) Objects.requireNonNull(input));
    }
    Object items = loop.selector().isPresent() ? loop.selector().get().apply(input) : input;
    return collection("its collection", items);
  }

  private static @Nullable Object[] collection(String what, @Nullable Object items) {
    if (items instanceof Iterable<?> iterable) {
      return Loop.copy(iterable);
    }
    throw new DataException(
        "A foreach goes through a collection, but "
            + what
            + " is "
            + (items == null ? "null" : "a " + items.getClass().getName())
            + ". Give it a List",
        null);
  }

  private static @Nullable Object[] zip(Map<?, ?> collections) {
    Map<String, @Nullable Object[]> columns = new LinkedHashMap<>();
    int length = -1;
    for (Map.Entry<?, ?> entry : collections.entrySet()) {
      @Nullable Object[] column = collection("'" + entry.getKey() + "'", entry.getValue());
      if (length >= 0 && column.length != length) {
        throw new DataException(
            "A foreach goes through several collections in step, but they have "
                + length
                + " and "
                + column.length
                + " elements ("
                + collections.keySet()
                + "). Make them equally long",
            null);
      }
      length = column.length;
      columns.put(String.valueOf(entry.getKey()), column);
    }
    @Nullable Object[] items = new Object[Math.max(length, 0)];
    for (int i = 0; i < items.length; i++) {
      Map<String, @Nullable Object> item = new LinkedHashMap<>();
      for (Map.Entry<String, @Nullable Object[]> column : columns.entrySet()) {
        item.put(column.getKey(), column.getValue()[i]);
      }
      items[i] = Collections.unmodifiableMap(item);
    }
    return items;
  }

  static LostValueException lost() {
    return new LostValueException("the predecessor");
  }
}
