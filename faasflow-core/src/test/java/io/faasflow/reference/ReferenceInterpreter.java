package io.faasflow.reference;

import io.faasflow.function.ContextFunction;
import io.faasflow.function.RetryPolicy;
import io.faasflow.function.TaskPolicy;
import io.faasflow.reference.Allowed.Call;
import io.faasflow.reference.Allowed.Ending;
import io.faasflow.reference.Allowed.Fate;
import io.faasflow.reference.Faults.Act;
import io.faasflow.run.DataException;
import io.faasflow.run.FailureSite;
import io.faasflow.run.InstanceResult;
import io.faasflow.run.RunStatus;
import io.faasflow.run.TaskFailure;
import io.faasflow.run.TaskTimeoutException;
import io.faasflow.workflow.Binding;
import io.faasflow.workflow.Condition;
import io.faasflow.workflow.Dag;
import io.faasflow.workflow.DataRef;
import io.faasflow.workflow.Fallback;
import io.faasflow.workflow.Foreach;
import io.faasflow.workflow.Outputs;
import io.faasflow.workflow.Parallel;
import io.faasflow.workflow.ReadFunction;
import io.faasflow.workflow.Sequence;
import io.faasflow.workflow.Step;
import io.faasflow.workflow.Switch;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.TaskCode;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Says what may become of a run of a workflow, by walking its tree of steps, one after the other. It
 * shares nothing with the compiler and the engines.
 *
 * <p>A step takes a {@link Flow}: a value, when it is there, and which calls are over by then. It gives
 * another one, or null: something in it failed, so that nothing behind it begins. The walk goes on
 * beside a failure as if there were none: what a failure cuts off is found at the end, by the times.
 *
 * <p>Where functions take no time, everything happens at the same moment, and what may come in any
 * order is told by the calls that are over alone.
 */
public final class ReferenceInterpreter {
  private static final Object SKIPPED = Outputs.absent();
  private static final long FOREVER = Long.MAX_VALUE / 4;

  /** What a step takes or gives. {@link #SKIPPED} goes along the branches that are not taken. */
  private record Flow(@Nullable Object value, long nanos, BitSet past) {
    boolean isSkipped() {
      return value == SKIPPED;
    }

    Flow with(@Nullable Object newValue) {
      return new Flow(newValue, nanos, past);
    }

    Flow with(Call call) {
      BitSet all = (BitSet) past.clone();
      all.set(call.number);
      return new Flow(value, call.ends, all);
    }

    /** The same when the other is there, too. */
    Flow after(Flow other) {
      BitSet all = (BitSet) past.clone();
      all.or(other.past);
      return new Flow(value, Math.max(nanos, other.nanos), all);
    }
  }

  /** What is known by name: in the run, or in one instance of a foreach. */
  private record Scope(
      @Nullable Scope outer, Map<String, Flow> outputs, Flow start, List<Integer> instance) {
    Scope(@Nullable Scope outer, Flow start, List<Integer> instance) {
      this(outer, new HashMap<>(), start, instance);
    }

    /** Null: it is never there, because something failed. */
    @Nullable
    Flow find(String name) {
      Flow known = outputs.get(name);
      return known != null || outer == null ? known : outer.find(name);
    }
  }

  /** What would end the run, and what is called: in the run, or in one instance of a foreach. */
  private static final class Log {
    final List<Ending> ends = new ArrayList<>();
    final List<Call> calls = new ArrayList<>();

    void addAll(Log other) {
      ends.addAll(other.ends);
      calls.addAll(other.calls);
    }
  }

  /** A task has failed for good. */
  private record Failed(TaskFailure failure, Flow at) {}

  private final Faults faults;
  private final TaskPolicy taskDefaults;
  private final boolean takesTime;
  private final Set<Failure> tolerated = new HashSet<>();
  private int calls;
  private Log log = new Log();

  private ReferenceInterpreter(Faults faults, TaskPolicy taskDefaults, boolean takesTime) {
    this.faults = faults;
    this.taskDefaults = taskDefaults;
    this.takesTime = takesTime;
  }

