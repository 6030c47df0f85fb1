package io.faasflow.workflow.yaml;

import io.faasflow.workflow.Binding;
import io.faasflow.workflow.DataRef;
import io.faasflow.workflow.Foreach;
import io.faasflow.workflow.Sequence;
import io.faasflow.workflow.Step;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.yaml.NestedMappings.Mapping;
import io.faasflow.workflow.yaml.NestedScope.Found;
import io.faasflow.workflow.yaml.NestedStepReader.Made;
import io.faasflow.workflow.yaml.NestedStepReader.Site;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Finds what a foreach of a nested workflow gives to the steps around it. Confined to the reading
 * of one document.
 */
final class NestedForeach {
  private final NestedMappings mappings;
  private final NestedScope own;

  /**
   * @param own the scope of one instance, with all that it saved
   */
  NestedForeach(NestedMappings mappings, NestedScope own) {
    this.mappings = mappings;
    this.own = own;
  }

  /**
   * A foreach whose instances give what is read from outside, and the names of that.
   *
   * @param map the step
   * @param site where the foreach is
   * @param items the lists that it goes through, by the names that the body reads
   */
  Made foreach(YamlMap map, String name, Site site, Step<?, ?> body, Map<String, Binding> items) {
    Map<String, Found> exported = new LinkedHashMap<>(); // of one instance
    Map<String, DataRef> wanted = new LinkedHashMap<>(); // by target: a name, and a path in it
    Optional<YamlValue> outputs = map.optional("outputMappings");
    if (outputs.isEmpty()) {
      exported.putAll(own.saved());
      own.saved().keySet().forEach(one -> wanted.put(one, DataRef.input(one)));
    }
    for (Mapping output : outputs.map(mappings::list).orElse(List.of())) {
      List<DataRef.Segment> path = output.source().path();
      if (!output.isLocal()
          || path.size() < 2
          || !(path.get(0) instanceof DataRef.Each)
          || !(path.get(1) instanceof DataRef.Key key)) {
        output
            .at()
            .problem(
                "a foreach gives lists, one element an instance, but this is a single value",
                "Write 'source: LOCAL[*].name'");
        continue;
      }
      Optional<Found> one = savedByInstance(key.name(), body, output.at());
      one.ifPresent(found -> exported.put(key.name(), found));
      wanted.put(output.target(), new DataRef(new DataRef.Input(), path.subList(1, path.size())));
    }
    Step<?, ?> whole = body;
    if (!exported.isEmpty() && !(body instanceof Task<?, ?> task && allFrom(task, exported))) {
      // The lists are read by the name of the task that ends an instance: let it give all of them.
      whole = Sequence.untyped(List.of(body, gather(map, name, site, exported)));
      exported.replaceAll((saved, any) -> Found.surely(DataRef.output(name, saved)));
    }
    Map<String, Found> exports = new LinkedHashMap<>();
    for (Map.Entry<String, DataRef> target : wanted.entrySet()) {
      List<DataRef.Segment> path = target.getValue().path();
      Found found = exported.get(((DataRef.Key) path.get(0)).name());
      if (found != null) {
        exports.put(target.getKey(), eachOf(found).then(path.subList(1, path.size())));
      }
    }
    Foreach.Zipped zipped = items.size() == 1
        ? Foreach.Zipped.single(items.values().iterator().next())
        : new Foreach.Zipped(items);
    return new Made(Foreach.untyped(zipped, whole), exports);
  }

  private Task<Object, Object> gather(
      YamlMap map, String name, Site site, Map<String, Found> exported) {
    Map<String, Binding> inputs = new LinkedHashMap<>();
    Map<String, OptionalLong> outputs = new LinkedHashMap<>();
    exported.forEach((saved, found) -> {
      inputs.put(
          saved, mappings.binding(found, site.foreachDepth() + 1, !found.sure(), map.self()));
      outputs.put(saved, OptionalLong.empty());
    });
    return Task.untyped(Task.pass(name).inputs(inputs).outputs(outputs));
  }

  private Optional<Found> savedByInstance(String name, Step<?, ?> body, YamlValue at) {
    Found found = own.saved().get(name);
    if (found != null) {
      return Optional.of(found);
    }
    if (body instanceof Task<?, ?> task && task.outputs().isEmpty()) {
      // It does not say what it gives, so it may give this.
      return Optional.of(Found.surely(DataRef.output(task.name(), name)));
    }
    at.problem(
        "no step of the foreach saves '" + YamlProblems.quoted(name) + "'",
        FlatFormat.didYouMean(name, own.saved().keySet())
            + "Read an output that the foreach's task lists");
    return Optional.empty();
  }

  private static boolean allFrom(Task<?, ?> task, Map<String, Found> names) {
    DataRef.Root root = new DataRef.Output(task.name());
    return names.values().stream()
        .allMatch(found ->
            found.references().size() == 1 && found.references().get(0).root().equals(root));
  }

  /** The list of all instances, where the value of one instance is known. */
  private static Found eachOf(Found one) {
    DataRef reference = one.references().get(0);
    List<DataRef.Segment> path = new ArrayList<>(List.of(new DataRef.Each()));
    path.addAll(reference.path());
    return Found.surely(new DataRef(reference.root(), path));
  }
}
