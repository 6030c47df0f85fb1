package io.faasflow.workflow.yaml;

import io.faasflow.workflow.Binding;
import io.faasflow.workflow.Condition;
import io.faasflow.workflow.DataRef;
import io.faasflow.workflow.Parallel;
import io.faasflow.workflow.Sequence;
import io.faasflow.workflow.Step;
import io.faasflow.workflow.Switch;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.yaml.NestedMappings.Mapping;
import io.faasflow.workflow.yaml.NestedScope.Found;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads the steps of a nested workflow, each with what it adds to {@code LOCAL} around it. Reports
 * what is wrong and goes on. Confined to the reading of one document.
 */
final class NestedStepReader {
  // A foreach of several steps makes two constructs, so this stays below Step.MAX_DEPTH.
  private static final int MAX_NESTING = Step.MAX_DEPTH / 2 - 2;
  private static final int MAX_CANDIDATES = 1_000;
  private static final List<String> TYPES =
      List.of("pass", "parallel", "switch", "foreach", "function");

  /** A step, and the names that it adds to {@code LOCAL} of the scope around it. */
  record Made(Step<?, ?> step, Map<String, Found> exports) {}

  /**
   * Where a step is.
   *
   * @param around what it sees
   * @param nesting in how many steps
   * @param foreachDepth in how many foreach steps
   */
  record Site(NestedScope around, int nesting, int foreachDepth) {
    Site inside(NestedScope scope) {
      return new Site(scope, nesting + 1, foreachDepth);
    }

    Site insideForeach(NestedScope scope) {
      return new Site(scope, nesting + 1, foreachDepth + 1);
    }
  }

  private final NestedMappings mappings = new NestedMappings();
  private final Map<String, Integer> lines = new HashMap<>(); // of the names of tasks

  NestedStepReader() {}

  /** Reads a step and all in it; empty when it is not to be used for what was reported. */
  Optional<Made> step(YamlMap map, Site site) {
    map.self().countStep();
    if (site.nesting() > MAX_NESTING) {
      map.self()
          .problem(
              "steps nest more than " + MAX_NESTING + " deep",
              "Flatten the workflow, or move an inner part into a function");
      return Optional.empty();
    }
    Optional<String> name = name(map);
    Optional<YamlValue> typeAt = map.required("type");
    String type = typeAt.flatMap(YamlValue::asText).orElse("");
    if (typeAt.isPresent() && !type.isEmpty() && !TYPES.contains(type)) {
      typeAt
          .get()
          .problem(
              "the type '" + YamlProblems.quoted(type) + "' is not known",
              Spelling.cure(type, TYPES));
    }
    map.unknownKeys(keys(type));
    if (type.equals("foreach")) {
      return foreach(map, name.orElse(""), site);
    }
    NestedScope own = map.optional("inputMappings")
        .map(value -> mappings.resolve(mappings.list(value), site.around()))
        .map(site.around()::inner)
        .orElseGet(site.around()::inner);
    Optional<Step<?, ?>> step = switch (type) {
      case "pass" -> sequence(map, site.inside(own));
      case "parallel" -> parallel(map, site.inside(own));
      case "switch" -> choice(map, site.inside(own));
      case "function" -> name.flatMap(task -> function(map, task, site.inside(own)));
      default -> Optional.empty();
    };
    Map<String, Found> exports = map.optional("outputMappings")
        .map(value -> mappings.resolve(mappings.list(value), own))
        .orElseGet(own::saved);
    return step.map(made -> new Made(made, exports));
  }

  private static List<String> keys(String type) {
    List<String> keys = new ArrayList<>(List.of("name", "type", "inputMappings", "outputMappings"));
    switch (type) {
      case "pass" -> keys.add("steps");
      case "parallel" -> keys.add("branches");
      case "switch" -> keys.add("choices");
      case "foreach" -> keys.add("task");
      case "function" -> keys.addAll(List.of("source", "output"));
      default -> keys.addAll(List.of("steps", "branches", "choices", "task", "source", "output"));
    }
    return keys;
  }

  private Optional<String> name(YamlMap map) {
    Optional<YamlValue> at = map.required("name");
    Optional<String> name = at.flatMap(YamlValue::asText);
    if (at.isPresent() && name.filter(String::isBlank).isPresent()) {
      at.get().problem("the name is empty", "Write a name");
      return Optional.empty();
    }
    return name;
  }

