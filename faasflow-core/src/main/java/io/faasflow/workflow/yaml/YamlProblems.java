package io.faasflow.workflow.yaml;

import static java.util.Comparator.comparingInt;

import io.faasflow.workflow.InvalidWorkflowException;
import io.faasflow.workflow.Problem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is shared by all values of one file while it is read: the problems found so far, and the
 * budgets. Confined to the reading thread.
 */
final class YamlProblems {
  private static final int MAX_PROBLEMS = 1_000;
  private static final int MAX_QUOTED = 100;
  private static final int CONDITION_CHARACTERS_A_STEP = 50;
  private static final int MAX_MESSAGE = 1_000;

  /** A place in the file, counted from 1. */
  record Place(int line, int column, String key) {
    Place withKey(String other) {
      return new Place(line, column, other);
    }
  }

  /**
   * A construct's place in the tree, as {@link Problem#place()} spells it. Spelled only when it is
   * asked for: in deep trees paths are long.
   */
  record Construct(@Nullable Construct parent, String part, int number, Place begin) {
    String path() {
      String own = part + " " + number;
      return parent == null ? own : parent.path() + " > " + own;
    }
  }

  private final String source;
  private final YamlLimits limits;
  private final List<YamlProblem> problems = new ArrayList<>();
  private final Map<String, Place> firstPlaces = new HashMap<>();
  private final Map<String, Place> lastPlaces = new HashMap<>();
  private final List<Construct> constructs = new ArrayList<>();
  private int nodes;
  private int steps;

  YamlProblems(String source, YamlLimits limits) {
    this.source = source;
    this.limits = limits;
  }

  String source() {
    return source;
  }

  YamlLimits limits() {
    return limits;
  }

  /** Shortens what a message quotes from the file, and keeps it on one line. */
  static String quoted(String text) {
    return quoted(text, MAX_QUOTED);
  }

  private static String quoted(String text, int most) {
    String start = text.length() <= most ? text : text.substring(0, most - 3) + "...";
    return start.replaceAll("\\p{Cntrl}", " ");
  }

  /** Adds a problem; the thousandth ends the reading. */
  void add(Place place, String message, String cure) {
    add(place, message, cure, null);
  }

  private void add(Place place, String message, String cure, @Nullable Throwable cause) {
    problems.add(
        new YamlProblem(source, place.line(), place.column(), quoted(place.key()), message, cure));
    if (problems.size() >= MAX_PROBLEMS) {
      throw exception(cause);
    }
  }

  /**
   * Adds a problem that one of the model's own parsers reports: "what is wrong. Cure".
   *
   * @param cure the cure if the message has none
   */
  void add(Place place, IllegalArgumentException error, String cure) {
    String text = quoted(String.valueOf(error.getMessage()), MAX_MESSAGE);
    // What comes before may quote the file, so the cure is looked for from the end.
    int end = Math.max(text.lastIndexOf(". Write "), text.lastIndexOf(". Allowed are "));
    if (end > 0) {
      add(place, text.substring(0, end), text.substring(end + 2));
    } else {
      add(place, text, cure);
    }
  }

  /** Adds a problem and ends the reading: what follows makes no sense after it. */
  WorkflowFormatException fatal(
      Place place, String message, String cure, @Nullable Throwable cause) {
    add(place, message, cure, cause);
    return exception(cause);
  }

  private WorkflowFormatException exception(@Nullable Throwable cause) {
    List<YamlProblem> inOrder = new ArrayList<>(problems);
    inOrder.sort(comparingInt(YamlProblem::line).thenComparingInt(YamlProblem::column));
    return new WorkflowFormatException(source, inOrder, cause);
  }

  void throwIfAny() {
    throwIfAny(null);
  }

  void throwIfAny(@Nullable Throwable cause) {
    if (!problems.isEmpty()) {
      throw exception(cause);
    }
  }

  /** Counts values that are looked at, again at every use of an alias. */
  void countNodes(Place place, int more) {
    nodes += more;
    if (nodes > limits.maxNodes()) {
      throw fatal(
          place,
          "the file's aliases stand for more than " + limits.maxNodes() + " values",
          "Use fewer aliases of lists and maps, or raise YamlLimits.maxNodes",
          null);
    }
  }

  void countStep(Place place) {
    countSteps(place, 1);
  }

  /**
   * Counts a condition. Compiling one takes time by its length, and nothing else bounds how many a
   * file has.
   */
  void countCondition(Place place, String text) {
    countSteps(place, 1 + text.length() / CONDITION_CHARACTERS_A_STEP);
  }

  private void countSteps(Place place, int more) {
    steps += more;
    if (steps > limits.maxSteps()) {
      throw fatal(
          place,
          "the file has more than " + limits.maxSteps() + " tasks, nodes and conditions",
          "Split the workflow, or raise YamlLimits.maxSteps",
          null);
    }
  }

  /** Notes where a task or node is defined; a name may be noted more than once. */
  void define(String name, Place place) {
    firstPlaces.putIfAbsent(name, place);
    lastPlaces.put(name, place);
  }

  /** Notes where a construct begins. */
  void add(Construct construct) {
    constructs.add(construct);
  }

  /** Adds what the builder found wrong, at the position of what it is about, as far as known. */
  void add(InvalidWorkflowException invalid) {
    Map<String, Place> byPath = new HashMap<>();
    constructs.forEach(one -> byPath.putIfAbsent(one.path(), one.begin()));
    for (Problem problem : invalid.problems()) {
      // Of two that have the same name, the second is the one that is wrong.
      boolean twice = problem.message().contains("is used twice");
      Place place = (twice ? lastPlaces : firstPlaces).get(problem.subject());
      if (place == null) {
        place = byPath.getOrDefault(problem.place(), new Place(1, 1, ""));
      }
      String where = problem.place().isEmpty() ? "" : "in " + problem.place() + ": ";
      add(place, quoted(where + problem.message(), MAX_MESSAGE), problem.cure());
    }
  }
}