  /**
   * What may become of a run.
   *
   * @param takesTime whether the time that functions, waits and timeouts take counts; false: whatever
   *     can run, runs at the same moment
   */
  public static Allowed allowed(
      Workflow<?, ?> workflow, @Nullable Object input, Faults faults, boolean takesTime) {
    return new ReferenceInterpreter(faults, workflow.taskDefaults(), takesTime)
        .run(workflow, input);
  }

  private Allowed run(Workflow<?, ?> workflow, @Nullable Object input) {
    Flow start = new Flow(input, 0, new BitSet());
    Scope scope = new Scope(null, start, List.of());
    Flow end = step(workflow.body(), start, scope);
    if (end != null && workflow.outputs().isPresent()) {
      end = outputs(workflow.outputs().get(), end, scope);
    }
    if (end != null) {
      log.ends.add(
          new Ending(RunStatus.COMPLETED, end.nanos, null, Digest.of(end.value), end.past, true));
    }
    if (takesTime && workflow.deadline().isPresent()) {
      long nanos = workflow.deadline().get().toNanos();
      log.ends.add(new Ending(RunStatus.TIMED_OUT, nanos, null, 0, new BitSet(), true));
    }
    return Allowed.of(log.ends, log.calls, tolerated);
  }

  private @Nullable Flow outputs(Map<String, Binding> named, Flow end, Scope scope) {
    Flow ready = whenRead(end, names(named.values()), scope);
    if (ready == null) {
      return null;
    }
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    try {
      named.forEach((name, binding) -> {
        Object value = resolve(binding, scope);
        if (value != SKIPPED) {
          map.put(name, value);
        }
      });
    } catch (DataException e) {
      return fails(e, ready, scope);
    }
    return ready.with(map);
  }

  /** Something that is no task has failed. */
  private @Nullable Flow fails(Throwable cause, Flow at, Scope scope) {
    Failure failure = new Failure(null, scope.instance, 1, Failure.cause(cause));
    log.ends.add(Ending.failed(failure, at.nanos, at.past));
    return null;
  }

  // Steps.

  private @Nullable Flow step(Step<?, ?> step, @Nullable Flow in, Scope scope) {
    if (in == null) {
      return null;
    }
    if (step instanceof Task<?, ?> task) {
      return task(task, in, scope);
    }
    if (step instanceof Sequence<?, ?> sequence) {
      Flow flow = in;
      for (Step<?, ?> one : sequence.steps()) {
        flow = step(one, flow, scope);
      }
      return flow;
    }
    if (step instanceof Parallel<?> parallel) {
      List<@Nullable Flow> ends = new ArrayList<>();
      parallel.branches().forEach(branch -> ends.add(step(branch, in, scope)));
      Flow joined = join(in, ends);
      return joined == null || in.isSkipped()
          ? joined
          : joined.with(outputs(parallel.branches(), branchNames(parallel), ends));
    }
    if (step instanceof Switch<?, ?> choice) {
      return choice(choice, in, scope);
    }
    if (step instanceof Foreach<?, ?> foreach) {
      return foreach(foreach, in, scope);
    }
    if (step instanceof Fallback<?, ?> fallback) {
      return fallback(fallback, in, scope);
    }
    return dag((Dag) step, in, scope);
  }

  private static List<String> branchNames(Parallel<?> parallel) {
    List<String> names = new ArrayList<>();
    for (Step<?, ?> branch : parallel.branches()) {
      names.add(
          branch instanceof Task<?, ?> task
              ? task.name()
              : branch instanceof Fallback<?, ?> fallback
                  ? fallback.task().name()
                  : String.valueOf(names.size()));
    }
    return names;
  }

  /** When all of them are there; null: one never is. */
  private static @Nullable Flow join(Flow first, Collection<? extends @Nullable Flow> others) {
    Flow all = first;
    for (Flow other : others) {
      if (other == null) {
        return null;
      }
      all = all.after(other);
    }
    return all;
  }

