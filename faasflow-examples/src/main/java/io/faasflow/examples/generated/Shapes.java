package io.faasflow.examples.generated;

import io.faasflow.examples.generated.Shape.Use;
import io.faasflow.workflow.Binding;
import io.faasflow.workflow.Condition;
import io.faasflow.workflow.Dag;
import io.faasflow.workflow.DataRef;
import io.faasflow.workflow.Fallback;
import io.faasflow.workflow.Foreach;
import io.faasflow.workflow.Parallel;
import io.faasflow.workflow.Sequence;
import io.faasflow.workflow.Step;
import io.faasflow.workflow.Switch;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.TaskCode;
import io.faasflow.workflow.Workflow;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Finds out what shape the outputs of a workflow's functions, and its input, must have, from all
 * places that read them. Confined to the thread that makes it.
 *
 * <p>It goes through the steps in order and keeps, for each name that can be read, where its value
 * comes from. Recursion is as deep as constructs nest, which {@link Step#MAX_DEPTH} bounds.
 */
final class Shapes {
  private static final int DEFAULT_LIST_LENGTH = 3;
  private static final int MAX_LIST_LENGTH = 10_000;
  private static final Pattern COMPUTING = Pattern.compile("==|!=|[-<>+*/%]");
  private static final Pattern TRUTH = Pattern.compile("\\b(?i:true|false)\\b");

  private final Map<String, Shape> byTask = new LinkedHashMap<>();
  private final List<Task<?, ?>> tasks = new ArrayList<>();
  private final Shape input = new Shape();
  private final Source inputSource = new Source.Made(input);
  private final Map<String, Source> readable = new HashMap<>();
  private final List<String> named = new ArrayList<>(); // the keys of readable, as they came
  private final Deque<Source> items = new ArrayDeque<>(); // the innermost first
  private int listLength;

  /** What is to be looked at: a place in a source, and what is done with it. */
  private record Need(Source source, List<DataRef.Segment> path, Use use) {}

  private Shapes() {}

  static Shapes of(Workflow<?, ?> workflow) {
    Shapes shapes = new Shapes();
    workflow.inputs().forEach((name, size) -> declare(shapes.input, name, size));
    shapes.walk(workflow.body(), shapes.inputSource);
    workflow.onFailure().ifPresent(recovery -> shapes.walk(recovery.body(), Source.Given.INSTANCE));
    workflow
        .outputs()
        .ifPresent(outputs -> outputs.values().forEach(binding -> shapes.read(binding, Use.ANY)));
    return shapes;
  }

  private static void declare(Shape map, String name, OptionalLong size) {
    size.ifPresentOrElse(map.named(name)::bytes, () -> map.named(name));
  }

  /** The shape of what each task gives whose function is bound by name. */
  Map<String, Shape> byTask() {
    return byTask;
  }

  /** The tasks whose functions are bound by name. */
  List<Task<?, ?>> tasks() {
    return tasks;
  }

  /** The shape of what a run takes. */
  Shape input() {
    return input;
  }

  /** How long all lists are: equally long, so that a foreach can go through several in step. */
  int listLength() {
    return Math.min(MAX_LIST_LENGTH, listLength == 0 ? DEFAULT_LIST_LENGTH : listLength);
  }

  // What each step gives.

  private Source walk(Step<?, ?> step, Source flow) {
    if (step instanceof Task<?, ?> task) {
      return readable(task.name(), task(task, flow));
    }
    if (step instanceof Sequence<?, ?> sequence) {
      Source last = flow;
      for (Step<?, ?> one : sequence.steps()) {
        last = walk(one, last);
      }
      return last;
    }
    if (step instanceof Parallel<?> parallel) {
      return parallel(parallel, flow);
    }
    if (step instanceof Switch<?, ?> choice) {
      return choice(choice, flow);
    }
    if (step instanceof Foreach<?, ?> foreach) {
      return foreach(foreach, flow);
    }
    if (step instanceof Fallback<?, ?> fallback) {
      Source done = task(fallback.task(), flow);
      Source otherwise = walk(fallback.otherwise(), Source.Given.INSTANCE);
      return readable(fallback.task().name(), new Source.OneOf(List.of(done, otherwise)));
    }
    return dag((Dag) step, flow);
  }

  private Source readable(String name, Source source) {
    readable.put(name, source);
    named.add(name);
    return source;
  }

  private Source task(Task<?, ?> task, Source flow) {
    Map<String, Source> bound = new LinkedHashMap<>();
    task.inputs()
        .ifPresent(inputs -> inputs.forEach((name, one) -> bound.put(name, read(one, Use.ANY))));
    if (task.code() instanceof TaskCode.Named) {
      return new Source.Made(shape(task));
    }
    if (!(task.code() instanceof TaskCode.Pass)) {
      return Source.Given.INSTANCE;
    }
    Source bare = bound.get("");
    return task.inputs().isEmpty() ? flow : bare != null ? bare : new Source.ByName(bound);
  }

  private Shape shape(Task<?, ?> task) {
    Shape shape = new Shape();
    task.expectedOutputBytes().ifPresent(shape::bytes);
    task.outputs().forEach((name, size) -> declare(shape, name, size));
    byTask.put(task.name(), shape);
    tasks.add(task);
    return shape;
  }

  private Source parallel(Parallel<?> parallel, Source flow) {
    Map<String, Source> branches = new LinkedHashMap<>();
    for (Step<?, ?> branch : parallel.branches()) {
      String name = branch instanceof Task<?, ?> task
          ? task.name()
          : branch instanceof Fallback<?, ?> fallback
              ? fallback.task().name()
              : String.valueOf(branches.size());
      branches.put(name, walk(branch, flow));
    }
    return new Source.ByName(branches);
  }

  private Source choice(Switch<?, ?> choice, Source flow) {
    for (Switch.Case one : choice.cases()) {
      if (one.test() instanceof Switch.Holds holds) {
        read(holds.condition());
      }
    }
    List<Source> branches = new ArrayList<>();
    choice.branches().forEach(branch -> branches.add(walk(branch, flow)));
    branches.add(flow);
    return new Source.OneOf(branches);
  }

  private Source foreach(Foreach<?, ?> foreach, Source flow) {
    foreach.expectedInstances().ifPresent(this::atLeast);
    items.push(item(foreach.items(), flow));
    int before = named.size();
    Source instance = walk(foreach.body(), items.element());
    items.pop();
    // Seen from outside, what is in the body stands for the list of what the instances gave.
    for (String name : Set.copyOf(named.subList(before, named.size()))) {
      readable.computeIfPresent(name, (any, source) -> new Source.EachOf(source));
    }
    return new Source.EachOf(instance);
  }

  private Source item(Foreach.Items from, Source flow) {
    if (from instanceof Foreach.Zipped zipped) {
      Map<String, Source> elements = new LinkedHashMap<>();
      zipped
          .collections()
          .forEach((name, one) -> elements.put(name, read(one, Use.LIST).element()));
      Source bare = elements.get("");
      return bare != null ? bare : new Source.ByName(elements);
    }
    if (from instanceof Foreach.Flow) {
      need(flow, Use.LIST);
      return flow.element();
    }
    return Source.Given.INSTANCE;
  }

  private Source dag(Dag dag, Source flow) {
    Map<String, Map<String, Source>> incoming = new HashMap<>();
    Map<String, Source> last = new LinkedHashMap<>();
    for (Dag.Node node : dag.inOrder()) {
      Map<String, Source> before = incoming.getOrDefault(node.name(), Map.of());
      Source in = before.isEmpty()
          ? flow
          : before.size() == 1 ? before.values().iterator().next() : new Source.ByName(before);
      Source out = readable(node.name(), walk(node.step(), in));
      for (String next : node.next().targets()) {
        incoming.computeIfAbsent(next, any -> new LinkedHashMap<>()).put(node.name(), out);
      }
      if (node.next() instanceof Dag.FirstMatch match) {
        match.choices().forEach(choice -> choice.condition().ifPresent(this::read));
      }
      if (node.next().targets().isEmpty()) {
        last.put(node.name(), out);
      }
    }
    return new Source.ByName(last);
  }

  // Who reads what.

  private void read(Condition condition) {
    // A number will do for most comparisons, and counts as true unless it is 0.
    boolean computes = COMPUTING.matcher(condition.expression()).find()
        && !TRUTH.matcher(condition.expression()).find();
    condition
        .bindings()
        .values()
        .forEach(binding -> read(binding, computes ? Use.NUMBER : Use.FLAG));
  }

  private Source read(Binding binding, Use use) {
    if (!(binding instanceof Binding.From from)) {
      return Source.Given.INSTANCE;
    }
    List<Source> sources = new ArrayList<>();
    for (DataRef reference : from.references()) {
      sources.add(new Source.At(root(reference.root()), reference.path()));
    }
    Source source = sources.size() == 1 ? sources.get(0) : new Source.OneOf(sources);
    need(source, use);
    return source;
  }

  private Source root(DataRef.Root root) {
    if (root instanceof DataRef.Input) {
      return inputSource;
    }
    if (root instanceof DataRef.Item item) {
      return items.stream().skip(item.level()).findFirst().orElse(Source.Given.INSTANCE);
    }
    return readable.getOrDefault(((DataRef.Output) root).task(), Source.Given.INSTANCE);
  }

  private void need(Source source, Use use) {
    Deque<Need> open = new ArrayDeque<>(List.of(new Need(source, List.of(), use)));
    Set<Need> seen = new HashSet<>();
    while (!open.isEmpty()) {
      Need need = open.pop();
      if (seen.add(need)) {
        open.addAll(narrowed(need));
      }
    }
  }

  /** What a need comes down to, a step nearer to where the value is made. */
  private List<Need> narrowed(Need need) {
    List<DataRef.Segment> path = need.path();
    if (need.source() instanceof Source.Made made) {
      mark(made.shape, path, need.use());
    } else if (need.source() instanceof Source.At at) {
      return List.of(new Need(at.whole, Source.join(at.path, path), need.use()));
    } else if (need.source() instanceof Source.OneOf one) {
      return one.sources.stream()
          .map(source -> new Need(source, path, need.use()))
          .toList();
    } else if (path.isEmpty()) {
      return List.of(); // it has its shape already
    } else if (need.source() instanceof Source.EachOf each
        && !(path.get(0) instanceof DataRef.Key)) {
      note(path.get(0));
      return List.of(new Need(each.instance, path.subList(1, path.size()), need.use()));
    } else if (need.source() instanceof Source.ByName named
        && path.get(0) instanceof DataRef.Key key
        && named.sources.containsKey(key.name())) {
      return List.of(
          new Need(named.sources.get(key.name()), path.subList(1, path.size()), need.use()));
    }
    return List.of();
  }

  private void mark(Shape whole, List<DataRef.Segment> path, Use use) {
    Shape shape = whole;
    for (DataRef.Segment segment : path) {
      note(segment);
      shape = segment instanceof DataRef.Key key ? shape.named(key.name()) : shape.element();
    }
    shape.use(use);
  }

  private void note(DataRef.Segment segment) {
    if (segment instanceof DataRef.Index index) {
      atLeast(Math.min(MAX_LIST_LENGTH, index.index()) + 1);
    }
  }

  private void atLeast(int length) {
    listLength = Math.max(listLength, length);
  }
}
