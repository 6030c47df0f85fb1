package io.faasflow.workflow;

import io.faasflow.run.InstanceResult;
import io.faasflow.run.TaskFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A place in the data of a run. Immutable.
 *
 * <p>Written {@code INPUT}, {@code INPUT.user}, {@code ITEM}, {@code ITEM.x}, {@code ITEM^1} (the
 * item of the foreach around the innermost one), {@code count} (the output of the task of that
 * name), {@code count.words}. What follows the root is a path: {@code .name} looks up in a map,
 * {@code [3]} in a list, counted from 0, and {@code [*]} goes on with every element of a list and
 * gives a list. A name with other characters than letters, digits and underscores, or one that is
 * reserved, is quoted: {@code ["a-b.txt"]}, also at the root: {@code ["my task"].x}.
 *
 * <p>Seen from outside of a foreach, a task that ends the foreach's body stands for the list of its
 * outputs, one an instance: {@code count[*].words}.
 *
 * @param root where the path begins
 * @param path how it goes on; may be empty
 */
public record DataRef(Root root, List<Segment> path) {
  private static final int MAX_LENGTH = 2_000;
  private static final Set<String> RESERVED =
      Set.of("INPUT", "ITEM", "and", "or", "not", "true", "false", "null", "True", "False", "None");

  /**
   * Where a path begins.
   *
   * <p>The set is closed.
   */
  public sealed interface Root permits Input, Item, Output {}

  /** The input of the run. */
  public record Input() implements Root {}

  /**
   * The item of an enclosing foreach.
   *
   * @param level 0: the innermost
   */
  public record Item(int level) implements Root {
    /** Refuses a negative level. */
    public Item {
      if (level < 0) {
        throw new IllegalArgumentException("The level of an item must be 0 or more");
      }
    }
  }

  /** The output of a task, or of a node of a dag. */
  public record Output(String task) implements Root {
    /** Refuses null. */
    public Output {
      Objects.requireNonNull(task, "task");
    }
  }

  /**
   * One part of a path.
   *
   * <p>The set is closed.
   */
  public sealed interface Segment permits Key, Index, Each {}

  /** The value under a name of a map. */
  public record Key(String name) implements Segment {
    /** Refuses null. */
    public Key {
      Objects.requireNonNull(name, "name");
    }
  }

  /** An element of a list, counted from 0. */
  public record Index(int index) implements Segment {
    /** Refuses a negative index. */
    public Index {
      if (index < 0) {
        throw new IllegalArgumentException("An index must be 0 or more");
      }
    }
  }

  /** All elements of a list. */
  public record Each() implements Segment {}

  /** Copies the path. */
  public DataRef {
    Objects.requireNonNull(root, "root");
    path = List.copyOf(path);
  }

  /** A name in the input of the run. */
  public static DataRef input(String name) {
    return new DataRef(new Input(), List.of(new Key(name)));
  }

  /** A name in the output of a task. */
  public static DataRef output(String task, String name) {
    return new DataRef(new Output(task), List.of(new Key(name)));
  }

  /** The whole output of a task. */
  public static DataRef output(String task) {
    return new DataRef(new Output(task), List.of());
  }

  /** The same, one step further. */
  public DataRef then(Segment segment) {
    List<Segment> longer = new ArrayList<>(path);
    longer.add(segment);
    return new DataRef(root, longer);
  }

  /**
   * Reads a reference.
   *
   * @throws IllegalArgumentException when the text is not one; the message says where and why
   */
  public static DataRef parse(String text) {
    if (text.length() > MAX_LENGTH) {
      throw new IllegalArgumentException("A reference of "
          + text.length()
          + " characters; at most "
          + MAX_LENGTH
          + " are allowed");
    }
    return new Parser(text).reference();
  }

  /** The mark that {@link #resolve} gives where the data have no such place. */
  public static Object absent() {
    return Outputs.absent();
  }

  /**
   * Follows the path.
   *
   * @param value the value of the root
   * @return what is there, possibly null; {@link #absent()} if a name or index is not there
   * @throws IllegalArgumentException when the path needs a map or a list and finds something else
   */
  public @Nullable Object resolve(@Nullable Object value) {
    return resolve(value, 0);
  }

  private @Nullable Object resolve(@Nullable Object start, int from) {
    Object value = start;
    for (int i = from; i < path.size(); i++) {
      Segment segment = path.get(i);
      if (value == null || value == absent()) {
        return absent();
      }
      if (segment instanceof Key key) {
        Map<?, ?> map = asMap(value, key);
        Object found = map.get(key.name());
        if (found == null && !map.containsKey(key.name())) {
          return absent();
        }
        value = found;
      } else if (segment instanceof Index index) {
        List<?> list = asList(value, i);
        if (index.index() >= list.size()) {
          return absent();
        }
        value = list.get(index.index());
      } else {
        List<@Nullable Object> all = new ArrayList<>();
        for (Object element : asList(value, i)) {
          Object found = resolve(element, i + 1);
          if (found == absent()) {
            return absent();
          }
          all.add(found);
        }
        return all;
      }
    }
    return value;
  }