  private static Outputs outputs(
      List<? extends Step<?, ?>> steps, List<String> names, List<@Nullable Flow> flows) {
    return new Outputs.Layout(steps, names, "steps")
        .outputs(flows.stream().map(Flow::value).toArray());
  }

  private @Nullable Flow task(Task<?, ?> task, Flow in, Scope scope) {
    Object end = attempts(task, in, scope);
    if (end instanceof Failed failed) {
      log.ends.add(Ending.failed(Failure.of(failed.failure), failed.at.nanos, failed.at.past));
      return null;
    }
    Flow flow = (Flow) end;
    if (flow != null) {
      scope.outputs.put(task.name(), flow);
    }
    return flow;
  }

  private @Nullable Flow fallback(Fallback<?, ?> fallback, Flow in, Scope scope) {
    Object end = attempts(fallback.task(), in, scope);
    Flow done = null;
    if (end instanceof Failed failed) {
      done = step(fallback.otherwise(), failed.at.with(failed.failure), scope);
    } else if (end instanceof Flow flow) {
      Flow skipped = step(fallback.otherwise(), flow.with(SKIPPED), scope);
      done = skipped == null ? null : flow.after(skipped);
    }
    if (done != null) {
      scope.outputs.put(fallback.task().name(), done);
    }
    return done;
  }

  /** All attempts of a task: a {@link Flow}, {@link Failed}, or null. */
  private @Nullable Object attempts(Task<?, ?> task, Flow in, Scope scope) {
    Set<String> names = new LinkedHashSet<>(names(task.inputs().orElse(Map.of()).values()));
    task.reads().forEach(read -> names.add(read.task().name()));
    Flow ready = whenRead(in, names, scope);
    if (ready == null || in.isSkipped()) {
      return ready;
    }
    TaskPolicy policy =
        task.code() instanceof TaskCode.Pass ? TaskPolicy.NONE : task.policy().or(taskDefaults);
    Flow at = ready;
    for (int attempt = 1; ; attempt++) {
      Object input = null;
      Throwable thrown = null;
      boolean isLast = false;
      try {
        input = input(task, in.value, scope);
        if (task.code() instanceof TaskCode.Pass) {
          return at.with(named(task, input));
        }
      } catch (DataException e) {
        thrown = e;
      }
      if (thrown == null) {
        Called called = call(task, input, scope, attempt, policy, ready.nanos, at);
        at = at.with(called.call);
        if (called.thrown == null) {
          return at.with(named(task, called.output));
        }
        thrown = called.thrown;
        isLast = called.isLast;
      }
      long wait = isLast ? -1 : wait(policy, attempt, thrown, at.nanos - ready.nanos);
      if (wait < 0) {
        FailureSite site =
            new FailureSite(task.name(), task.function(), scope.instance, attempt, "");
        return new Failed(new TaskFailure(site, thrown, input), at);
      }
      at = new Flow(at.value, at.nanos + (takesTime ? wait : 0), at.past);
    }
  }

  private record Called(
      Call call, @Nullable Object output, @Nullable Throwable thrown, boolean isLast) {}

