package io.faasflow.workflow.yaml;

import io.faasflow.function.Resources;
import io.faasflow.workflow.yaml.FlatFunction.Input;
import io.faasflow.workflow.yaml.FlatFunction.Kind;
import io.faasflow.workflow.yaml.FlatFunction.Next;
import io.faasflow.workflow.yaml.FlatFunction.Place;
import io.faasflow.workflow.yaml.FlatFunction.Target;
import io.faasflow.workflow.yaml.FlatFunction.When;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the parts of a flat workflow, one by one; what they mean together is for {@link
 * FlatFormat}. Reports what is wrong and goes on.
 */
final class FlatFunctionReader {
  private static final Set<String> FUNCTION_KEYS = orderedSet(
      "name", "source", "runtime", "scale", "mem_usage", "split_ratio", "input", "output", "next");
  private static final Set<String> DATA_KEYS = orderedSet("type", "value", "size");
  private static final Set<String> INPUT_TYPES = orderedSet("pass", "normal", "key", "switch");
  private static final Set<String> OUTPUT_TYPES = orderedSet("pass", "normal", "keys");
  private static final Set<String> RESULT_TYPES = orderedSet("pass", "normal", "switch");

  private static final double CONTAINER_BYTES = 256.0 * 1024 * 1024;
  private static final double MAX_RUNTIME_SECONDS = 1e9;
  private static final long MAX_SIZE = 1L << 50;

  private FlatFunctionReader() {}

  private static Set<String> orderedSet(String... words) {
    // Ordered, because messages list them.
    return Collections.unmodifiableSet(new LinkedHashSet<>(Arrays.asList(words)));
  }

  /** The functions of a list; those without a name are reported and left out. */
  static List<FlatFunction> functions(YamlValue list) {
    List<FlatFunction> functions = new ArrayList<>();
    List<YamlValue> elements = list.asList().orElse(List.of());
    if (list.isList() && elements.isEmpty()) {
      list.problem("the workflow has no functions", "Add at least one");
    }
    Map<String, Integer> lines = new LinkedHashMap<>();
    for (YamlValue element : elements) {
      element.countStep();
      Optional<FlatFunction> function = element.asMap().flatMap(FlatFunctionReader::function);
      if (function.isEmpty()) {
        continue;
      }
      YamlValue at = function.get().at();
      Integer first = lines.putIfAbsent(function.get().name(), at.place().line());
      if (first != null) {
        at.problem(
            "the name '" + quoted(function.get().name()) + "' is used before, in line " + first,
            "Names are unique in a workflow; to use a function twice, give the second a name of its"
                + " own and the same 'source'");
        continue;
      }
      at.defines(function.get().name());
      functions.add(function.get());
    }
    return functions;
  }

