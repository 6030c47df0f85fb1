package io.faasflow.workflow.yaml;

import io.faasflow.workflow.Binding;
import io.faasflow.workflow.Condition;
import io.faasflow.workflow.DataRef;
import io.faasflow.workflow.yaml.NestedScope.Found;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a nested workflow says about data: lists of {@code target} and {@code source}, and
 * conditions. Confined to the reading of one document.
 */
final class NestedMappings {
  // Enough for 1,000 tasks that read 1,000 names each; keeps hostile files small.
  private static final int MAX_REFERENCES = 1_000_000;
  private static final String LOCAL = "LOCAL";

  /**
   * One mapping.
   *
   * @param at where its source stands
   * @param source what is read, {@code LOCAL} being the name of an output
   */
  record Mapping(YamlValue at, String target, DataRef source) {
    boolean isLocal() {
      return source.root() instanceof DataRef.Output;
    }

    /** Whether it has a {@code [*]}, and so means one element for each instance of a foreach. */
    boolean isEach() {
      return source.path().stream().anyMatch(segment -> segment instanceof DataRef.Each);
    }

    /** The list that {@link #isEach} goes through: the same without a {@code [*]} at its end. */
    Mapping list() {
      int last = source.path().size() - 1;
      return source.path().get(last) instanceof DataRef.Each
          ? new Mapping(at, target, new DataRef(source.root(), source.path().subList(0, last)))
          : this;
    }
  }

  private int references;

  NestedMappings() {}

  /** The mappings of a list, as they stand there. */
  List<Mapping> list(YamlValue value) {
    Map<String, Mapping> mappings = new LinkedHashMap<>();
    for (YamlValue element : value.asList().orElse(List.of())) {
      Optional<YamlMap> map = element.asMap();
      map.ifPresent(entries -> entries.unknownKeys(List.of("target", "source")));
      Optional<YamlValue> target = map.flatMap(entries -> entries.required("target"));
      Optional<YamlValue> source = map.flatMap(entries -> entries.required("source"));
      Optional<String> name = target.flatMap(YamlValue::asText);
      Optional<DataRef> reference = source.flatMap(NestedMappings::reference);
      if (target.isEmpty() || name.isEmpty() || source.isEmpty() || reference.isEmpty()) {
        continue;
      }
      if (name.get().isBlank()) {
        target.get().problem("the target is empty", "Write the name that the value gets");
      } else if (mappings.containsKey(name.get())) {
        target
            .get()
            .problem(
                "the target '" + YamlProblems.quoted(name.get()) + "' is used before in this list",
                "Remove one, or give it another name");
      } else {
        mappings.put(name.get(), new Mapping(source.get(), name.get(), reference.get()));
      }
    }
    return List.copyOf(mappings.values());
  }

  private static Optional<DataRef> reference(YamlValue value) {
    Optional<String> text = value.asText().map(String::strip);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    DataRef reference;
    try {
      reference = DataRef.parse(text.get());
    } catch (IllegalArgumentException e) {
      value.problem(FlatFormat.oneLine(e.getMessage()), "A source is INPUT.name or LOCAL.name");
      return Optional.empty();
    }
    boolean local =
        reference.root() instanceof DataRef.Output output && output.task().equals(LOCAL);
    if (!local && !(reference.root() instanceof DataRef.Input)) {
      value.problem(
          "the source '" + YamlProblems.quoted(text.get())
              + "' begins with neither INPUT nor LOCAL",
          "Write LOCAL." + YamlProblems.quoted(text.get()) + " for what an earlier step saved");
      return Optional.empty();
    }
    if (reference.path().isEmpty()) {
      value.problem(
          "the source '" + text.get() + "' names no value", "Write " + text.get() + ".name");
      return Optional.empty();
    }
    return Optional.of(reference);
  }

  /** What the targets mean, by name, seen in a scope. */
  Map<String, Found> resolve(List<Mapping> mappings, NestedScope scope) {
    Map<String, Found> found = new LinkedHashMap<>();
    for (Mapping mapping : mappings) {
      resolve(mapping, scope).ifPresent(source -> found.put(mapping.target(), source));
    }
    return found;
  }