  private Called call(
      Task<?, ?> task,
      @Nullable Object input,
      Scope scope,
      int attempt,
      TaskPolicy policy,
      long ready,
      Flow at) {
    Act act = faults.act(task.name(), scope.instance, attempt);
    long limit = policy.timeout().map(Duration::toNanos).orElse(FOREVER);
    long totalLimit =
        policy.totalTimeout().map(Duration::toNanos).orElse(FOREVER) - (at.nanos - ready);
    long time = faults.of(task.name()).time().toNanos();
    long takes = act.hangs() ? FOREVER : act == Act.CANCEL || !takesTime ? 0 : time;
    long until = Math.min(takes, Math.min(limit, totalLimit));
    Object output = null;
    Throwable thrown = null;
    Fate fate = Fate.TIMES_OUT;
    if (until < takes) {
      boolean isTotal = totalLimit <= limit;
      thrown = new TaskTimeoutException(
          task.name(),
          isTotal ? "total timeout" : "timeout",
          (isTotal ? policy.totalTimeout() : policy.timeout()).orElseThrow());
    } else {
      try {
        faults.fail(task.name(), scope.instance, attempt);
        output = apply(task, input, scope);
        fate = act == Act.CANCEL ? Fate.CANCELS : Fate.RETURNS;
      } catch (Throwable e) {
        thrown = e;
        fate = Fate.THROWS;
      }
    }
    if (act == Act.CANCEL) {
      Failure by = Failure.cancelling(task.name(), scope.instance, attempt);
      log.ends.add(Ending.cancelled(by, at.nanos, at.past));
    }
    long end = Math.min(FOREVER, at.nanos + (takesTime ? until : 0));
    Call call = new Call(
        calls++,
        task.name(),
        scope.instance,
        attempt,
        at.nanos,
        end,
        fate,
        at.past,
        Digest.of(input));
    log.calls.add(call);
    return new Called(call, output, thrown, until < takes && totalLimit <= limit);
  }

  /** How long until the next attempt; -1: there is none. */
  private static long wait(TaskPolicy policy, int attempt, Throwable thrown, long elapsed) {
    RetryPolicy retry = policy.retry().orElse(null);
    if (retry == null || attempt >= retry.maxAttempts() || !retry.retries(thrown)) {
      return -1;
    }
    double wait = retry.delay().toNanos() * Math.pow(retry.factor(), attempt - 1);
    long nanos = (long) Math.min(wait, (double) retry.maxDelay().toNanos());
    long total = policy.totalTimeout().map(Duration::toNanos).orElse(FOREVER);
    return elapsed + nanos < total ? nanos : -1;
  }

  @SuppressWarnings("unchecked") // whoever made the workflow answers for it
  private static @Nullable Object apply(Task<?, ?> task, @Nullable Object input, Scope scope)
      throws Exception {
    if (task.code() instanceof TaskCode.Inline inline) {
      return ((ContextFunction<Object, Object>) inline.function()).apply(input, null);
    }
    if (!(task.code() instanceof TaskCode.Reading reading)) {
      throw new IllegalArgumentException("No function by name: " + task);
    }
    List<Step<?, ?>> steps = new ArrayList<>();
    List<String> names = new ArrayList<>();
    List<Flow> flows = new ArrayList<>();
    for (Task.Read read : task.reads()) {
      steps.add(read.task());
      names.add(read.task().name());
      flows.add(scope.find(read.task().name()));
    }
    return ((ReadFunction<Object, Object>) reading.function())
        .apply(input, outputs(steps, names, flows));
  }

  private static @Nullable Object named(Task<?, ?> task, @Nullable Object output) {
    if (task.outputs().isEmpty() || output instanceof Map) {
      return output;
    }
    return Collections.singletonMap(task.outputs().keySet().iterator().next(), output);
  }

  private @Nullable Flow choice(Switch<?, ?> choice, Flow in, Scope scope) {
    Set<String> names = new LinkedHashSet<>();
    for (Switch.Case one : choice.cases()) {
      if (one.test() instanceof Switch.Holds holds) {
        names.addAll(names(holds.condition().bindings().values()));
      }
    }
    Flow ready = whenRead(in, names, scope);
    if (ready == null) {
      return null;
    }
    int chosen = -1;
    if (!in.isSkipped()) {
      try {
        chosen = chosen(choice, in.value, scope);
      } catch (Throwable e) {
        return fails(e, ready, scope);
      }
    }
    List<@Nullable Flow> ends = new ArrayList<>();
    for (int i = 0; i < choice.branches().size(); i++) {
      ends.add(step(choice.branches().get(i), i == chosen ? ready : ready.with(SKIPPED), scope));
    }
    Flow end = join(ready, ends);
    if (end == null || in.isSkipped()) {
      return end;
    }
    boolean isTaken = chosen < ends.size();
    Object value = isTaken ? ends.get(chosen).value : choice.isOptional() ? null : in.value;
    return end.with(choice.isOptional() ? Optional.ofNullable(value) : value);
  }