  /** Notes the name of a task; reports it when there is one of that name. */
  private void define(YamlMap map, String name) {
    map.optional("name").ifPresent(at -> {
      Integer first = lines.putIfAbsent(name, at.place().line());
      if (first != null) {
        at.problem(
            "the name '" + YamlProblems.quoted(name) + "' is used before, in line " + first,
            "Names of functions and foreach steps are unique in a workflow; to use a function"
                + " twice, give the second step a name of its own and the same 'source'");
      }
      at.defines(name);
    });
  }

  // Steps of each type.

  private Optional<Step<?, ?>> function(YamlMap map, String name, Site site) {
    define(map, name);
    Optional<String> source = map.optional("source").flatMap(YamlValue::asText);
    if (source.filter(String::isBlank).isPresent()) {
      map.problemAt("source", "the name of the function is empty", "Write it, or remove the key");
    }
    Map<String, OptionalLong> outputs = new LinkedHashMap<>();
    Map<String, Found> saved = new LinkedHashMap<>();
    Optional<YamlValue> output = map.optional("output").filter(value -> !value.isNull());
    for (YamlValue element : output.flatMap(YamlValue::asList).orElse(List.of())) {
      Optional<String> one = element.asText();
      if (one.filter(String::isBlank).isPresent()) {
        element.problem("the name of an output is empty", "Write a name");
      } else if (one.isPresent() && outputs.put(one.get(), OptionalLong.empty()) != null) {
        element.problem(
            "the output '" + YamlProblems.quoted(one.get()) + "' is listed twice", "Remove one");
      }
      one.ifPresent(some -> saved.put(some, Found.surely(DataRef.output(name, some))));
    }
    Map<String, Binding> inputs = site.around()
        .inputNames()
        .map(names -> mappings.bindings(names, site.foreachDepth(), map.self()))
        .orElse(Map.of("", Binding.from("INPUT")));
    site.around().save(saved);
    Task<Object, Object> task = Task.named(name);
    if (source.isPresent() && !source.get().equals(name)) {
      task = task.function(source.get());
    }
    if (!outputs.isEmpty()) {
      task = Task.untyped(task.outputs(outputs));
    }
    return Optional.of(task.inputs(inputs));
  }

  private Optional<Step<?, ?>> sequence(YamlMap map, Site site) {
    List<Step<?, ?>> steps = new ArrayList<>();
    for (YamlMap step : children(map, "steps")) {
      Optional<Made> made = step(step, site);
      made.ifPresent(one -> steps.add(one.step()));
      made.ifPresent(one -> save(step, one.exports(), site.around()));
    }
    return steps.isEmpty()
        ? Optional.empty()
        : Optional.of(steps.size() == 1 ? steps.get(0) : Sequence.untyped(steps));
  }

  private Optional<Step<?, ?>> parallel(YamlMap map, Site site) {
    List<Made> branches = new ArrayList<>();
    for (YamlMap branch : children(map, "branches")) {
      step(branch, site).ifPresent(branches::add);
    }
    // Only now: branches do not see what the others save. The last one wins.
    branches.forEach(branch -> save(map, branch.exports(), site.around()));
    return branches.isEmpty()
        ? Optional.empty()
        : Optional.of(Parallel.untyped(branches.stream().map(Made::step).toList()));
  }

  private Optional<Step<?, ?>> choice(YamlMap map, Site site) {
    List<Switch.Case> cases = new ArrayList<>();
    List<Made> branches = new ArrayList<>();
    Optional<Made> otherwise = Optional.empty();
    List<YamlMap> choices = children(map, "choices");
    for (int i = 0; i < choices.size(); i++) {
      YamlMap choice = choices.get(i);
      choice.unknownKeys(List.of("condition", "go"));
      Optional<YamlValue> condition = choice.required("condition");
      Optional<Made> made =
          choice.required("go").flatMap(YamlValue::asMap).flatMap(step -> step(step, site));
      made.ifPresent(branches::add);
      if (condition.isPresent() && isDefault(condition.get())) {
        otherwise = made;
        if (i < choices.size() - 1) {
          condition
              .get()
              .problem(
                  "'default' stands before other choices, which would never be looked at",
                  "Put it last, and use it once");
        }
      } else if (condition.isPresent()) {
        Optional<Condition> holds =
            mappings.condition(condition.get(), site.around(), site.foreachDepth());
        if (holds.isPresent() && made.isPresent()) {
          cases.add(new Switch.Case(new Switch.Holds(holds.get()), made.get().step()));
        }
      }
    }
    save(map, oneOf(branches, otherwise.isPresent()), site.around());
    if (cases.isEmpty() && otherwise.isPresent()) {
      // Nothing to choose.
      return Optional.of(otherwise.get().step());
    }
    return cases.isEmpty()
        ? Optional.empty()
        : Optional.of(
            Switch.untyped(cases, otherwise.<Step<?, ?>>map(Made::step).orElse(null)));
  }

