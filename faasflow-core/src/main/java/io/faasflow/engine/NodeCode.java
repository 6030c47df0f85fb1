package io.faasflow.engine;

import io.faasflow.function.TaskPolicy;
import io.faasflow.graph.Edge;
import io.faasflow.graph.Node;
import io.faasflow.graph.Operation;
import io.faasflow.graph.Value;
import io.faasflow.run.DataException;
import io.faasflow.store.Output;
import io.faasflow.workflow.Outputs;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.TaskCode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

  final @Nullable Warming behind; // of what follows a foreach; null: none

  private final FunctionBinding function;
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
    this.behind = body == null ? null : setting.contained().warming(program, node, setting);
    if (isHere && operation instanceof Operation.Run run) {
      Task<?, ?> task = run.task();
      this.function = FunctionBinding.of(run, program, node, setting);
      this.singleOutput =
          task.outputs().size() == 1 ? task.outputs().keySet().iterator().next() : null;
      this.namesOutputs = !task.outputs().isEmpty();
      this.policy = run.policy().equals(TaskPolicy.NONE) ? null : run.policy();
      this.limit =
          task.code() instanceof TaskCode.Pass ? null : setting.limits().apply(task);
    } else {
      this.function = FunctionBinding.NONE;
      this.singleOutput = null;
      this.namesOutputs = false;
      this.limit = null;
      this.policy = null;
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

  boolean isUndoable() {
    return function.compensation() != null;
  }

  void undo(Effects.Effect effect, int attempt, UndoCall call) throws Exception {
    Task<?, ?> task = ((Operation.Run) node.operation()).task();
    Objects.requireNonNull(function.compensation())
        .undo(
            effect.input(),
            effect.output(),
            new UndoContext(effect, task.name(), task.function(), attempt, call));
  }

  // Execution, on any thread.

  /**
   * The node's output. Throws what the function throws, or {@link DataException}.
   *
   * @param taken is given what a function takes; null: nobody asks
   */
  @Nullable
  Object call(Frame frame, @Nullable Taken taken) throws Exception {
    Operation operation = node.operation();
    if (operation instanceof Operation.Run run) {
      return callFunction(frame, run, null, 1, taken);
    }
    if (operation instanceof Operation.Join join) {
      return join.layout().outputs(Inputs.values(frame, join.branches()));
    }
    if (operation instanceof Operation.Choose choose) {
      frame.decide(id, Inputs.choose(frame, choose));
      return null;
    }
    if (operation instanceof Operation.Merge merge) {
      return merge.ofFallback() ? endFallback(frame, merge) : Inputs.merge(frame, merge);
    }
    if (operation instanceof Operation.End end) {
      return Inputs.input(frame, end.result(), end.lenient());
    }
    return frame.takeInput(); // the start
  }

  /** What the function took; null where there was no input, or none that can be had again. */
  @Nullable
  Object inputOrNull(Frame frame) {
    try {
      return Inputs.input(frame, ((Operation.Run) node.operation()).input(), false);
    } catch (Throwable e) {
      return null; // the same exception is the failure
    }
  }

  /** One attempt of a task with a policy. */
  @Nullable
  Object call(Frame frame, Attempts attempts, int attempt, @Nullable Taken taken) throws Exception {
    return callFunction(frame, (Operation.Run) node.operation(), attempts, attempt, taken);
  }

  private @Nullable Object callFunction(
      Frame frame,
      Operation.Run run,
      @Nullable Attempts attempts,
      int attempt,
      @Nullable Taken taken)
      throws Exception {
    Object input = Inputs.input(frame, run.input(), false);
    if (taken != null) {
      taken.take(input);
    }
    Object output = function.call(frame, this, run, input, attempts, attempt);
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
      throw Inputs.lost();
    }
    return value;
  }

  @Override
  public String toString() {
    return node.toString();
  }
}