  /** The number of the branch; so many as there are branches: none. */
  private static int chosen(Switch<?, ?> choice, @Nullable Object value, Scope scope)
      throws Exception {
    Object key = choice.selector().isPresent() ? choice.selector().get().apply(value) : null;
    int number = 0;
    for (Switch.Case one : choice.cases()) {
      boolean applies = one.test() instanceof Switch.Equal equal
          ? equal.value().equals(key)
          : holds(((Switch.Holds) one.test()).condition(), scope);
      if (applies) {
        return number;
      }
      number++;
    }
    return number;
  }

  private static boolean holds(Condition condition, Scope scope) {
    try {
      return condition.test(text -> {
        Object value = resolve(condition.bindings().get(text), scope);
        return value == SKIPPED ? null : value;
      });
    } catch (IllegalArgumentException e) {
      throw new DataException("condition", e);
    }
  }

  // Foreach.

  private @Nullable Flow foreach(Foreach<?, ?> foreach, Flow in, Scope scope) {
    Set<String> names = new LinkedHashSet<>();
    addReads(foreach, names);
    names.removeAll(defined(foreach.body())); // what is left is read from around it
    Flow ready = whenRead(in, names, scope);
    if (ready == null) {
      return null;
    }
    Flow end = in.isSkipped() ? ready : instances(foreach, in.value, ready, scope);
    if (end != null) {
      exit(foreach.body()).ifPresent(exit -> scope.outputs.put(exit, end));
    }
    return end;
  }

  /** An instance that is over. */
  private record Instance(Log log, @Nullable Flow end, List<Ending> failures, long nanos) {}

  private @Nullable Flow instances(
      Foreach<?, ?> foreach, @Nullable Object value, Flow ready, Scope scope) {
    List<@Nullable Object> items = new ArrayList<>();
    try {
      items(foreach, value, scope).forEach(items::add);
    } catch (Throwable e) {
      return fails(e, ready, scope);
    }
    int mayFail =
        foreach.tolerance().map(tolerance -> tolerance.of(items.size())).orElse(0);
    int lanes = Math.min(items.size(), foreach.concurrency().orElse(Integer.MAX_VALUE));
    PriorityQueue<Long> free = new PriorityQueue<>(); // when each lane takes its next item
    for (int i = 0; i < lanes; i++) {
      free.add(ready.nanos);
    }
    Flow begin = ready;
    List<Instance> all = new ArrayList<>();
    List<Instance> failed = new ArrayList<>();
    for (int i = 0; i < items.size() && !free.isEmpty(); i++) {
      List<Integer> path = new ArrayList<>(scope.instance);
      path.add(i);
      Flow start = new Flow(items.get(i), free.poll(), begin.past);
      Instance instance = instance(foreach, start, scope, List.copyOf(path));
      all.add(instance);
      if (instance.end == null) {
        failed.add(instance);
      }
      if (instance.end == null
          && (foreach.tolerance().isEmpty() || (lanes == 1 && failed.size() > mayFail))) {
        continue; // the lane ends: with the foreach, or so it seems to this lane
      }
      free.add(instance.nanos);
      begin = lanes == 1 ? after(begin, instance) : begin;
    }
    all.forEach(instance -> log.addAll(instance.log));
    if (foreach.tolerance().isEmpty()) {
      failed.forEach(instance -> log.ends.addAll(instance.failures));
    } else if (failed.size() > mayFail) {
      log.ends.addAll(oneTooMany(failed, mayFail, lanes));
    }
    if (failed.size() > mayFail) {
      return null;
    }
    List<@Nullable Object> results = new ArrayList<>();
    Flow end = ready;
    for (Instance instance : all) {
      end = after(end, instance);
      results.add(foreach.tolerance().isEmpty() ? instance.end.value : result(instance));
    }
    return end.with(results);
  }