  private static Optional<FlatFunction> function(YamlMap map) {
    map.unknownKeys(FUNCTION_KEYS);
    Optional<YamlValue> at = map.required("name");
    Optional<String> name = at.flatMap(FlatFunctionReader::name);
    String source =
        map.optional("source").flatMap(FlatFunctionReader::name).or(() -> name).orElse("");
    boolean virtual = FlatFunction.isVirtual(source);
    if (virtual) {
      refuseData(map, "input", source);
      refuseData(map, "output", source);
    }
    OptionalInt scale = map.optional("scale").map(v -> v.asInt(0)).orElse(OptionalInt.empty());
    double share = number(map, "mem_usage", 1, "a share of a container's memory, from 0 to 1");
    double seconds =
        number(map, "runtime", MAX_RUNTIME_SECONDS, "a number of seconds from 0 to 1000000000");
    Optional<Duration> runtime = !map.has("runtime")
        ? Optional.empty()
        : Optional.of(Duration.ofNanos(virtual ? 0 : Math.round(seconds * 1e9)));
    Resources resources = virtual
        ? Resources.NONE
        : new Resources(0, Math.round(share * CONTAINER_BYTES), scale.orElse(0));
    OptionalInt splitRatio =
        map.optional("split_ratio").map(v -> v.asInt(1)).orElse(OptionalInt.empty());
    @Nullable
    List<Input> inputs = present(map, "input").map(FlatFunctionReader::inputs).orElse(null);
    @Nullable
    Map<String, OptionalLong> outputs =
        present(map, "output").map(FlatFunctionReader::outputs).orElse(null);
    Next next = present(map, "next")
        .flatMap(YamlValue::asMap)
        .map(FlatFunctionReader::next)
        .orElse(Next.NOTHING);
    if (at.isEmpty() || name.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(new FlatFunction(
        at.get(), name.get(), source, runtime, resources, splitRatio, inputs, outputs, next));
  }

  /** The value of a key; empty when it is missing and when nothing is written behind it. */
  private static Optional<YamlValue> present(YamlMap map, String key) {
    return map.optional(key).filter(value -> !value.isNull());
  }

  private static void refuseData(YamlMap map, String key, String source) {
    if (present(map, key).isPresent()) {
      map.problemAt(
          key,
          "a function whose source is " + source + " runs nothing, so it has no " + key,
          "Remove it, or name the function to run in 'source'");
    }
  }

  private static Optional<String> name(YamlValue value) {
    Optional<String> text = value.asText();
    if (text.filter(String::isBlank).isPresent()) {
      value.problem("the name is empty", "Write a name");
      return Optional.empty();
    }
    if (text.filter(FlatFunction.INPUT::equals).isPresent() && value.key().equals("name")) {
      value.problem("no function can be named INPUT: it means the input of the run", "Rename it");
      return Optional.empty();
    }
    return text;
  }

  private static double number(YamlMap map, String key, double most, String what) {
    Optional<YamlValue> value = map.optional(key);
    if (value.isEmpty()) {
      return 0;
    }
    double number = value.get().asDouble().orElse(0);
    if (!(number >= 0 && number <= most)) {
      value
          .get()
          .problem(
              "must be " + what + ", but is " + String.format(Locale.ROOT, "%s", number),
              "Correct the number, or leave the key out");
      return 0;
    }
    return number;
  }

  // Data.

  private static List<Input> inputs(YamlValue value) {
    List<Input> inputs = new ArrayList<>();
    value
        .asMap()
        .ifPresent(map ->
            map.entries().forEach((name, entry) -> input(name, entry).ifPresent(inputs::add)));
    return inputs;
  }

  private static Optional<Input> input(String name, YamlValue entry) {
    if (name.isEmpty()) {
      entry.problem("an input has an empty name", "Write a name");
      return Optional.empty();
    }
    Optional<YamlMap> map = entry.asMap();
    if (map.isEmpty()) {
      return Optional.empty();
    }
    map.get().unknownKeys(DATA_KEYS);
    size(map.get());
    String type = type(map.get(), INPUT_TYPES, "pass");
    Optional<YamlValue> value = map.get().required("value");
    if (value.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Input(entry, name, type.equals("key"), places(value.get(), type.equals("switch"))));
  }

  private static Map<String, OptionalLong> outputs(YamlValue value) {
    Map<String, OptionalLong> sizes = new LinkedHashMap<>();
    value
        .asMap()
        .ifPresent(map -> map.entries().forEach((name, entry) -> {
          if (name.isEmpty()) {
            entry.problem("an output has an empty name", "Write a name");
          }
          sizes.put(name, output(entry));
        }));
    return sizes;
  }

  private static OptionalLong output(YamlValue entry) {
    if (entry.isNull()) {
      return OptionalLong.empty();
    }
    Optional<YamlMap> map = entry.asMap();
    if (map.isEmpty()) {
      return OptionalLong.empty();
    }
    map.get().unknownKeys(DATA_KEYS);
    type(map.get(), OUTPUT_TYPES, "normal");
    // It says that the function hands an input through, which changes nothing: it gives the name.
    present(map.get(), "value").ifPresent(value -> places(value, value.isList()));
    return size(map.get());
  }

  /** The names that a workflow takes, and their sizes. */
  static Map<String, OptionalLong> globalInputs(YamlValue value) {
    Map<String, OptionalLong> inputs = new LinkedHashMap<>();
    if (value.isNull()) {
      return inputs;
    }
    value
        .asMap()
        .ifPresent(map -> map.entries().forEach((name, entry) -> globalInput(name, entry, inputs)));
    return inputs;
  }

  private static void globalInput(String name, YamlValue entry, Map<String, OptionalLong> inputs) {
    Optional<YamlMap> map = entry.isNull() ? Optional.empty() : entry.asMap();
    if (map.isEmpty()) {
      inputs.put(name, OptionalLong.empty());
      return;
    }
    map.get().unknownKeys(DATA_KEYS);
    type(map.get(), OUTPUT_TYPES, "pass");
    String parameter = name;
    Optional<YamlValue> value = present(map.get(), "value");
    for (Place place : value.map(v -> places(v, false)).orElse(List.of())) {
      if (!place.isInput()) {
        place
            .at()
            .problem(
                "an input of the workflow must come from INPUT, but comes from '"
                    + quoted(place.function())
                    + "'",
                "Write 'function: INPUT'");
      }
      parameter = place.parameter();
    }
    inputs.put(parameter, size(map.get()));
  }

  /** What a workflow gives; null: the file does not say. */
  static @Nullable List<Input> globalOutputs(YamlValue value) {
    if (value.isNull()) {
      return null;
    }
    List<Input> results = new ArrayList<>();
    value
        .asMap()
        .ifPresent(map -> map.entries()
            .forEach((name, entry) -> globalOutput(name, entry).ifPresent(results::add)));
    return results;
  }

  private static Optional<Input> globalOutput(String name, YamlValue entry) {
    Optional<YamlMap> map = entry.asMap();
    if (map.isEmpty()) {
      return Optional.empty();
    }
    map.get().unknownKeys(DATA_KEYS);
    size(map.get());
    String type = type(map.get(), RESULT_TYPES, "pass");
    return map.get()
        .required("value")
        .map(value -> new Input(entry, name, false, places(value, type.equals("switch"))));
  }

  private static String type(YamlMap map, Set<String> allowed, String otherwise) {
    Optional<YamlValue> type = present(map, "type");
    Optional<String> text = type.flatMap(YamlValue::asText);
    if (type.isEmpty() || text.isEmpty()) {
      return otherwise;
    }
    if (!allowed.contains(text.get())) {
      type.get()
          .problem(
              "the type '" + quoted(text.get()) + "' is not known here",
              Spelling.cure(text.get(), allowed));
      return otherwise;
    }
    return text.get();
  }

  private static OptionalLong size(YamlMap map) {
    Optional<YamlValue> value = present(map, "size");
    OptionalLong size = value.map(YamlValue::asLong).orElse(OptionalLong.empty());
    if (value.isPresent() && (size.orElse(0) < 0 || size.orElse(0) > MAX_SIZE)) {
      value
          .get()
          .problem(
              "must be a number of bytes from 0 to " + MAX_SIZE + ", but is " + size.orElse(0),
              "Correct the number, or leave the key out");
      return OptionalLong.empty();
    }
    return size;
  }

  private static List<Place> places(YamlValue value, boolean several) {
    List<Place> places = new ArrayList<>();
    if (several) {
      List<YamlValue> elements = value.asList().orElse(List.of());
      if (value.isList() && elements.isEmpty()) {
        value.problem("the list is empty", "Name at least one function and parameter");
      }
      elements.forEach(element -> place(element).ifPresent(places::add));
    } else if (value.isList()) {
      value.problem(
          "is a list, which only the type 'switch' takes",
          "Write 'type: switch', or give one function and parameter");
    } else {
      place(value).ifPresent(places::add);
    }
    return places;
  }

  private static Optional<Place> place(YamlValue value) {
    if (!value.isMap()) {
      value.problem(
          "must say where the data come from, but is " + value.kind(),
          "Write 'function: NAME' (or 'function: INPUT') and 'parameter: NAME', indented below");
      return Optional.empty();
    }
    Optional<YamlMap> map = value.asMap();
    map.ifPresent(entries -> entries.unknownKeys(orderedSet("function", "parameter")));
    Optional<YamlValue> at = map.flatMap(entries -> entries.required("function"));
    Optional<String> function = at.flatMap(FlatFunctionReader::name);
    Optional<String> parameter =
        map.flatMap(entries -> entries.required("parameter")).flatMap(FlatFunctionReader::name);
    if (at.isEmpty() || function.isEmpty() || parameter.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(new Place(at.get(), function.get(), parameter.get()));
  }

  // What follows.

  private static Next next(YamlMap map) {
    map.unknownKeys(orderedSet("type", "nodes", "conditions"));
    Set<String> kinds = orderedSet("pass", "parallel", "foreach", "switch");
    Kind kind = Kind.valueOf(type(map, kinds, "pass").toUpperCase(Locale.ROOT));
    List<Target> targets = new ArrayList<>();
    Optional<YamlValue> nodes = map.required("nodes").filter(value -> !value.isNull());
    Set<String> seen = new HashSet<>();
    for (YamlValue node : nodes.flatMap(YamlValue::asList).orElse(List.of())) {
      Optional<String> target = node.asText();
      if (target.isPresent() && !seen.add(target.get()) && kind != Kind.SWITCH) {
        node.problem(
            "'" + quoted(target.get()) + "' follows twice", "Name each following function once");
      } else {
        targets.add(new Target(node, target.orElse(""), Optional.empty()));
      }
    }
    if (kind == Kind.SWITCH) {
      return new Next(kind, cases(map, targets));
    }
    if (map.has("conditions")) {
      map.problemAt(
          "conditions",
          "conditions are for a switch, but the type is '" + kind.name().toLowerCase(Locale.ROOT)
              + "'",
          "Write 'type: switch', or remove them");
    }
    return new Next(kind, targets);
  }

  private static List<Target> cases(YamlMap map, List<Target> targets) {
    Optional<YamlValue> value = map.required("conditions");
    Optional<List<YamlValue>> conditions = value.flatMap(YamlValue::asList);
    if (value.isEmpty() || conditions.isEmpty()) {
      return targets;
    }
    int count = conditions.get().size();
    if (count != targets.size()) {
      value
          .get()
          .problem(
              "there are " + count + " conditions for " + targets.size() + " nodes",
              "Give each node its condition, in the same order; the last may be 'default'");
      return targets;
    }
    if (count == 0) {
      value.get().problem("the switch has no cases", "Add a condition and a node");
    }
    List<Target> cases = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      YamlValue condition = conditions.get().get(i);
      String text = condition.asText().orElse("default");
      boolean always = text.strip().equals("default");
      if (always && i < count - 1) {
        condition.problem(
            "'default' stands before other conditions, which would never be looked at",
            "Put it last, with its node, and use it once");
      }
      cases.add(new Target(
          targets.get(i).at(),
          targets.get(i).function(),
          always ? Optional.empty() : Optional.of(new When(condition, text))));
    }
    return cases;
  }

  static String quoted(String text) {
    return YamlProblems.quoted(text);
  }
}
