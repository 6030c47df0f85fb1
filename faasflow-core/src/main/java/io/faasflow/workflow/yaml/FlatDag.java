package io.faasflow.workflow.yaml;

import io.faasflow.workflow.Binding;
import io.faasflow.workflow.Condition;
import io.faasflow.workflow.Dag;
import io.faasflow.workflow.DataRef;
import io.faasflow.workflow.Foreach;
import io.faasflow.workflow.Step;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.yaml.FlatFunction.Input;
import io.faasflow.workflow.yaml.FlatFunction.Kind;
import io.faasflow.workflow.yaml.FlatFunction.Place;
import io.faasflow.workflow.yaml.FlatFunction.Target;
import io.faasflow.workflow.yaml.FlatFunction.When;
import io.faasflow.workflow.yaml.FlatNamespace.Read;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes the {@link Dag} of a flat workflow in which nothing is wrong. Confined to the reading of
 * one document.
 */
final class FlatDag {
  private final List<FlatFunction> functions;
  private final Set<Integer> inForeach;
  private final Map<When, Condition> conditions;
  private final FlatGraph graph;
  private final FlatNamespace namespace;
  private final Map<String, Integer> indexes = new HashMap<>();

  /**
   * @param inForeach the functions that a foreach reaches, by their places
   * @param conditions all conditions, parsed
   * @param namespace with all reads resolved
   */
  FlatDag(
      List<FlatFunction> functions,
      Set<Integer> inForeach,
      Map<When, Condition> conditions,
      FlatGraph graph,
      FlatNamespace namespace) {
    this.functions = functions;
    this.inForeach = inForeach;
    this.conditions = conditions;
    this.graph = graph;
    this.namespace = namespace;
    for (int i = 0; i < functions.size(); i++) {
      indexes.put(functions.get(i).name(), i);
    }
  }

  /** All functions and what follows each. */
  Dag dag() {
    List<Dag.Node> nodes = new ArrayList<>();
    for (int i = 0; i < functions.size(); i++) {
      nodes.add(new Dag.Node(functions.get(i).name(), step(i), next(i)));
    }
    return Dag.of(nodes);
  }

  private Step<?, ?> step(int index) {
    FlatFunction function = functions.get(index);
    if (function.isVirtual()) {
      return costs(Task.pass(function.name()), function).inputs(Map.of());
    }
    Task<Object, Object> task = costs(Task.named(function.name()), function);
    if (!function.source().equals(function.name())) {
      task = task.function(function.source());
    }
    if (!function.declared().isEmpty()) {
      task = Task.untyped(task.outputs(function.declared()));
    }
    List<Input> inputs = function.inputs();
    if (inputs == null) {
      return task.inputs(Map.of("", Binding.from("INPUT")));
    }
    return inForeach.contains(index)
        ? foreach(index, task, inputs)
        : task.inputs(bindings(index, inputs));
  }

  private static Task<Object, Object> costs(Task<Object, Object> task, FlatFunction function) {
    Task<Object, Object> costed = task.resources(function.resources());
    return function.runtime().map(costed::expectedRuntime).orElse(costed);
  }

  private Step<?, ?> foreach(int index, Task<Object, Object> task, List<Input> inputs) {
    List<Input> keys = inputs.stream().filter(Input::isKey).toList();
    Map<String, Binding> lists = bindings(index, keys);
    Map<String, Binding> bindings = bindings(index, inputs);
    Foreach.Zipped items;
    if (keys.size() == 1) {
      // The bare element: a map around every one would cost more and say nothing.
      items = Foreach.Zipped.single(lists.values().iterator().next());
      bindings.put(keys.get(0).name(), Binding.from("ITEM"));
    } else {
      items = new Foreach.Zipped(lists);
      for (Input key : keys) {
        bindings.put(
            key.name(),
            Binding.from(new DataRef(new DataRef.Item(0), List.of(new DataRef.Key(key.name())))));
      }
    }
    Foreach<Object, Object> foreach = Foreach.untyped(items, task.inputs(bindings));
    return functions.get(index).splitRatio().isPresent()
        ? foreach.expectedInstances(functions.get(index).splitRatio().getAsInt())
        : foreach;
  }