  private static Flow after(Flow before, Instance instance) {
    if (instance.end != null) {
      return before.after(instance.end);
    }
    // What is over for sure: whatever it was that failed.
    BitSet past = (BitSet) instance.failures.get(0).past().clone();
    instance.failures.forEach(failure -> past.and(failure.past()));
    return before.after(new Flow(null, instance.nanos, past));
  }

  private InstanceResult<@Nullable Object> result(Instance instance) {
    if (instance.end != null) {
      return new InstanceResult.Completed<>(instance.end.value);
    }
    instance.failures.forEach(failure -> tolerated.add(failure.failure()));
    FailureSite any = new FailureSite("any of several", "", List.of(), 1, "");
    return new InstanceResult.Failed<>(new TaskFailure(any, new IllegalStateException(), null));
  }

  private Instance instance(Foreach<?, ?> foreach, Flow start, Scope scope, List<Integer> path) {
    Log outer = log;
    log = new Log();
    Flow end = step(foreach.body(), start, new Scope(scope, start, path));
    Log own = log;
    log = outer;
    List<Ending> failures = new ArrayList<>(own.ends);
    failures.removeIf(ending -> !ending.isFailure());
    own.ends.removeIf(Ending::isFailure);
    long nanos = end != null
        ? end.nanos
        : failures.stream().mapToLong(Ending::nanos).min().orElseThrow();
    failures.removeIf(failure -> failure.nanos() > nanos);
    if (end == null && foreach.tolerance().isPresent()) {
      cutOff(own, failures, nanos);
    }
    return new Instance(own, end, failures, nanos);
  }

  /** When an instance has failed, nothing more of it begins; what is running goes on. */
  private static void cutOff(Log instance, List<Ending> failures, long nanos) {
    instance.calls.removeIf(call -> call.begins > nanos);
    for (Call call : instance.calls) {
      boolean before = failures.stream().allMatch(failure -> failure.past().get(call.number));
      call.isCertain &= call.begins < nanos || before;
    }
    instance.ends.removeIf(end -> end.nanos() > nanos);
    instance.ends.replaceAll(end -> end.nanos() < nanos ? end : end.uncertain());
  }

  /** What may be the failure with which a tolerant foreach has failed. */
  private static List<Ending> oneTooMany(List<Instance> failed, int mayFail, int lanes) {
    long nanos = failed.stream()
        .mapToLong(Instance::nanos)
        .sorted()
        .skip(mayFail)
        .findFirst()
        .orElseThrow();
    List<Ending> possible = new ArrayList<>();
    for (int i = 0; i < failed.size(); i++) {
      // With one lane they fail in their order. With more, those before it that have not failed yet
      // have a lane each, and one that is late can be overtaken.
      boolean isInTurn = lanes == 1 ? i == mayFail : i <= mayFail + lanes - 1;
      if (isInTurn && failed.get(i).nanos == nanos) {
        possible.addAll(failed.get(i).failures);
      }
    }
    return possible;
  }

  private static Iterable<?> items(Foreach<?, ?> foreach, @Nullable Object value, Scope scope)
      throws Exception {
    Object items = value;
    if (foreach.items() instanceof Foreach.Selected selected) {
      items = selected.selector().apply(value);
    } else if (foreach.items() instanceof Foreach.Zipped zipped) {
      items = required(zipped.collections().get(""), scope); // of one collection
    }
    if (items instanceof Iterable<?> iterable) {
      return iterable;
    }
    throw new DataException("no collection", null);
  }

  // Dag.

