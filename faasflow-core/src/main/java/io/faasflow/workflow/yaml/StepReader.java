package io.faasflow.workflow.yaml;

import io.faasflow.workflow.Condition;
import io.faasflow.workflow.Dag;
import io.faasflow.workflow.Fallback;
import io.faasflow.workflow.Foreach;
import io.faasflow.workflow.Parallel;
import io.faasflow.workflow.Sequence;
import io.faasflow.workflow.Step;
import io.faasflow.workflow.Switch;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Tolerance;
import io.faasflow.workflow.yaml.YamlProblems.Construct;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Reads the steps of our own format. Confined to the reading thread.
 *
 * <p>Recursion is bounded by {@link Step#MAX_DEPTH}.
 */
final class StepReader {
  private static final List<String> KINDS =
      List.of("task", "pass", "parallel", "switch", "foreach", "dag");

  /** In place of what could not be read; nothing is built with it, for there is a problem. */
  private static final Step<?, ?> UNREADABLE = Task.pass("?");

  private @Nullable Construct place;
  private int depth;

  /** The steps of the workflow. */
  Sequence<Object, Object> body(YamlValue value) {
    depth = 1;
    return sequence(value);
  }

  private Sequence<Object, Object> sequence(YamlValue value) {
    List<YamlValue> elements = notEmpty(value, "Add at least one step");
    List<Step<?, ?>> steps = new ArrayList<>(elements.size());
    for (int i = 0; i < elements.size(); i++) {
      steps.add(step("step", i, elements.get(i)));
    }
    return Sequence.untyped(steps);
  }

  private static List<YamlValue> notEmpty(YamlValue value, String cure) {
    List<YamlValue> elements = value.asList().orElse(List.of());
    if (value.isList() && elements.isEmpty()) {
      value.problem("the list is empty", cure);
    }
    return elements;
  }

  /** A step, or a list of steps, which is a sequence. */
  private Step<?, ?> stepOrList(String part, int index, YamlValue value) {
    return value.isList()
        ? inside(part, index, value, () -> sequence(value))
        : step(part, index, value);
  }

  private interface Reading {
    Step<?, ?> read();
  }

  /** Goes one level down: {@code part} and {@code index} are as {@code Problem.place()} has them. */
  private Step<?, ?> inside(String part, int index, YamlValue value, Reading reading) {
    if (depth >= Step.MAX_DEPTH) {
      value.problem(
          "constructs nest more than " + Step.MAX_DEPTH + " deep",
          "Flatten the workflow, or move an inner part into a function");
      return UNREADABLE;
    }
    Construct outer = place;
    place = new Construct(outer, part, index + 1, value.place());
    value.problems().add(place);
    depth++;
    Step<?, ?> step = reading.read();
    depth--;
    place = outer;
    return step;
  }

  private Step<?, ?> step(String part, int index, YamlValue value) {
    if (value.isList()) {
      value.problem(
          "must be a step, but is " + value.kind(),
          "Put its steps into the list around it: a list in a list of steps adds nothing");
      return UNREADABLE;
    }
    Optional<YamlMap> found = value.asMap();
    if (found.isEmpty()) {
      return UNREADABLE;
    }
    YamlMap map = found.get();
    Optional<String> kind = kind(map, KINDS);
    if (kind.isEmpty()) {
      return UNREADABLE;
    }
    if (kind.get().equals("task") || kind.get().equals("pass")) {
      return task(map, List.of());
    }
    return inside(part, index, value, () -> construct(kind.get(), map));
  }

  private Step<?, ?> construct(String kind, YamlMap map) {
    YamlValue value = map.optional(kind).orElseThrow();
    return switch (kind) {
      case "parallel" -> parallel(map, value);
      case "switch" -> choice(map, value);
      case "foreach" -> foreach(map, value);
      default -> dag(map, value);
    };
  }

  private static Optional<String> kind(YamlMap map, List<String> kinds) {
    List<String> found = kinds.stream().filter(map::has).toList();
    if (found.size() == 1) {
      return Optional.of(found.get(0));
    }
    String choice = String.join(", ", kinds);
    if (found.isEmpty()) {
      map.self()
          .problem(
              "is not a step: it has none of the keys " + choice,
              map.keys().stream()
                  .flatMap(key -> Spelling.nearest(key, kinds).stream())
                  .findFirst()
                  .map(near -> "Did you mean '" + near + "'?")
                  .orElse("Add one of them"));
    } else {
      map.problemAt(
          found.get(1),
          "is a second kind of step beside '" + found.get(0) + "'",
          "Make two steps of it, each with one of " + choice);
    }
    return Optional.empty();
  }

  private Step<?, ?> task(YamlMap map, List<String> more) {
    List<String> keys = new ArrayList<>(more);
    if (map.has("task")) {
      keys.add("onFailure");
    }
    Optional<Task<Object, Object>> task = TaskReader.read(map, keys);
    if (task.isEmpty()) {
      return UNREADABLE;
    }
    Optional<YamlValue> otherwise = map.has("task") ? map.optional("onFailure") : Optional.empty();
    if (otherwise.isEmpty()) {
      return task.get();
    }
    String part = "onFailure of '" + task.get().name() + "'";
    YamlValue value = otherwise.get();
    Step<?, ?> read =
        inside(part, 0, value, () -> value.isList() ? sequence(value) : step("step", 0, value));
    return Fallback.untyped(task.get(), read);
  }

  /** What gives the output of a failed run: a step, or a list of steps. */
  Step<?, ?> onFailure(YamlValue value) {
    return stepOrList("onFailure", 0, value);
  }

  private Step<?, ?> parallel(YamlMap map, YamlValue value) {
    map.unknownKeys(List.of("parallel"));
    List<YamlValue> elements = notEmpty(value, "Add at least one branch");
    List<Step<?, ?>> branches = new ArrayList<>(elements.size());
    for (int i = 0; i < elements.size(); i++) {
      branches.add(stepOrList("parallel branch", i, elements.get(i)));
    }
    return Parallel.untyped(branches);
  }

  private Step<?, ?> choice(YamlMap map, YamlValue value) {
    map.unknownKeys(List.of("switch", "otherwise", "optional"));
    List<Switch.Case> cases = new ArrayList<>();
    List<YamlValue> elements = notEmpty(value, "Add at least one case");
    for (int i = 0; i < elements.size(); i++) {
      YamlMap one = elements.get(i).asMap().orElse(null);
      if (one == null) {
        continue;
      }
      one.unknownKeys(List.of("when", "where", "do"));
      Optional<Condition> condition = DataReader.condition(one);
      Optional<YamlValue> body = one.required("do");
      if (body.isPresent()) {
        Step<?, ?> branch = stepOrList("switch case", i, body.get());
        condition.ifPresent(c -> cases.add(new Switch.Case(new Switch.Holds(c), branch)));
      }
    }
    YamlValue rest = map.optional("otherwise").orElse(null);
    if (rest != null && map.has("optional")) {
      map.problemAt(
          "optional",
          "with 'otherwise', a branch is always taken",
          "Remove 'optional' or 'otherwise'");
    }
    boolean optional = map.optional("optional").flatMap(YamlValue::asBoolean).orElse(false);
    if (optional && !cases.isEmpty()) {
      return orEmpty(cases);
    }
    return Switch.untyped(
        cases, rest == null ? null : stepOrList("switch otherwise", elements.size(), rest));
  }

  @SuppressWarnings("unchecked") // nobody checks the types of a definition that was read
  private static Step<?, ?> orEmpty(List<Switch.Case> cases) {
    Switch.MoreConditions<Object, Object> more = null;
    for (Switch.Case one : cases) {
      Condition condition = ((Switch.Holds) one.test()).condition();
      Step<Object, Object> branch = (Step<Object, Object>) one.branch();
      more = more == null ? Switch.choose().when(condition, branch) : more.when(condition, branch);
    }
    return more == null ? UNREADABLE : more.orEmpty();
  }

  private Step<?, ?> foreach(YamlMap map, YamlValue value) {
    map.unknownKeys(List.of("foreach", "do", "concurrency", "instances", "tolerate"));
    Optional<Foreach.Items> items = items(value);
    Optional<YamlValue> body = map.required("do");
    Step<?, ?> step = body.isPresent() ? stepOrList("foreach body", 0, body.get()) : UNREADABLE;
    Foreach<Object, Object> foreach = Foreach.untyped(items.orElse(new Foreach.Flow()), step);
    OptionalInt concurrency = integer(map, "concurrency", 1);
    if (concurrency.isPresent()) {
      foreach = foreach.concurrency(concurrency.getAsInt());
    }
    OptionalInt instances = integer(map, "instances", 0);
    if (instances.isPresent()) {
      foreach = foreach.expectedInstances(instances.getAsInt());
    }
    Optional<Tolerance> tolerance = map.optional("tolerate").flatMap(Quantities::tolerance);
    return tolerance.isPresent() ? foreach.tolerate(tolerance.get()) : foreach;
  }

  private static OptionalInt integer(YamlMap map, String key, int least) {
    Optional<YamlValue> value = map.optional(key);
    return value.isPresent() ? value.get().asInt(least) : OptionalInt.empty();
  }

  private static Optional<Foreach.Items> items(YamlValue value) {
    if (value.isNull()) {
      return Optional.of(new Foreach.Flow());
    }
    YamlMap map = value.isMap() ? value.asMap().orElseThrow() : null;
    if (map == null || !map.has("each")) {
      return DataReader.binding(value).map(Foreach.Zipped::single);
    }
    map.unknownKeys(List.of("each"));
    YamlValue each = map.optional("each").orElseThrow();
    if (each.asMap().filter(collections -> collections.keys().isEmpty()).isPresent()) {
      each.problem("the map is empty", "Name at least one collection, as in {page: scan.pages}");
    }
    return Optional.of(new Foreach.Zipped(DataReader.bindings(each)));
  }

  private Step<?, ?> dag(YamlMap map, YamlValue value) {
    map.unknownKeys(List.of("dag"));
    List<Dag.Node> nodes = new ArrayList<>();
    for (YamlValue element : notEmpty(value, "Add at least one node")) {
      element.asMap().flatMap(this::node).ifPresent(nodes::add);
    }
    return Dag.of(nodes);
  }

  private Optional<Dag.Node> node(YamlMap map) {
    Optional<String> kind = kind(map, List.of("node", "task", "pass"));
    if (kind.isEmpty()) {
      return Optional.empty();
    }
    YamlValue nameValue = map.optional(kind.get()).orElseThrow();
    Optional<String> name;
    Step<?, ?> step = UNREADABLE;
    if (kind.get().equals("node")) {
      map.unknownKeys(List.of("node", "do", "next", "switch"));
      nameValue.countStep();
      name = TaskReader.name(nameValue);
      name.ifPresent(nameValue::defines);
      Optional<YamlValue> body = map.required("do");
      if (body.isPresent()) {
        step = stepOrList("dag node '" + name.orElse("?") + "'", 0, body.get());
      }
    } else {
      step = task(map, List.of("next", "switch"));
      // What is wrong with the name was reported with the task.
      name = nameValue.isString() ? nameValue.asString() : Optional.empty();
    }
    Dag.Next next = next(map);
    Step<?, ?> read = step;
    return name.map(known -> new Dag.Node(known, read, next));
  }

  private static Dag.Next next(YamlMap map) {
    if (map.has("next") && map.has("switch")) {
      map.problemAt(
          "switch", "stands beside 'next'", "Keep one: 'switch' chooses one of several nodes");
    }
    Optional<YamlValue> ways = map.optional("switch");
    if (ways.isPresent()) {
      List<Dag.Choice> choices = new ArrayList<>();
      notEmpty(ways.get(), "Add at least one way")
          .forEach(way -> way.asMap().flatMap(StepReader::way).ifPresent(choices::add));
      return new Dag.FirstMatch(choices);
    }
    Optional<YamlValue> next = map.optional("next");
    List<String> targets = new ArrayList<>();
    if (next.isPresent() && next.get().isList()) {
      notEmpty(next.get(), "Name at least one node, or leave the key out")
          .forEach(element -> TaskReader.name(element).ifPresent(targets::add));
    } else if (next.isPresent()) {
      TaskReader.name(next.get()).ifPresent(targets::add);
    }
    return new Dag.All(targets);
  }

  private static Optional<Dag.Choice> way(YamlMap map) {
    map.unknownKeys(List.of("when", "where", "go"));
    Optional<Condition> condition =
        map.has("when") || map.has("where") ? DataReader.condition(map) : Optional.empty();
    return map.required("go")
        .flatMap(TaskReader::name)
        .map(target -> new Dag.Choice(condition, target));
  }
}
