package io.faasflow.engine;

import io.faasflow.function.CompensationFunction;
import io.faasflow.function.ContextFunction;
import io.faasflow.function.FunctionContext;
import io.faasflow.function.FunctionInterceptor;
import io.faasflow.function.TaskFunction;
import io.faasflow.function.TaskPolicy;
import io.faasflow.graph.Edge;
import io.faasflow.graph.Input;
import io.faasflow.graph.Node;
import io.faasflow.graph.Operation;
import io.faasflow.graph.Value;
import io.faasflow.run.DataException;
import io.faasflow.run.RunId;
import io.faasflow.store.Output;
import io.faasflow.workflow.Compensation;
import io.faasflow.workflow.Outputs;
import io.faasflow.workflow.ReadFunction;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.TaskCode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One node, ready to execute. Immutable after {@link #link}; shared by all runs. */
final class NodeCode {
  /** What the drainer does with a node. */
  enum Kind {
    /** Calls {@link NodeCode#call}. */
    CALL,
    /** Opens a {@link Loop}. */
    LOOP,
    /** Has another worker execute it. */
    ASSIGN,
    /** Ends the frame. */
    END
  }

  /**
   * An edge that may make the node run.
   *
   * @param from the node that it leaves
   * @param remote its index among the edges from other workers; -1 for an edge from here
   * @param choices with which choices it is live; null: with all
   */
  @SuppressWarnings("ArrayRecordComponent") // private to the engine, never compared
  record Incoming(int from, int remote, int @Nullable [] choices) {}

  private static final Incoming[] NO_INCOMING = {};

  final int id;
  final Node node;
  final Kind kind;
  final boolean mayBeSkipped;
  final boolean hasReadersHere;
  final int readersElsewhere; // workers
  final @Nullable Output data; // for the worker's own store; null: the frame keeps the output
  final int[] reads; // to be released by this worker, when the node is done
  final int[] assignedReads; // of a node that another worker is to execute
  final int[] successors; // of this worker, the most urgent first
  final String[] remoteWorkers; // those with successors
  Incoming[] incoming = NO_INCOMING;
  boolean successorsWaitForOthers;
  final String worker; // where it executes
  final boolean reportsToMaster;
  final @Nullable Program body;
  final Admission.@Nullable Claim limit;
  final boolean hasFallback;
  final @Nullable TaskPolicy policy; // null: one attempt, as long as it likes

  private final @Nullable CompensationFunction<@Nullable Object, @Nullable Object> compensation;
  private final @Nullable ContextFunction<@Nullable Object, @Nullable Object> function;
  private final @Nullable TaskFunction<@Nullable Object, @Nullable Object>
      plainFunction; // the same, if it is one
  private final @Nullable ReadFunction<@Nullable Object, @Nullable Object> readFunction;
  private final boolean
      readsIntercepted; // the function is intercepted, and reads more than its input
  private final @Nullable String singleOutput;
  private final boolean namesOutputs;

  NodeCode(
      Program program,
      Node node,
      boolean mayBeSkipped,
      boolean hasReadersHere,
      int readersElsewhere,
      Program.Setting setting) {
    this.id = node.id();
    this.node = node;
    Operation operation = node.operation();
    this.worker = setting.workerOf().apply(node);
    boolean isHere = program.here[id];
    this.reportsToMaster = program.isAssigned;
    this.kind = !isHere
        ? Kind.ASSIGN
        : operation instanceof Operation.Loop
            ? Kind.LOOP
            : operation instanceof Operation.End ? Kind.END : Kind.CALL;
    this.mayBeSkipped = mayBeSkipped;
    this.hasReadersHere = hasReadersHere;
    this.readersElsewhere = readersElsewhere;
    this.data = program.outputs == null || !program.here[id] ? null : program.outputs[id];
    this.hasFallback = operation instanceof Operation.Run task && task.hasFallback();
    int[] all = Reads.of(operation);
    this.reads = isHere ? all : new int[0];
    this.assignedReads = isHere ? new int[0] : all;
    List<Integer> here = new ArrayList<>();
    Set<String> elsewhere = new LinkedHashSet<>();
    if (!reportsToMaster) {
      for (Edge edge : program.graph.outgoing(node)) {
        String next = setting.workerOf().apply(edge.to());
        if (program.isMaster || next.equals(setting.worker())) {
          here.add(edge.to().id());
        } else {
          elsewhere.add(next);
        }
      }
    }
    here.sort(program::mostUrgentFirst);
    this.successors = here.stream().mapToInt(Integer::intValue).toArray();
    this.remoteWorkers = elsewhere.toArray(String[]::new);
    this.body = isHere && operation instanceof Operation.Loop loop
        ? Program.of(loop.body(), setting.inLoop())
        : null;
    if (isHere && operation instanceof Operation.Run run) {
      Task<?, ?> task = run.task();
      this.function =
          setting.contained().warmingNext(function(run, setting), program, node, setting);
      this.plainFunction =
          function instanceof TaskFunction<@Nullable Object, @Nullable Object> plain ? plain : null;
      this.readFunction =
          function == null && task.code() instanceof TaskCode.Reading reading ? any(reading) : null;
      this.readsIntercepted = function != null && task.code() instanceof TaskCode.Reading;
      this.singleOutput =
          task.outputs().size() == 1 ? task.outputs().keySet().iterator().next() : null;
      this.namesOutputs = !task.outputs().isEmpty();
      this.compensation = intercepted(task, compensation(task, setting), setting);
      this.policy = run.policy().equals(TaskPolicy.NONE) ? null : run.policy();
      this.limit =
          task.code() instanceof TaskCode.Pass ? null : setting.limits().apply(task);
    } else {
      this.function = null;
      this.plainFunction = null;
      this.readFunction = null;
      this.readsIntercepted = false;
      this.singleOutput = null;
      this.namesOutputs = false;
      this.limit = null;
      this.policy = null;
      this.compensation = null;
    }
  }

  /** An edge, as a key. */
  static long key(int from, int to) {
    return ((long) from << 32) | to;
  }

  /**
   * Completes what needs the other nodes' code.
   *
   * @param remoteIndex the index of each edge from another worker
   */
  void link(Program program, Map<Long, Integer> remoteIndex) {
    if (mayBeSkipped || isFallbackEnd()) {
      List<Incoming> edges = new ArrayList<>();
      for (Edge edge : program.graph.incoming(node)) {
        if (edge.control()) {
          int from = edge.from().id();
          edges.add(new Incoming(from, remoteIndex.getOrDefault(key(from, id), -1), choices(edge)));
        }
      }
      incoming = edges.toArray(Incoming[]::new);
    }
    for (int successor : successors) {
      successorsWaitForOthers |= program.predecessors[successor] != 1;
    }
  }

  static int @Nullable [] choices(Edge edge) {
    return edge.choices().isEmpty()
        ? null
        : edge.choices().stream().mapToInt(Integer::intValue).toArray();
  }

  /** The function of a task; null for what has none, or reads more than its input. */
  private static @Nullable ContextFunction<@Nullable Object, @Nullable Object> function(
      Operation.Run run, Program.Setting setting) {
    Task<?, ?> task = run.task();
    ContextFunction<@Nullable Object, @Nullable Object> found = own(task, setting);
    FunctionInterceptor interceptor = setting.interceptor();
    if (interceptor != null && !(task.code() instanceof TaskCode.Pass)) {
      if (task.code() instanceof TaskCode.Reading reading) {
        ReadFunction<@Nullable Object, @Nullable Object> reader = any(reading);
        found = (input, context) ->
            reader.apply(input, Objects.requireNonNull(((Invocation) context).read()));
      }
      found = interceptor.intercept(task.name(), task.function(), found);
    }
    if (found == null && setting.contained().image(task) != null) {
      setting.contained().isMissing(task);
    } else if (found == null && task.code() instanceof TaskCode.Named) {
      setting.unbound().add(task.function());
    }
    return found;
  }

  @SuppressWarnings("unchecked") // the builder's types, or the author of the YAML, answer for it
  private static @Nullable ContextFunction<@Nullable Object, @Nullable Object> own(
      Task<?, ?> task, Program.Setting setting) {
    ContextFunction<?, ?> found = null;
    if (task.code() instanceof TaskCode.Inline inline) {
      found = inline.function();
    } else if (setting.contained().image(task) != null) {
      found = setting.contained().find(task, setting.worker());
    } else if (task.code() instanceof TaskCode.Named) {
      found = setting.registry().find(task.function()).orElse(null);
    }
    return (ContextFunction<@Nullable Object, @Nullable Object>) found;
  }

  /** What undoes a task; null: nothing does. */
  private static @Nullable CompensationFunction<@Nullable Object, @Nullable Object> compensation(
      Task<?, ?> task, Program.Setting setting) {
    Compensation undo = task.compensation().orElse(null);
    if (undo instanceof Compensation.Inline inline) {
      return inline.function();
    }
    if (undo == null) {
      return null;
    }
    String name = ((Compensation.Named) undo).function();
    ContextFunction<@Nullable Object, @Nullable Object> found = named(name, setting);
    FunctionInterceptor interceptor = setting.interceptor();
    ContextFunction<@Nullable Object, @Nullable Object> called =
        interceptor == null ? found : interceptor.intercept(name, name, found);
    if (called == null) {
      setting.unbound().add(name);
      return null;
    }
    return (input, output, context) -> {
      Map<String, @Nullable Object> both = new LinkedHashMap<>();
      both.put("input", input);
      both.put("output", output);
      called.apply(both, ((UndoContext) context).as(name));
    };
  }

  private static @Nullable CompensationFunction<@Nullable Object, @Nullable Object> intercepted(
      Task<?, ?> task,
      @Nullable CompensationFunction<@Nullable Object, @Nullable Object> found,
      Program.Setting setting) {
    FunctionInterceptor interceptor = setting.interceptor();
    return found == null || interceptor == null
        ? found
        : interceptor.interceptCompensation(task.name(), found);
  }

  @SuppressWarnings("unchecked") // as below
  private static @Nullable ContextFunction<@Nullable Object, @Nullable Object> named(
      String function, Program.Setting setting) {
    return (ContextFunction<@Nullable Object, @Nullable Object>)
        setting.registry().find(function).orElse(null);
  }

  boolean isUndoable() {
    return compensation != null;
  }

  void undo(Effects.Effect effect, int attempt) throws Exception {
    Task<?, ?> task = ((Operation.Run) node.operation()).task();
    Objects.requireNonNull(compensation)
        .undo(
            effect.input(),
            effect.output(),
            new UndoContext(effect, task.name(), task.function(), attempt));
  }

  /** The context of a compensation. */
  private record UndoContext(Effects.Effect effect, String task, String function, int attempt)
      implements FunctionContext {
    /** The same for a compensation that has a name of its own. */
    UndoContext as(String name) {
      return new UndoContext(effect, name, name, attempt);
    }

    @Override
    public RunId runId() {
      return effect.run().ref.id();
    }

    @Override
    public String workflow() {
      return effect.run().deployment.workflow();
    }

    @Override
    public List<Integer> instance() {
      return effect.instance();
    }

    @Override
    public String worker() {
      return effect.run().engine.worker();
    }

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public boolean isCompensation() {
      return true;
    }
  }

  /** What a task reads besides its input. */
  private static Outputs read(Frame frame, Operation.Run run) {
    return Objects.requireNonNull(run.layout()).outputs(values(frame, run.reads()));
  }

  @SuppressWarnings("unchecked") // as above
  private static ReadFunction<@Nullable Object, @Nullable Object> any(TaskCode.Reading reading) {
    return (ReadFunction<@Nullable Object, @Nullable Object>) reading.function();
  }

  // Execution, on any thread.

  /** The node's output. Throws what the function throws, or {@link DataException}. */
  @Nullable
  Object call(Frame frame) throws Exception {
    Operation operation = node.operation();
    if (operation instanceof Operation.Run run) {
      return callFunction(frame, run, null, 1);
    }
    if (operation instanceof Operation.Join join) {
      return join.layout().outputs(values(frame, join.branches()));
    }
    if (operation instanceof Operation.Choose choose) {
      frame.decide(id, choose(frame, choose));
      return null;
    }
    if (operation instanceof Operation.Merge merge) {
      return merge.ofFallback() ? endFallback(frame, merge) : merge(frame, merge);
    }
    if (operation instanceof Operation.End end) {
      return input(frame, end.result(), end.lenient());
    }
    return frame.takeInput(); // the start
  }

  /** What the function took; null where there was no input, or none that can be had again. */
  @Nullable
  Object inputOrNull(Frame frame) {
    try {
      return input(frame, ((Operation.Run) node.operation()).input(), false);
    } catch (RuntimeException e) {
      return null; // the same exception is the failure
    }
  }

  /**
   * What the function is about to take, where its compensation will ask for it; else null. Looked up
   * before the call: the function may end after its run has, when values have been released.
   */
  @Nullable
  Object inputToUndo(Frame frame) {
    return compensation == null ? null : inputOrNull(frame);
  }

  /** One attempt of a task with a policy. */
  @Nullable
  Object call(Frame frame, Attempts attempts, int attempt) throws Exception {
    return callFunction(frame, (Operation.Run) node.operation(), attempts, attempt);
  }

  private @Nullable Object callFunction(
      Frame frame, Operation.Run run, @Nullable Attempts attempts, int attempt) throws Exception {
    Object input = input(frame, run.input(), false);
    Object output;
    if (plainFunction != null) {
      output = plainFunction.apply(input);
    } else if (function != null) {
      Outputs read = readsIntercepted ? read(frame, run) : null;
      output = function.apply(input, new Invocation(frame, run.task(), attempts, attempt, read));
    } else if (readFunction != null) {
      output = readFunction.apply(input, read(frame, run));
    } else {
      output = input;
    }
    return namesOutputs ? named(output) : output;
  }

  /** Brings the output of a task that names its outputs into the form of a map. */
  private @Nullable Object named(@Nullable Object output) {
    if (output instanceof Map<?, ?>) {
      return output;
    }
    if (singleOutput != null) {
      return Collections.singletonMap(singleOutput, output);
    }
    throw new DataException(
        "The task names several outputs, so its function must give a Map<String, Object> with them,"
            + " but it gave "
            + (output == null ? "null" : "a " + output.getClass().getName()),
        null);
  }

  private static @Nullable Object[] values(Frame frame, List<Value> references) {
    if (frame.program.outputs != null && references.size() > 1) {
      frame.prefetch(references);
    }
    @Nullable Object[] values = new Object[references.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = frame.value(references.get(i));
    }
    return values;
  }

  private int choose(Frame frame, Operation.Choose choose) throws Exception {
    if (choose.selector().isPresent()) {
      Object key = choose.selector().get().apply(present(frame.value(choose.flow())));
      int index = key == null ? -1 : choose.constants().indexOf(key);
      return index < 0 ? choose.rest() : index;
    }
    for (int i = 0; i < choose.tests().size(); i++) {
      Operation.Test test = choose.tests().get(i);
      if (test.condition().isEmpty() || holds(frame, test)) {
        return i;
      }
    }
    return choose.rest();
  }

  private static boolean holds(Frame frame, Operation.Test test) {
    try {
      return test.condition().orElseThrow().test(text -> {
        Input.Source source = test.sources().get(text);
        return source == null ? null : present(resolve(frame, source));
      });
    } catch (IllegalArgumentException e) {
      throw new DataException(String.valueOf(e.getMessage()), e);
    }
  }

  private boolean isFallbackEnd() {
    return node.operation() instanceof Operation.Merge merge && merge.ofFallback();
  }

  /** By what happened, not by which value is there: the task's is its failure where it failed. */
  private @Nullable Object endFallback(Frame frame, Operation.Merge merge) {
    Value task = merge.candidates().get(1);
    boolean done = false;
    for (Incoming edge : incoming) {
      done |= edge.from() == task.node() && frame.isLive(edge);
    }
    Object value = frame.value(done ? task : merge.candidates().get(0));
    if (value == Outputs.absent()) {
      throw lost();
    }
    return value;
  }

  private static LostValueException lost() {
    return new LostValueException("the predecessor");
  }

  private static @Nullable Object merge(Frame frame, Operation.Merge merge) {
    for (Value candidate : merge.candidates()) {
      Object value = frame.value(candidate);
      if (value != Outputs.absent()) {
        return merge.optional() ? Optional.ofNullable(value) : value;
      }
    }
    return merge.optional() ? Optional.empty() : null;
  }

  /** What has no value counts as null. */
  private static @Nullable Object present(@Nullable Object value) {
    return value == Outputs.absent() ? null : value;
  }

  @Nullable
  Object input(Frame frame, Input input, boolean lenient) {
    if (input instanceof Input.Flow flow) {
      Object value = frame.value(flow.value());
      if (value == Outputs.absent()) {
        // The node runs, so its predecessor ran: on another worker, and the store has lost it.
        throw lost();
      }
      return value;
    }
    if (input instanceof Input.Gathered gathered) {
      return gathered.layout().outputs(values(frame, gathered.values()));
    }
    if (input instanceof Input.Bound bound) {
      return required(frame, "the input", bound.source());
    }
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    for (Input.Entry entry : ((Input.Named) input).entries()) {
      if (lenient) {
        Object value = resolve(frame, entry.source());
        if (value != Outputs.absent()) {
          map.put(entry.name(), value);
        }
      } else {
        map.put(entry.name(), required(frame, "input '" + entry.name() + "'", entry.source()));
      }
    }
    return map;
  }

  private static @Nullable Object required(Frame frame, String what, Input.Source source) {
    Object value = resolve(frame, source);
    if (value != Outputs.absent()) {
      return value;
    }
    Input.FirstOf first = (Input.FirstOf) source;
    if (first.optional()) {
      return null;
    }
    throw new DataException(
        what
            + " has no value: nobody saved "
            + String.join(
                " or ",
                first.candidates().stream()
                    .map(candidate -> "'" + candidate.reference() + "'")
                    .toList())
            + " in this run. Let the function give that name, or declare the input optional",
        null);
  }

  /** The first value that is there; {@link Outputs#absent()} if there is none. */
  private static @Nullable Object resolve(Frame frame, Input.Source source) {
    if (source instanceof Input.Fixed fixed) {
      return fixed.value();
    }
    for (Input.Candidate candidate : ((Input.FirstOf) source).candidates()) {
      Object root = frame.value(candidate.value());
      if (root != Outputs.absent()) {
        try {
          Object value = candidate.reference().resolve(root);
          if (value != Outputs.absent()) {
            return value;
          }
        } catch (IllegalArgumentException e) {
          throw new DataException(String.valueOf(e.getMessage()), e);
        }
      }
    }
    return Outputs.absent();
  }

  /** The items of a foreach. */
  @Nullable
  Object[] items(Frame frame) throws Exception {
    Operation.Loop loop = (Operation.Loop) node.operation();
    Object input = input(frame, loop.items(), false);
    if (loop.zipped()) {
      return zip((Map<?, ?>) Objects.requireNonNull(input));
    }
    Object items = loop.selector().isPresent() ? loop.selector().get().apply(input) : input;
    return collection("its collection", items);
  }

  private static @Nullable Object[] collection(String what, @Nullable Object items) {
    if (items instanceof Iterable<?> iterable) {
      return Loop.copy(iterable);
    }
    throw new DataException(
        "A foreach goes through a collection, but "
            + what
            + " is "
            + (items == null ? "null" : "a " + items.getClass().getName())
            + ". Give it a List",
        null);
  }

  private static @Nullable Object[] zip(Map<?, ?> collections) {
    Map<String, @Nullable Object[]> columns = new LinkedHashMap<>();
    int length = -1;
    for (Map.Entry<?, ?> entry : collections.entrySet()) {
      @Nullable Object[] column = collection("'" + entry.getKey() + "'", entry.getValue());
      if (length >= 0 && column.length != length) {
        throw new DataException(
            "A foreach goes through several collections in step, but they have "
                + length
                + " and "
                + column.length
                + " elements ("
                + collections.keySet()
                + "). Make them equally long",
            null);
      }
      length = column.length;
      columns.put(String.valueOf(entry.getKey()), column);
    }
    @Nullable Object[] items = new Object[Math.max(length, 0)];
    for (int i = 0; i < items.length; i++) {
      Map<String, @Nullable Object> item = new LinkedHashMap<>();
      for (Map.Entry<String, @Nullable Object[]> column : columns.entrySet()) {
        item.put(column.getKey(), column.getValue()[i]);
      }
      items[i] = Collections.unmodifiableMap(item);
    }
    return items;
  }

  @Override
  public String toString() {
    return node.toString();
  }
}