  private Map<String, Binding> bindings(int reader, List<Input> inputs) {
    Map<String, Binding> bindings = new LinkedHashMap<>();
    for (Input input : inputs) {
      bindings.put(input.name(), new Binding.From(places(reader, input), false));
    }
    return bindings;
  }

  private List<DataRef> places(int reader, Input input) {
    List<DataRef> references = new ArrayList<>();
    for (Place place : input.values()) {
      if (place.isInput()) {
        references.addAll(saved(new Read(reader, place.parameter(), false), List.of()));
      } else {
        references.add(output(place.function(), place.parameter(), List.of()));
      }
    }
    return references;
  }

  /** The places where a name may have been saved. */
  private List<DataRef> saved(Read read, List<DataRef.Segment> path) {
    List<DataRef> references = new ArrayList<>();
    for (int by : namespace.savedBy(read)) {
      references.add(output(functions.get(by).name(), read.name(), path));
    }
    if (references.isEmpty() || namespace.isGlobal(read.name())) {
      references.add(further(DataRef.input(read.name()), path));
    }
    return references;
  }

  private DataRef output(String function, String name, List<DataRef.Segment> path) {
    DataRef whole = DataRef.output(function);
    if (inForeach.contains(indexes.getOrDefault(function, -1))) {
      whole = whole.then(new DataRef.Each());
    }
    return further(whole.then(new DataRef.Key(name)), path);
  }

  private static DataRef further(DataRef reference, List<DataRef.Segment> path) {
    List<DataRef.Segment> longer = new ArrayList<>(reference.path());
    longer.addAll(path);
    return new DataRef(reference.root(), longer);
  }

  private Dag.Next next(int index) {
    FlatFunction.Next next = functions.get(index).next();
    if (next.kind() != Kind.SWITCH) {
      return new Dag.All(next.targets().stream().map(Target::function).toList());
    }
    List<Dag.Choice> choices = new ArrayList<>();
    for (Target target : next.targets()) {
      choices.add(
          new Dag.Choice(target.condition().map(when -> bound(index, when)), target.function()));
    }
    return new Dag.FirstMatch(choices);
  }

  private Condition bound(int index, When when) {
    Map<String, Binding> where = new LinkedHashMap<>();
    Condition parsed = conditions.getOrDefault(when, Condition.condition("false"));
    for (String text : parsed.references()) {
      DataRef reference = DataRef.parse(text);
      Optional<String> name = FlatFormat.name(reference);
      if (name.isEmpty()) {
        continue;
      }
      List<DataRef.Segment> path = reference.path().subList(1, reference.path().size());
      List<DataRef> meant = reference.root() instanceof DataRef.Output output
          ? List.of(output(output.task(), name.get(), path))
          : saved(new Read(index, name.get(), true), path);
      if (!meant.equals(List.of(reference))) {
        where.put(text, new Binding.From(meant, true));
      }
    }
    return Condition.condition(when.text(), where);
  }

  /**
   * What the workflow gives.
   *
   * @param results what the file says; null: nothing
   */
  Map<String, Binding> outputs(@Nullable List<Input> results) {
    if (results != null) {
      return bindings(functions.size(), results);
    }
    Map<String, List<DataRef>> references = new LinkedHashMap<>();
    List<Integer> lastFirst = new ArrayList<>(graph.order());
    Collections.reverse(lastFirst);
    for (int i : lastFirst) {
      FlatFunction function = functions.get(i);
      if (function.next().targets().isEmpty()) {
        for (String name : function.declared().keySet()) {
          references
              .computeIfAbsent(name, any -> new ArrayList<>())
              .add(output(function.name(), name, List.of()));
        }
      }
    }
    Map<String, Binding> outputs = new LinkedHashMap<>();
    references.forEach((name, some) -> outputs.put(name, Binding.firstOf(some)));
    return outputs;
  }
}
