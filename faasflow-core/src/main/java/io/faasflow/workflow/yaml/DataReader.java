package io.faasflow.workflow.yaml;

import io.faasflow.workflow.Binding;
import io.faasflow.workflow.Condition;
import io.faasflow.workflow.DataRef;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads bindings and conditions of our own format. */
final class DataReader {
  private static final List<String> FORMS = List.of("value", "from", "first");

  private DataReader() {}

  /** A reference, or a map with {@code value}, {@code from} or {@code first}. */
  static Optional<Binding> binding(YamlValue value) {
    if (value.isString()) {
      return reference(value).map(Binding::from);
    }
    if (!value.isMap()) {
      value.problem(
          "must say where a value comes from, but is " + value.kind(),
          "Write a reference such as INPUT.name or task.name, or {value: ...} for a constant");
      return Optional.empty();
    }
    YamlMap map = value.asMap().orElseThrow();
    List<String> forms = FORMS.stream().filter(map::has).toList();
    if (forms.size() != 1) {
      map.unknownKeys(List.of("value", "from", "first", "optional"));
      value.problem(
          forms.isEmpty()
              ? "names no source of the value"
              : "has both '" + forms.get(0) + "' and '" + forms.get(1) + "'",
          "Write exactly one of 'value', 'from' and 'first'");
      return Optional.empty();
    }
    YamlValue source = map.optional(forms.get(0)).orElseThrow();
    if (map.has("value")) {
      map.unknownKeys(List.of("value"));
      return constant(source);
    }
    map.unknownKeys(List.of(forms.get(0), "optional"));
    boolean optional = map.optional("optional").flatMap(YamlValue::asBoolean).orElse(false);
    List<DataRef> references =
        map.has("from") ? reference(source).map(List::of).orElse(List.of()) : references(source);
    return references.isEmpty()
        ? Optional.empty()
        : Optional.of(new Binding.From(references, optional));
  }

  private static Optional<Binding> constant(YamlValue value) {
    try {
      return Optional.of(Binding.constant(value.asData()));
    } catch (IllegalArgumentException e) {
      value.problem(e, "Flatten it, or let a function make it");
      return Optional.empty();
    }
  }

  private static List<DataRef> references(YamlValue value) {
    List<DataRef> references = new ArrayList<>();
    List<YamlValue> elements = value.asList().orElse(List.of());
    if (value.isList() && elements.isEmpty()) {
      value.problem("the list is empty", "Name at least one reference");
    }
    elements.forEach(element -> reference(element).ifPresent(references::add));
    return references;
  }

  private static Optional<DataRef> reference(YamlValue value) {
    Optional<String> text = value.asString();
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(DataRef.parse(text.get()));
    } catch (IllegalArgumentException e) {
      value.problem(e, "Write INPUT.name, ITEM.name or task.name");
      return Optional.empty();
    }
  }

  /** A map from names to bindings. */
  static Map<String, Binding> bindings(YamlValue value) {
    Map<String, Binding> bindings = new LinkedHashMap<>();
    value
        .asMap()
        .ifPresent(map -> map.entries()
            .forEach(
                (name, one) -> binding(one).ifPresent(binding -> bindings.put(name, binding))));
    return bindings;
  }

  /** The condition that {@code when} and {@code where} of a map make. */
  static Optional<Condition> condition(YamlMap map) {
    Map<String, Binding> where = map.optional("where").map(DataReader::bindings).orElse(Map.of());
    Optional<YamlValue> when = map.required("when");
    Optional<String> text = when.flatMap(YamlValue::asString);
    if (when.isEmpty() || text.isEmpty()) {
      return Optional.empty();
    }
    when.get().countCondition(text.get());
    try {
      return Optional.of(Condition.condition(text.get(), where));
    } catch (IllegalArgumentException e) {
      when.get().problem(e, "Write an expression such as 'task.count > 3'");
      return Optional.empty();
    }
  }
}
