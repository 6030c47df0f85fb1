package io.faasflow.graph;

import static io.faasflow.graph.GraphDraft.sum;

import io.faasflow.function.Resources;
import io.faasflow.function.TaskFunction;
import io.faasflow.function.TaskPolicy;
import io.faasflow.graph.GraphDraft.Draft;
import io.faasflow.workflow.Binding;
import io.faasflow.workflow.Condition;
import io.faasflow.workflow.Dag;
import io.faasflow.workflow.DataRef;
import io.faasflow.workflow.Fallback;
import io.faasflow.workflow.Foreach;
import io.faasflow.workflow.Outputs;
import io.faasflow.workflow.Parallel;
import io.faasflow.workflow.Sequence;
import io.faasflow.workflow.Step;
import io.faasflow.workflow.Switch;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.TaskCode;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compiles the tree of steps to a graph: one walk in the order of a run, which makes every node
 * after all that it can depend on. Definitions have been validated, so names resolve.
 *
 * <p>One compiler makes one graph; the body of a foreach gets a compiler of its own, which asks its
 * parent for what is read from outside. Recursion is bounded by {@link Step#MAX_DEPTH}.
 */
final class Compiler {
  /** Which edge a node gets when it is control that comes from a tail. */
  private record Tail(int node, int choice, Value flow) {
    static Tail of(Draft draft) {
      return new Tail(draft.id, ALWAYS, new Value(0, draft.id));
    }
  }

  private static final int ALWAYS = -1;

  private final GraphDraft graph;
  private final TaskPolicy taskDefaults;
  private final @Nullable Compiler parent;
  private final int loopNode; // the id, in the parent, of the foreach whose body this is
  private final Map<String, Integer> providers = new HashMap<>(); // nodes by readable name

  private Compiler(String name, TaskPolicy taskDefaults, @Nullable Compiler parent, int loopNode) {
    this.graph = new GraphDraft(name);
    this.taskDefaults = taskDefaults;
    this.parent = parent;
    this.loopNode = loopNode;
  }

  static FunctionGraph compile(Workflow<?, ?> workflow) {
    Compiler compiler = new Compiler(workflow.name(), workflow.taskDefaults(), null, -1);
    Draft start = compiler.graph.addVirtual("#start");
    start.operation = new Operation.Start();
    workflow.inputs().forEach((input, size) -> {
      start.namedBytes = start.namedBytes.isEmpty() ? new HashMap<>() : start.namedBytes;
      start.namedBytes.put(input, size.orElse(0));
      start.outputBytes = sum(start.outputBytes, size.orElse(0));
    });
    Tail tail = compiler.step(workflow.body(), Tail.of(start));
    Draft end = compiler.graph.addVirtual("#end");
    compiler.follow(tail, end);
    Optional<Map<String, Binding>> outputs = workflow.outputs();
    end.operation = outputs.isPresent()
        ? new Operation.End(compiler.bound(end.id, outputs.get()), true)
        : new Operation.End(compiler.flow(end.id, tail.flow), false);
    return compiler.graph.build();
  }

  // Edges.

  private void follow(Tail tail, Draft draft) {
    if (tail.choice == ALWAYS) {
      graph.follow(tail.node, draft.id);
    } else {
      graph.follow(tail.node, draft.id, tail.choice);
    }
  }

  /** Notes that {@code reader} reads {@code value}, here or in an enclosing graph. */
  private Value read(int reader, Value value, @Nullable String part) {
    Compiler owner = this;
    int node = reader;
    for (int level = 0; level < value.level(); level++) {
      node = owner.loopNode;
      owner = Objects.requireNonNull(owner.parent);
    }
    owner.graph.read(value.node(), node, part);
    return value;
  }

  private Input flow(int reader, Value value) {
    return new Input.Flow(read(reader, value, null));
  }

  // Steps.

  private Tail step(Step<?, ?> step, Tail before) {
    if (step instanceof Task<?, ?> task) {
      return task(task, before, null, false);
    }
    if (step instanceof Sequence<?, ?> sequence) {
      Tail tail = before;
      for (Step<?, ?> one : sequence.steps()) {
        tail = step(one, tail);
      }
      return tail;
    }
    if (step instanceof Parallel<?> parallel) {
      return parallel(parallel, before);
    }
    if (step instanceof Switch<?, ?> choice) {
      return choice(choice, before);
    }
    if (step instanceof Foreach<?, ?> foreach) {
      return foreach(foreach, before);
    }
    if (step instanceof Fallback<?, ?> fallback) {
      return fallback(fallback, before);
    }
    return dag((Dag) step, before);
  }

  private Tail fallback(Fallback<?, ?> fallback, Tail before) {
    String name = fallback.task().name();
    Tail done = task(fallback.task(), before, null, true);
    providers.remove(name);
    Tail otherwise =
        step(fallback.otherwise(), new Tail(done.node, Operation.Run.FAILED, done.flow));
    Draft merge = graph.addVirtual("#fallback-" + graph.nextId());
    follow(new Tail(done.node, Operation.Run.DONE, done.flow), merge);
    follow(otherwise, merge);
    merge.outputBytes = bytes(done.flow);
    merge.namedBytes = graph.node(done.node).namedBytes;
    // Where the fallback ran, the task's own value is its failure.
    List<Value> candidates =
        List.of(read(merge.id, otherwise.flow, null), read(merge.id, done.flow, null));
    merge.operation = new Operation.Merge(candidates, false, true);
    providers.put(name, merge.id);
    return Tail.of(merge);
  }

  /**
   * @param gathered what the task takes from its several predecessors; null: it has one
   */
  private Tail task(
      Task<?, ?> task, Tail before, Input.@Nullable Gathered gathered, boolean hasFallback) {
    boolean pass = task.code() instanceof TaskCode.Pass;
    Draft draft = graph.add(
        task.name(),
        task.resources(),
        pass ? Duration.ZERO : task.expectedRuntime().orElse(Duration.ZERO));
    draft.outputBytes = task.expectedOutputBytes().orElse(0);
    if (!task.outputs().isEmpty()) {
      draft.namedBytes = new HashMap<>();
      task.outputs().forEach((output, size) -> draft.namedBytes.put(output, size.orElse(0)));
    }
    follow(before, draft);
    Input input;
    if (task.inputs().isPresent()) {
      input = bound(draft.id, task.inputs().get());
    } else if (gathered != null) {
      gathered.values().forEach(value -> read(draft.id, value, null));
      input = gathered;
    } else {
      input = flow(draft.id, before.flow);
    }
    List<Value> reads = new ArrayList<>();
    List<Step<?, ?>> steps = new ArrayList<>();
    for (Task.Read one : task.reads()) {
      reads.add(read(draft.id, resolve(one.task().name()), null));
      steps.add(one.task());
    }
    Outputs.Layout layout =
        reads.isEmpty() ? null : layout(steps, "what task '" + task.name() + "' reads");
    TaskPolicy policy = pass ? TaskPolicy.NONE : task.policy().or(taskDefaults);
    draft.operation = new Operation.Run(task, input, reads, layout, policy, hasFallback);
    providers.put(task.name(), draft.id);
    return Tail.of(draft);
  }

  private static Outputs.Layout layout(List<Step<?, ?>> steps, String origin) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < steps.size(); i++) {
      Step<?, ?> step = steps.get(i);
      names.add(
          step instanceof Task<?, ?> task
              ? task.name()
              : step instanceof Fallback<?, ?> fallback
                  ? fallback.task().name()
                  : String.valueOf(i));
    }
    return new Outputs.Layout(steps, names, origin);
  }

  private Tail parallel(Parallel<?> parallel, Tail before) {
    List<Tail> tails = new ArrayList<>();
    for (Step<?, ?> branch : parallel.branches()) {
      tails.add(step(branch, before));
    }
    return join(tails, layout(parallel.branches(), "a parallel step"), null);
  }

  private Tail join(List<Tail> tails, Outputs.Layout layout, @Nullable Tail also) {
    Draft join = graph.addVirtual("#join-" + graph.nextId());
    tails.forEach(tail -> follow(tail, join));
    // A switch may lead here by several of its choices; its node still gives one output.
    List<Value> values = tails.stream().map(Tail::flow).distinct().toList();
    for (Value value : values) {
      read(join.id, value, null);
      join.outputBytes = sum(join.outputBytes, bytes(value));
    }
    if (also != null) {
      follow(also, join);
    }
    join.operation = new Operation.Join(values, layout);
    return Tail.of(join);
  }

  private long bytes(Value value) {
    Compiler owner = this;
    for (int level = 0; level < value.level(); level++) {
      owner = Objects.requireNonNull(owner.parent);
    }
    return owner.graph.node(value.node()).outputBytes;
  }

  private Tail choice(Switch<?, ?> choice, Tail before) {
    Draft draft = graph.addVirtual("#switch-" + graph.nextId());
    follow(before, draft);
    List<Object> constants = new ArrayList<>();
    List<Operation.Test> tests = new ArrayList<>();
    for (Switch.Case one : choice.cases()) {
      if (one.test() instanceof Switch.Equal equal) {
        constants.add(equal.value());
      } else if (one.test() instanceof Switch.Holds holds) {
        tests.add(test(draft.id, Optional.of(holds.condition())));
      }
    }
    draft.operation = choose(draft, before.flow, choice.selector(), constants, tests);
    List<Value> candidates = new ArrayList<>();
    List<Tail> tails = new ArrayList<>();
    List<Step<?, ?>> branches = choice.branches();
    for (int i = 0; i < branches.size(); i++) {
      Tail tail = step(branches.get(i), new Tail(draft.id, i, before.flow));
      tails.add(tail);
      candidates.add(tail.flow);
    }
    Draft merge = graph.addVirtual("#merge-" + graph.nextId());
    for (Tail tail : tails) {
      follow(tail, merge);
      read(merge.id, tail.flow, null);
      merge.outputBytes = Math.max(merge.outputBytes, bytes(tail.flow));
    }
    if (choice.otherwise().isEmpty()) {
      follow(new Tail(draft.id, branches.size(), before.flow), merge);
      if (!choice.isOptional()) {
        candidates.add(read(merge.id, before.flow, null));
      }
    }
    merge.operation = new Operation.Merge(candidates, choice.isOptional(), false);
    return Tail.of(merge);
  }

  private Operation.Choose choose(
      Draft draft,
      Value flow,
      Optional<TaskFunction<@Nullable Object, @Nullable Object>> selector,
      List<Object> constants,
      List<Operation.Test> tests) {
    if (selector.isPresent()) {
      read(draft.id, flow, null);
    }
    return new Operation.Choose(
        flow, selector, constants, tests, Math.max(constants.size(), tests.size()));
  }

  private Operation.Test test(int reader, Optional<Condition> condition) {
    Map<String, Input.Source> sources = new LinkedHashMap<>();
    condition.ifPresent(one ->
        one.bindings().forEach((text, binding) -> sources.put(text, source(reader, binding))));
    return new Operation.Test(condition, sources);
  }

  private Tail foreach(Foreach<?, ?> foreach, Tail before) {
    int id = graph.nextId();
    String number = "#foreach-" + id;
    Compiler inner = new Compiler(number, taskDefaults, this, id);
    // The node must exist before its body is compiled, since the body's outer reads become its own;
    // what it takes of the worker is known only afterwards.
    follow(before, graph.addVirtual(number));
    Input items;
    boolean zipped = false;
    if (foreach.items() instanceof Foreach.Zipped zip) {
      items = bound(id, zip.collections());
      zipped = items instanceof Input.Named;
    } else {
      items = flow(id, before.flow);
    }

    Draft start = inner.graph.addVirtual("#start");
    start.operation = new Operation.Start();
    Tail tail = inner.step(foreach.body(), Tail.of(start));
    Draft end = inner.graph.addVirtual("#end");
    inner.follow(tail, end);
    end.operation = new Operation.End(inner.flow(end.id, tail.flow), false);
    FunctionGraph body = inner.graph.build();

    Draft exit = inner.graph.node(tail.flow.level() == 0 ? tail.flow.node() : 0);
    Draft draft = graph.replace(id, label(foreach, id), resources(body), runtime(body));
    draft.outputBytes = exit.outputBytes;
    draft.namedBytes = exit.namedBytes;
    draft.operation = new Operation.Loop(
        items,
        foreach.items() instanceof Foreach.Selected selected
            ? Optional.of(selected.selector())
            : Optional.empty(),
        zipped,
        body,
        foreach.concurrency().orElse(Integer.MAX_VALUE),
        foreach.expectedInstances().orElse(1),
        foreach.tolerance());
    exitTask(foreach.body()).ifPresent(task -> providers.put(task.name(), id));
    return Tail.of(draft);
  }

  /** A foreach over a single task shows that task's name; others are numbered. */
  private static String label(Foreach<?, ?> foreach, int id) {
    return foreach.body() instanceof Task<?, ?> task ? task.name() : "#foreach-" + id;
  }

  private static Optional<Task<?, ?>> exitTask(Step<?, ?> step) {
    Step<?, ?> last = step;
    while (!(last instanceof Task<?, ?>)) {
      if (last instanceof Fallback<?, ?> fallback) {
        last = fallback.task();
      } else if (last instanceof Foreach<?, ?> foreach) {
        last = foreach.body();
      } else if (last instanceof Sequence<?, ?> sequence) {
        last = sequence.steps().get(sequence.steps().size() - 1);
      } else {
        return Optional.empty();
      }
    }
    return Optional.of((Task<?, ?>) last);
  }

  private static Resources resources(FunctionGraph body) {
    double cpus = 0;
    long memory = 0;
    int slots = 0;
    for (Node node : body.nodes()) {
      cpus = Math.min(cpus + node.resources().cpus(), Resources.MAX_CPUS);
      memory = sum(memory, node.resources().memoryBytes());
      slots = (int) Math.min((long) slots + node.resources().slots(), Integer.MAX_VALUE);
    }
    return new Resources(cpus, memory, slots);
  }

  private static Duration runtime(FunctionGraph body) {
    double nanos =
        CriticalPath.of(body, node -> nanos(node.runtime()), edge -> 0).length();
    return Duration.ofNanos((long) nanos);
  }

  /** Unlike {@link Duration#toNanos()} for any duration: the cast above ends at 292 years. */
  private static double nanos(Duration duration) {
    return duration.getSeconds() * 1e9 + duration.getNano();
  }

  private Tail dag(Dag dag, Tail before) {
    Set<String> followed = new HashSet<>();
    dag.nodes().forEach(node -> followed.addAll(node.next().targets()));
    Map<String, List<Tail>> arriving = new HashMap<>();
    Map<String, Step<?, ?>> stepOf = new HashMap<>();
    dag.nodes().forEach(node -> stepOf.put(node.name(), node.step()));
    Map<String, List<String>> predecessors = new HashMap<>();
    List<Tail> leaves = new ArrayList<>();
    List<Step<?, ?>> leafSteps = new ArrayList<>();
    List<String> leafNames = new ArrayList<>();
    for (Dag.Node node : dag.inOrder()) {
      List<Tail> tails = followed.contains(node.name())
          ? arriving.getOrDefault(node.name(), List.of())
          : List.of();
      Tail tail = dagNode(node, tails.isEmpty() ? List.of(before) : tails, stepOf, predecessors);
      providers.put(node.name(), tail.flow.node());
      if (node.next().targets().isEmpty()) {
        leaves.add(tail);
        leafSteps.add(node.step());
        leafNames.add(node.name());
      }
      leave(node, tail, arriving);
      node.next()
          .targets()
          .forEach(target ->
              predecessors.computeIfAbsent(target, any -> new ArrayList<>()).add(node.name()));
    }
    return join(leaves, new Outputs.Layout(leafSteps, leafNames, "a dag"), before);
  }

  /** Notes, for the nodes that may follow, from where they are reached. */
  private void leave(Dag.Node node, Tail tail, Map<String, List<Tail>> arriving) {
    if (node.next() instanceof Dag.FirstMatch match) {
      Draft draft = graph.addVirtual("#switch-" + graph.nextId());
      follow(tail, draft);
      List<Operation.Test> tests = new ArrayList<>();
      match.choices().forEach(way -> tests.add(test(draft.id, way.condition())));
      draft.operation = choose(draft, tail.flow, Optional.empty(), List.of(), tests);
      for (int i = 0; i < match.choices().size(); i++) {
        arriving
            .computeIfAbsent(match.choices().get(i).node(), any -> new ArrayList<>())
            .add(new Tail(draft.id, i, tail.flow));
      }
    } else {
      for (String target : node.next().targets()) {
        arriving.computeIfAbsent(target, any -> new ArrayList<>()).add(tail);
      }
    }
  }

  private Tail dagNode(
      Dag.Node node,
      List<Tail> tails,
      Map<String, Step<?, ?>> stepOf,
      Map<String, List<String>> predecessors) {
    List<Value> values = tails.stream().map(Tail::flow).distinct().toList();
    if (tails.size() == 1) {
      return step(node.step(), tails.get(0));
    }
    if (values.size() > 1 && !ignoresFlow(node.step())) {
      // Several predecessors: their outputs, keyed by node, are what the step takes.
      List<String> names = predecessors.getOrDefault(node.name(), List.of());
      List<Step<?, ?>> steps = new ArrayList<>();
      names.forEach(one -> steps.add(Objects.requireNonNull(stepOf.get(one))));
      Outputs.Layout layout = new Outputs.Layout(steps, names, "node '" + node.name() + "'");
      if (node.step() instanceof Task<?, ?> task) {
        int id = graph.nextId();
        Tail tail = task(task, tails.get(0), new Input.Gathered(values, layout), false);
        tails.subList(1, tails.size()).forEach(other -> follow(other, graph.node(id)));
        return tail;
      }
      return step(node.step(), join(tails, layout, null));
    }
    if (node.step() instanceof Task<?, ?> || node.step() instanceof Foreach<?, ?>) {
      // The node itself waits for all of them; no join is needed to gather what it does not read.
      int id = graph.nextId();
      Tail tail = step(node.step(), tails.get(0));
      tails.subList(1, tails.size()).forEach(other -> follow(other, graph.node(id)));
      return tail;
    }
    Draft gate = graph.addVirtual("#join-" + graph.nextId());
    tails.forEach(tail -> follow(tail, gate));
    gate.operation = new Operation.Merge(List.of(read(gate.id, values.get(0), null)), false, false);
    return step(node.step(), Tail.of(gate));
  }

  private static boolean ignoresFlow(Step<?, ?> step) {
    if (step instanceof Fallback<?, ?> fallback) {
      return ignoresFlow(fallback.task());
    }
    return (step instanceof Task<?, ?> task && task.inputs().isPresent())
        || (step instanceof Foreach<?, ?> foreach && foreach.items() instanceof Foreach.Zipped);
  }

  // References.

  private Input bound(int reader, Map<String, Binding> bindings) {
    if (bindings.size() == 1 && bindings.containsKey("")) {
      return new Input.Bound(source(reader, Objects.requireNonNull(bindings.get(""))));
    }
    List<Input.Entry> entries = new ArrayList<>();
    bindings.forEach(
        (input, binding) -> entries.add(new Input.Entry(input, source(reader, binding))));
    return new Input.Named(entries);
  }

  private Input.Source source(int reader, Binding binding) {
    if (binding instanceof Binding.Constant constant) {
      return new Input.Fixed(constant.value());
    }
    Binding.From from = (Binding.From) binding;
    List<Input.Candidate> candidates = new ArrayList<>();
    for (DataRef reference : from.references()) {
      candidates.add(new Input.Candidate(
          read(reader, resolve(reference.root()), firstKey(reference)), reference));
    }
    return new Input.FirstOf(candidates, from.optional());
  }

  private static @Nullable String firstKey(DataRef reference) {
    for (DataRef.Segment segment : reference.path()) {
      if (segment instanceof DataRef.Key key) {
        return key.name();
      }
    }
    return null;
  }

  private Value resolve(DataRef.Root root) {
    if (root instanceof DataRef.Output output) {
      return resolve(output.task());
    }
    if (root instanceof DataRef.Item item) {
      return new Value(item.level(), 0);
    }
    int level = 0;
    for (Compiler outer = parent; outer != null; outer = outer.parent) {
      level++;
    }
    return new Value(level, 0);
  }

  private Value resolve(String task) {
    int level = 0;
    for (Compiler owner = this; owner != null; owner = owner.parent) {
      Integer node = owner.providers.get(task);
      if (node != null) {
        return new Value(level, node);
      }
      level++;
    }
    throw new IllegalStateException(
        "'" + task + "' is read before it is compiled; a valid workflow cannot do that");
  }
}