  /** What one mapping reads, seen in a scope; reports what nobody can have saved. */
  Optional<Found> resolve(Mapping mapping, NestedScope scope) {
    if (!(mapping.source().path().get(0) instanceof DataRef.Key key)) {
      mapping
          .at()
          .problem(
              "'[' stands behind " + (mapping.isLocal() ? LOCAL : FlatFunction.INPUT) + " itself",
              "Write LOCAL.name; LOCAL[*].name is for the outputMappings of a foreach");
      return Optional.empty();
    }
    Optional<Found> found = look(mapping.source(), key.name(), scope);
    if (found.isEmpty()) {
      Collection<String> known = scope.inputNames().orElse(Map.of()).keySet();
      mapping
          .at()
          .problem(
              "INPUT has no '"
                  + YamlProblems.quoted(key.name())
                  + "' here, only what the inputMappings around this step name",
              FlatFormat.didYouMean(key.name(), known)
                  + "Map it there, or write LOCAL."
                  + YamlProblems.quoted(key.name()));
    }
    return found;
  }

  private static Optional<Found> look(DataRef source, String name, NestedScope scope) {
    Optional<Found> found =
        source.root() instanceof DataRef.Input ? scope.input(name) : Optional.of(scope.local(name));
    return found.map(one -> one.then(source.path().subList(1, source.path().size())));
  }

  /** Bindings of a step that has so many foreach steps around it; their number is limited. */
  Map<String, Binding> bindings(Map<String, Found> names, int foreachDepth, YamlValue at) {
    Map<String, Binding> bindings = new LinkedHashMap<>();
    names.forEach((name, found) -> bindings.put(name, binding(found, foreachDepth, false, at)));
    return bindings;
  }

  /** One such binding. */
  Binding binding(Found found, int foreachDepth, boolean optional, YamlValue at) {
    references += found.references().size();
    if (references > MAX_REFERENCES) {
      at.problem(
          "the steps read more than " + MAX_REFERENCES + " values",
          "Use inputMappings with fewer names");
      at.throwIfProblems();
    }
    return found.binding(foreachDepth, optional);
  }

  /** A condition, seen in a scope; empty when there is something wrong with it. */
  Optional<Condition> condition(YamlValue at, NestedScope scope, int foreachDepth) {
    Optional<String> text = at.asText();
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Condition parsed;
    try {
      parsed = Condition.condition(text.get());
    } catch (IllegalArgumentException e) {
      at.problem(FlatFormat.oneLine(e.getMessage()), "Correct the condition");
      return Optional.empty();
    }
    Map<String, Binding> where = new LinkedHashMap<>();
    List<String> refused = new ArrayList<>();
    for (String reference : parsed.references()) {
      DataRef read = DataRef.parse(reference);
      String key = key(read);
      if (key == null) {
        refused.add(reference);
        continue;
      }
      // A name that is not there is not an error here: it is missing, and so false.
      Binding meant = look(read, key, scope)
          .map(found -> binding(found, foreachDepth, true, at))
          .orElse(Binding.constant(null));
      if (!meant.equals(Binding.from(read).orNull())) {
        where.put(reference, meant);
      }
    }
    if (!refused.isEmpty()) {
      at.problem(
          "the condition reads '" + YamlProblems.quoted(refused.get(0)) + "'",
          "Write INPUT.name or LOCAL.name");
      return Optional.empty();
    }
    return Optional.of(Condition.condition(text.get(), where));
  }

  /** The name that is looked up in INPUT or LOCAL; null when it is neither, or no name. */
  private static @Nullable String key(DataRef reference) {
    boolean known = reference.root() instanceof DataRef.Input
        || (reference.root() instanceof DataRef.Output output && output.task().equals(LOCAL));
    return known
            && !reference.path().isEmpty()
            && reference.path().get(0) instanceof DataRef.Key key
        ? key.name()
        : null;
  }
}