  private @Nullable Flow dag(Dag dag, Flow in, Scope scope) {
    Map<String, @Nullable Flow> ends = new LinkedHashMap<>();
    Map<String, Set<String>> predecessors = new HashMap<>();
    Map<String, List<@Nullable Flow>> edges = new HashMap<>(); // by the node that they lead to
    for (Dag.Node node : dag.inOrder()) {
      List<@Nullable Flow> arriving = edges.getOrDefault(node.name(), List.of());
      Flow flow = in;
      if (!arriving.isEmpty()) {
        flow = join(new Flow(SKIPPED, in.nanos, in.past), arriving);
        if (flow != null && arriving.stream().anyMatch(edge -> !edge.isSkipped())) {
          flow = flow.with(gathered(dag, predecessors.get(node.name()), ends));
        }
      }
      Flow end = step(node.step(), flow, scope);
      ends.put(node.name(), end);
      if (end != null) {
        scope.outputs.put(node.name(), end);
      }
      leave(node, end, scope, edges);
      for (String next : node.next().targets()) {
        predecessors.computeIfAbsent(next, any -> new LinkedHashSet<>()).add(node.name());
      }
    }
    List<Dag.Node> leaves =
        dag.inOrder().stream().filter(node -> node.next().targets().isEmpty()).toList();
    List<@Nullable Flow> last =
        new ArrayList<>(leaves.stream().map(leaf -> ends.get(leaf.name())).toList());
    Flow joined = join(in, last);
    return joined == null || in.isSkipped()
        ? joined
        : joined.with(outputs(
            leaves.stream().<Step<?, ?>>map(Dag.Node::step).toList(),
            leaves.stream().map(Dag.Node::name).toList(),
            last));
  }

  /** What a node takes of its predecessors. */
  private static @Nullable Object gathered(
      Dag dag, Set<String> predecessors, Map<String, @Nullable Flow> ends) {
    if (predecessors.size() == 1) {
      return ends.get(predecessors.iterator().next()).value;
    }
    List<Step<?, ?>> steps = new ArrayList<>();
    List<Flow> flows = new ArrayList<>();
    for (String name : predecessors) {
      flows.add(ends.get(name));
      dag.nodes().stream()
          .filter(node -> node.name().equals(name))
          .forEach(node -> steps.add(node.step()));
    }
    return outputs(steps, List.copyOf(predecessors), flows);
  }

  /** Adds the edges that leave a node: null where it has failed, skipped where it does not go. */
  private void leave(
      Dag.Node node, @Nullable Flow end, Scope scope, Map<String, List<@Nullable Flow>> edges) {
    Flow from = end;
    String chosen = null;
    if (end != null && node.next() instanceof Dag.FirstMatch match) {
      Set<String> names = new LinkedHashSet<>();
      match
          .choices()
          .forEach(way ->
              way.condition().ifPresent(x -> names.addAll(names(x.bindings().values()))));
      from = whenRead(end, names, scope);
      try {
        for (Dag.Choice way :
            from == null || end.isSkipped() ? List.<Dag.Choice>of() : match.choices()) {
          if (way.condition().isEmpty() || holds(way.condition().get(), scope)) {
            chosen = way.node();
            break;
          }
        }
      } catch (DataException e) {
        from = fails(e, from, scope);
      }
    }
    for (String next : node.next().targets()) {
      boolean goes = node.next() instanceof Dag.All || next.equals(chosen);
      edges
          .computeIfAbsent(next, any -> new ArrayList<>())
          .add(from == null || goes ? from : from.with(SKIPPED));
    }
  }

  // Data.

  /** When what is read by name is there as well; null: that is never. */
  private static @Nullable Flow whenRead(Flow flow, Set<String> names, Scope scope) {
    List<@Nullable Flow> read = new ArrayList<>();
    names.forEach(name -> read.add(scope.find(name)));
    return join(flow, read);
  }

  private static @Nullable Object input(Task<?, ?> task, @Nullable Object flow, Scope scope) {
    if (task.inputs().isEmpty()) {
      return flow;
    }
    Map<String, Binding> inputs = task.inputs().get();
    if (inputs.size() == 1 && inputs.containsKey("")) {
      return required(inputs.get(""), scope);
    }
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    inputs.forEach((name, binding) -> map.put(name, required(binding, scope)));
    return map;
  }

  private static @Nullable Object required(Binding binding, Scope scope) {
    Object value = resolve(binding, scope);
    if (value == SKIPPED && !((Binding.From) binding).optional()) {
      throw new DataException("no value for " + binding, null);
    }
    return value == SKIPPED ? null : value;
  }