  private static boolean isDefault(YamlValue condition) {
    return condition.isString()
        && condition.asText().filter(text -> text.strip().equals("default")).isPresent();
  }

  /** What is saved when one of these ran: sure only if it is so whichever did. */
  private static Map<String, Found> oneOf(List<Made> branches, boolean hasDefault) {
    Map<String, List<DataRef>> references = new LinkedHashMap<>();
    Map<String, Integer> sure = new HashMap<>();
    for (Made branch : branches) {
      branch.exports().forEach((name, found) -> {
        references.computeIfAbsent(name, any -> new ArrayList<>()).addAll(found.references());
        sure.merge(name, found.sure() ? 1 : 0, Integer::sum);
      });
    }
    Map<String, Found> merged = new LinkedHashMap<>();
    references.forEach((name, some) -> merged.put(
        name,
        new Found(
            some.stream().distinct().toList(),
            hasDefault && sure.getOrDefault(name, 0) == branches.size())));
    return merged;
  }

  private Optional<Made> foreach(YamlMap map, String name, Site site) {
    define(map, name);
    Map<String, Found> lists = new LinkedHashMap<>();
    Map<String, Found> names = new LinkedHashMap<>();
    Optional<YamlValue> given = map.required("inputMappings");
    List<Mapping> inputs = given.map(mappings::list).orElse(List.of());
    int collections = (int) inputs.stream().filter(Mapping::isEach).count();
    // Where a mapping could not be read, that is the news.
    boolean all =
        given.flatMap(YamlValue::asList).filter(l -> l.size() == inputs.size()).isPresent();
    if (given.isPresent() && all && collections == 0) {
      given
          .get()
          .problem(
              "no source has a [*], so there is nothing to go through",
              "Write, for example, 'source: LOCAL.list[*]'");
    }
    for (Mapping input : inputs) {
      if (!input.isEach()) {
        mappings.resolve(input, site.around()).ifPresent(one -> names.put(input.target(), one));
        continue;
      }
      // LOCAL[*] is no list, and refused as it stands.
      Mapping whole = input.list().source().path().isEmpty() ? input : input.list();
      Optional<Found> list = mappings.resolve(whole, site.around());
      list.ifPresent(one -> lists.put(input.target(), one));
      // A single list needs no map around its elements.
      names.put(
          input.target(),
          Found.surely(new DataRef(
              new DataRef.Item(site.foreachDepth()),
              collections == 1 ? List.of() : List.of(new DataRef.Key(input.target())))));
    }
    NestedScope own = site.around().inner(names);
    Optional<Made> body = map.required("task")
        .flatMap(YamlValue::asMap)
        .flatMap(task -> step(task, site.insideForeach(own)));
    if (body.isEmpty() || lists.isEmpty()) {
      return Optional.empty();
    }
    own.save(body.get().exports());
    Map<String, Binding> items = mappings.bindings(lists, site.foreachDepth(), map.self());
    return Optional.of(
        new NestedForeach(mappings, own).foreach(map, name, site, body.get().step(), items));
  }

  /** The maps of a list that must be there and have some. */
  private static List<YamlMap> children(YamlMap map, String key) {
    Optional<YamlValue> value = map.required(key);
    List<YamlValue> elements = value.flatMap(YamlValue::asList).orElse(List.of());
    if (value.filter(YamlValue::isList).isPresent() && elements.isEmpty()) {
      map.problemAt(key, "the list is empty", "Add at least one, or remove the step");
    }
    return elements.stream().flatMap(element -> element.asMap().stream()).toList();
  }

  private static void save(YamlMap at, Map<String, Found> exports, NestedScope scope) {
    scope.save(exports);
    for (String name : exports.keySet()) {
      Found found = scope.saved().get(name);
      if (found != null && found.references().size() > MAX_CANDIDATES) {
        at.self()
            .problem(
                "more than "
                    + MAX_CANDIDATES
                    + " steps may have saved '"
                    + YamlProblems.quoted(name)
                    + "' here",
                "Give the switches a default, or the outputs different names");
        at.self().throwIfProblems();
      }
    }
  }
}