  private Map<?, ?> asMap(Object value, Key key) {
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    if (value instanceof Outputs outputs) {
      return outputs.asMap();
    }
    if (value instanceof InstanceResult<?> result) {
      return result.asMap();
    }
    if (value instanceof TaskFailure failure) {
      return failure.asMap();
    }
    throw new IllegalArgumentException("Reference '"
        + this
        + "' looks for the name '"
        + key.name()
        + "' in a "
        + value.getClass().getName()
        + "; it must be a map. Let the function give a Map<String, Object>");
  }

  private List<?> asList(Object value, int at) {
    if (value instanceof List<?> list) {
      return list;
    }
    throw new IllegalArgumentException("Reference '"
        + this
        + "' looks for "
        + segmentText(path.get(at))
        + " in a "
        + value.getClass().getName()
        + "; it must be a list. Let the function give a List");
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    if (root instanceof Input) {
      text.append("INPUT");
    } else if (root instanceof Item item) {
      text.append("ITEM");
      if (item.level() > 0) {
        text.append('^').append(item.level());
      }
    } else if (root instanceof Output output) {
      text.append(
          isPlain(output.task()) && !isReserved(output.task())
              ? output.task()
              : "[" + quote(output.task()) + "]");
    }
    path.forEach(segment -> text.append(segmentText(segment)));
    return text.toString();
  }

  private static String segmentText(Segment segment) {
    if (segment instanceof Key key) {
      return isPlain(key.name()) ? "." + key.name() : "[" + quote(key.name()) + "]";
    }
    return segment instanceof Index index ? "[" + index.index() + "]" : "[*]";
  }

  private static String quote(String name) {
    return '"' + name.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /** Names that mean something else at the root of a reference, or as a word of a condition. */
  private static boolean isReserved(String name) {
    return RESERVED.contains(name);
  }

  private static boolean isPlain(String name) {
    return !name.isEmpty() && name.chars().allMatch(DataRef::isNameCharacter);
  }

  private static boolean isNameCharacter(int c) {
    return c == '_' || Character.isLetterOrDigit(c);
  }

  /** A recursive-descent parser over one short text. */
  private static final class Parser {
    private final String text;
    private int at;

    Parser(String text) {
      this.text = text;
    }

    DataRef reference() {
      Root root = root();
      List<Segment> path = new ArrayList<>();
      while (at < text.length()) {
        path.add(segment());
      }
      return new DataRef(root, path);
    }

    private Root root() {
      if (at < text.length() && text.charAt(at) == '[') {
        if (bracket() instanceof Key key) {
          return new Output(key.name());
        }
        throw error("a reference begins with a name");
      }
      String name = name();
      if (name.equals("INPUT")) {
        return new Input();
      }
      if (!name.equals("ITEM")) {
        return new Output(name);
      }
      if (at < text.length() && text.charAt(at) == '^') {
        at++;
        return new Item(number());
      }
      return new Item(0);
    }

    private Segment segment() {
      if (text.charAt(at) == '.') {
        at++;
        return new Key(name());
      }
      if (text.charAt(at) == '[') {
        return bracket();
      }
      throw error("expected '.' or '['");
    }

    private Segment bracket() {
      at++;
      Segment segment;
      if (at < text.length() && text.charAt(at) == '*') {
        at++;
        segment = new Each();
      } else if (at < text.length() && text.charAt(at) == '"') {
        segment = new Key(quoted());
      } else {
        segment = new Index(number());
      }
      if (at >= text.length() || text.charAt(at) != ']') {
        throw error("expected ']'");
      }
      at++;
      return segment;
    }

    private String quoted() {
      StringBuilder name = new StringBuilder();
      for (at++; at < text.length(); at++) {
        char c = text.charAt(at);
        if (c == '"') {
          at++;
          return name.toString();
        }
        if (c == '\\' && ++at < text.length()) {
          c = text.charAt(at);
        }
        name.append(c);
      }
      throw error("a quoted name has no end");
    }

    private int number() {
      int start = at;
      while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
        at++;
      }
      if (start == at) {
        throw error("expected a number, '*' or a quoted name");
      }
      try {
        return Integer.parseInt(text, start, at, 10);
      } catch (NumberFormatException e) {
        throw error("the number is too large");
      }
    }

    private String name() {
      int start = at;
      while (at < text.length() && isNameCharacter(text.charAt(at))) {
        at++;
      }
      if (start == at) {
        throw error("expected a name");
      }
      return text.substring(start, at);
    }

    private IllegalArgumentException error(String what) {
      return new IllegalArgumentException("'"
          + text
          + "' is not a reference: "
          + what
          + " at character "
          + (at + 1)
          + ". Write INPUT.name, ITEM.name, task.name, or quote as in task[\"a-b\"]");
    }
  }
}