  /** {@link #SKIPPED} where there is no value. */
  private static @Nullable Object resolve(Binding binding, Scope scope) {
    if (binding instanceof Binding.Constant constant) {
      return constant.value();
    }
    for (DataRef reference : ((Binding.From) binding).references()) {
      Object root = root(reference.root(), scope);
      try {
        Object value = root == SKIPPED ? SKIPPED : reference.resolve(root);
        if (value != DataRef.absent()) {
          return value;
        }
      } catch (IllegalArgumentException e) {
        throw new DataException("no path " + reference, e);
      }
    }
    return SKIPPED;
  }

  private static @Nullable Object root(DataRef.Root root, Scope scope) {
    if (root instanceof DataRef.Output output) {
      return scope.find(output.task()).value;
    }
    Scope at = scope;
    for (int level = root instanceof DataRef.Item item ? item.level() : Integer.MAX_VALUE;
        level > 0 && at.outer != null;
        level--) {
      at = at.outer;
    }
    return at.start.value;
  }

  // Names.

  private static Set<String> names(Collection<Binding> bindings) {
    Set<String> names = new LinkedHashSet<>();
    for (Binding binding : bindings) {
      if (binding instanceof Binding.From from) {
        for (DataRef reference : from.references()) {
          if (reference.root() instanceof DataRef.Output output) {
            names.add(output.task());
          }
        }
      }
    }
    return names;
  }

  private static List<? extends Step<?, ?>> parts(Step<?, ?> step) {
    return step instanceof Sequence<?, ?> sequence
        ? sequence.steps()
        : step instanceof Parallel<?> parallel
            ? parallel.branches()
            : step instanceof Switch<?, ?> choice
                ? choice.branches()
                : step instanceof Foreach<?, ?> foreach
                    ? List.of(foreach.body())
                    : step instanceof Fallback<?, ?> fallback
                        ? List.of(fallback.task(), fallback.otherwise())
                        : step instanceof Dag dag ? dag.steps() : List.<Step<?, ?>>of();
  }

  /** All names that a step gives to outputs. */
  static Set<String> defined(Step<?, ?> step) {
    Set<String> names = new HashSet<>();
    if (step instanceof Task<?, ?> task) {
      names.add(task.name());
    } else if (step instanceof Dag dag) {
      dag.nodes().forEach(node -> names.add(node.name()));
    }
    parts(step).forEach(part -> names.addAll(defined(part)));
    return names;
  }

  private static void addReads(Step<?, ?> step, Set<String> names) {
    if (step instanceof Task<?, ?> task) {
      task.reads().forEach(read -> names.add(read.task().name()));
      names.addAll(names(task.inputs().orElse(Map.of()).values()));
    } else if (step instanceof Switch<?, ?> choice) {
      for (Switch.Case one : choice.cases()) {
        if (one.test() instanceof Switch.Holds holds) {
          names.addAll(names(holds.condition().bindings().values()));
        }
      }
    } else if (step instanceof Foreach<?, ?> foreach
        && foreach.items() instanceof Foreach.Zipped zipped) {
      names.addAll(names(zipped.collections().values()));
    } else if (step instanceof Dag dag) {
      for (Dag.Node node : dag.nodes()) {
        if (node.next() instanceof Dag.FirstMatch match) {
          match
              .choices()
              .forEach(way ->
                  way.condition().ifPresent(x -> names.addAll(names(x.bindings().values()))));
        }
      }
    }
    parts(step).forEach(part -> addReads(part, names));
  }

  /** The name under which the results of a foreach with this body are known. */
  static Optional<String> exit(Step<?, ?> body) {
    if (body instanceof Sequence<?, ?> sequence) {
      return exit(sequence.steps().get(sequence.steps().size() - 1));
    }
    if (body instanceof Foreach<?, ?> foreach) {
      return exit(foreach.body());
    }
    Step<?, ?> last = body instanceof Fallback<?, ?> fallback ? fallback.task() : body;
    return last instanceof Task<?, ?> task ? Optional.of(task.name()) : Optional.empty();
  }
}
