package io.faasflow.engine;

import io.faasflow.function.TaskPolicy;
import io.faasflow.graph.Operation;
import io.faasflow.run.DataException;
import io.faasflow.run.NodeState;
import io.faasflow.store.DataKey;
import io.faasflow.store.DataStore;
import io.faasflow.store.Kept;
import io.faasflow.store.Output;
import io.faasflow.workflow.Outputs;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The state of one graph in one run on one worker: of the run's own graph, or of one instance of a
 * foreach body.
 *
 * <p>Who may touch what. A node's status begins as the number of its predecessors. Each predecessor
 * takes one away, atomically; who takes the last one owns the node and, alone, moves it on to its
 * terminal state. The owner writes the node's value before it triggers any successor, and a reader
 * owns its node only after that trigger: so values, decisions and statuses of predecessors are plain
 * memory, ordered by the atomic decrements (which form a release sequence), or by the queue that
 * hands a ready node to another thread. A node with one predecessor needs no decrement: the thread
 * that completes the predecessor owns it at once.
 *
 * <p>Where workers have stores of their own, a slot holds what stands for the value there, a {@link
 * Kept}: the same rules order it. Only the end of a tolerant instance reads slots of others; {@link
 * #abandon} says why that loses nothing.
 */
final class Frame {
  private static final VarHandle INTS = MethodHandles.arrayElementVarHandle(int[].class);
  private static final VarHandle VALUES = MethodHandles.arrayElementVarHandle(Object[].class);

  // Statuses; above zero is WAITING for so many predecessors.
  private static final int READY = 0;
  private static final int EXECUTING = -1;
  private static final int COMPLETED = -2;
  private static final int FAILED = -3;
  private static final int SKIPPED = -4;

  // States of an edge from another worker.
  private static final int ARRIVED_LIVE = 1;
  private static final int ARRIVED_DEAD = 2;

  /** No time of a clock; 0 can be one. */
  private static final long NEVER = Long.MIN_VALUE;

  /** In a slot for a remote value: fetched, and null. */
  private static final Object FETCHED_NULL = new Object();

  final RunState run;
  final Program program;
  final @Nullable Frame parent;
  final @Nullable Loop loop;
  final int index;
  private final @Nullable Tolerated tolerated; // null: only the run as a whole can fail
  private @Nullable Object input; // until the first node has taken it

  private final int[] status;
  private final @Nullable Object[] values;
  private final int @Nullable [] readers; // for values with several readers: how many are to come
  // By node: the choice of a switch, the number of instances of a foreach.
  private final int @Nullable [] decisions;
  private final int @Nullable [] arrivals; // of edges from other workers
  private final @Nullable Attempts @Nullable [] attempts; // by node, of tasks with a policy
  private final long @Nullable [] readyAt; // by node, where somebody listens; written by its owner

  /** The frame of a run. */
  Frame(RunState run, Program program, @Nullable Object input) {
    this(run, program, null, null, -1, null, input);
  }

  /** The frame of an instance. */
  Frame(
      RunState run,
      Program program,
      @Nullable Frame parent,
      @Nullable Loop loop,
      int index,
      @Nullable Tolerated tolerated,
      @Nullable Object input) {
    this.run = run;
    this.program = program;
    this.parent = parent;
    this.loop = loop;
    this.index = index;
    this.tolerated = tolerated;
    this.input = input;
    this.status = program.predecessors.clone();
    this.values = new Object[status.length];
    this.readers = program.sharedReaders == null ? null : program.sharedReaders.clone();
    this.decisions = program.hasDecisions ? new int[status.length] : null;
    this.arrivals = program.remoteEdges == 0 ? null : new int[program.remoteEdges];
    this.attempts = program.hasPolicies ? new Attempts[status.length] : null;
    this.readyAt = run.observation == null ? null : new long[status.length];
    if (readyAt != null) {
      Arrays.fill(readyAt, NEVER);
    }
    markReady(Program.START);
    if (program.isAssigned) {
      // A node that is never assigned was skipped.
      for (int id = 0; id < values.length; id++) {
        values[id] = program.here[id] ? Outputs.absent() : null;
      }
    }
  }

  /** The instance around it that can fail without the run; null: there is none. */
  @Nullable
  Tolerated tolerated() {
    return tolerated;
  }

  /** Whether nothing of this is to run any more. */
  boolean isOver() {
    return run.hasEnded() || (tolerated != null && tolerated.isOver());
  }

  /** The node's owner has just become so. */
  void markReady(int node) {
    if (readyAt != null) {
      readyAt[node] = Objects.requireNonNull(run.observation).now();
    }
  }

  /**
   * When the node became ready. Only for its owner, and only where somebody listens.
   *
   * @param unknown what it is where nobody has marked that
   */
  long readyAt(int node, long unknown) {
    long known = Objects.requireNonNull(readyAt)[node];
    return known == NEVER ? unknown : known;
  }

  // Triggers.

  /** A local predecessor of a node with several is done; true for the last one. */
  boolean arrive(int node) {
    return (int) INTS.getAndAdd(status, node, -1) == 1;
  }

  /** A remote predecessor is done; true if it was the last one. A second arrival changes nothing. */
  boolean arriveRemote(int edge, int node, boolean live) {
    return INTS.compareAndSet(
            Objects.requireNonNull(arrivals), edge, 0, live ? ARRIVED_LIVE : ARRIVED_DEAD)
        && arrive(node);
  }

  /** A node that was assigned to another worker is done; true the first time. */
  boolean arriveDone(int node, int choice) {
    if (!INTS.compareAndSet(status, node, EXECUTING, READY)) {
      return false;
    }
    if (Objects.requireNonNull(program.nodes[node]).hasFallback) {
      decide(node, choice);
    }
    return true;
  }

  /** Whether any edge makes the node run. Only for the node's owner. */
  boolean isLive(NodeCode code) {
    for (NodeCode.Incoming edge : code.incoming) {
      if (isLive(edge)) {
        return true;
      }
    }
    return false;
  }

  /** Whether an edge makes its node run. Only for the node's owner. */
  boolean isLive(NodeCode.Incoming edge) {
    return edge.remote() >= 0
        ? (int) INTS.get(Objects.requireNonNull(arrivals), edge.remote()) == ARRIVED_LIVE
        : isLive(edge.from(), edge.choices());
  }

  /** Whether an edge that leaves a local node is live. Only after the node is done. */
  boolean isLive(int from, int @Nullable [] choices) {
    if (status[from] != COMPLETED) {
      return false;
    }
    if (choices == null) {
      return true;
    }
    return isAmong(Objects.requireNonNull(decisions)[from], choices);
  }

  static boolean isAmong(int decision, int[] choices) {
    for (int choice : choices) {
      if (choice == decision) {
        return true;
      }
    }
    return false;
  }

  void decide(int node, int choice) {
    Objects.requireNonNull(decisions)[node] = choice;
  }

  // Moves. Each is the owner's alone; opaque, so that those who look on see whole values in time.

  void executing(int node) {
    INTS.setOpaque(status, node, EXECUTING);
  }

  /** The node waits to be tried again. */
  void ready(int node) {
    markReady(node);
    INTS.setOpaque(status, node, READY);
  }

  void failed(int node) {
    INTS.setOpaque(status, node, FAILED);
  }

  void completed(int node) {
    INTS.setOpaque(status, node, COMPLETED);
  }

  void skipped(int node) {
    INTS.setOpaque(status, node, SKIPPED);
  }

  /** Whether a node with a fallback has failed; for the graph it is done. */
  private boolean hasFallbackRun(int node) {
    NodeCode code = program.nodes[node];
    return code != null && hasFailed(code);
  }

  /** Whether a task has failed and its fallback is to run. */
  boolean hasFailed(NodeCode code) {
    return code.hasFallback && Objects.requireNonNull(decisions)[code.id] == Operation.Run.FAILED;
  }

  /** By which edges a node leaves; 0 where they are not told apart. */
  int decision(int node) {
    return decisions == null ? 0 : decisions[node];
  }

  /** The state of a node of this worker, as an onlooker sees it. */
  NodeState state(int node) {
    int seen = (int) INTS.getOpaque(status, node);
    return switch (seen) {
      case EXECUTING -> run.hasEnded() ? NodeState.CANCELLED : NodeState.EXECUTING;
      case COMPLETED -> hasFallbackRun(node) ? NodeState.FAILED : NodeState.COMPLETED;
      case FAILED -> NodeState.FAILED;
      case SKIPPED -> NodeState.SKIPPED;
      default ->
        run.hasEnded()
            ? NodeState.CANCELLED
            : seen == READY || program.predecessors[node] == 1
                ? NodeState.READY
                : NodeState.WAITING;
    };
  }

  // Values.

  /** The input of the run, or the item; only for the first node, once. */
  @Nullable
  Object takeInput() {
    Object taken = input;
    input = null;
    return taken;
  }

  /** Keeps a node's output, or what stands for it, for its readers here. */
  void put(int node, @Nullable Object value) {
    values[node] = value;
  }

  /** The same where stores are each worker's own; a full fence orders it before {@link #isOver}. */
  void putKept(int node, Kept kept) {
    VALUES.setVolatile(values, node, kept);
  }

  /**
   * The attempts of a node. They are kept when the node is done: a limit, or the queue, may still
   * hold an attempt that was to begin, and it learns from them that there is to be none.
   */
  Attempts attempts(NodeCode code, TaskPolicy policy) {
    @Nullable Attempts[] all = Objects.requireNonNull(attempts);
    Attempts known = all[code.id];
    if (known != null) {
      return known;
    }
    Attempts begun = new Attempts(this, code, policy);
    all[code.id] = begun;
    begun.start();
    return begun;
  }

  /**
   * Whether a node is not to run any more. For who was given the node by its owner, in a way that orders
   * their memory.
   */
  boolean isOver(int node) {
    Attempts begun = attempts == null ? null : attempts[node];
    return isOver() || (begun != null && begun.isOver());
  }

  /** The output of a node of this graph or of one around it; {@link Outputs#absent()} if skipped. */
  @Nullable
  Object value(io.faasflow.graph.Value reference) {
    Frame owner = owner(reference);
    int node = reference.node();
    if (owner.program.outputs != null) {
      return owner.keptValue(node, owner.program.outputs[node]);
    }
    return owner.program.here[node] ? owner.values[node] : owner.remoteValue(node);
  }

  private Frame owner(io.faasflow.graph.Value reference) {
    Frame owner = this;
    for (int level = reference.level(); level > 0; level--) {
      owner = Objects.requireNonNull(owner.parent);
    }
    return owner;
  }

  private @Nullable Object keptValue(int node, @Nullable Output output) {
    // What a master has skipped is absent here too, wherever it would have run.
    Object slot = program.here[node] ? values[node] : VALUES.getAcquire(values, node);
    if (slot == Outputs.absent() || (program.here[node] && (slot == null || output == null))) {
      return slot;
    }
    if (slot == null) {
      slot = reference(node);
    }
    Object value = value(node, (Kept) slot);
    if (value == Outputs.absent() && (program.here[node] || hasCompleted(node))) {
      throw lost(node);
    }
    return value;
  }

  private @Nullable Object value(int node, Kept kept) {
    Observation observation = run.observation;
    try {
      if (observation == null) {
        return kept.value();
      }
      String tier = kept.tier();
      long start = observation.now();
      Object value = kept.value();
      if (!tier.equals(Kept.MEMORY) && value != Outputs.absent()) {
        observation.fetched(this, program.graph.nodes().get(node), kept.bytes(), tier, start);
      }
      return value;
    } catch (DataException e) {
      throw new LostValueException(e);
    } catch (RuntimeException e) {
      throw notFetched(node, e);
    }
  }

  /** Several values will be read one after the other: those from elsewhere come at the same time. */
  void prefetch(List<io.faasflow.graph.Value> references) {
    for (io.faasflow.graph.Value reference : references) {
      Frame owner = owner(reference);
      int node = reference.node();
      if (!owner.program.here[node]) {
        Object known = VALUES.getAcquire(owner.values, node);
        if (known != Outputs.absent()) {
          owner.reference(node).prefetch();
        }
      } else if (owner.isKept(node) && owner.values[node] instanceof Kept kept) {
        kept.prefetch();
      }
    }
  }

  /** What stands for an output of another worker. The first of its readers here makes it. */
  private Kept reference(int node) {
    Object known = VALUES.getAcquire(values, node);
    if (known == null) {
      Kept made = run.engine
          .ownStore()
          .reference(
              run.ref.id(),
              Objects.requireNonNull(Objects.requireNonNull(program.outputs)[node]),
              Outputs.absent());
      known = VALUES.compareAndExchange(values, node, null, made);
      run.releaseIfForgotten();
      if (known == null) {
        return made;
      }
    }
    return (Kept) known;
  }

  private LostValueException lost(int node) {
    return new LostValueException("'" + program.graph.nodes().get(node).name() + "'");
  }

  private DataException notFetched(int node, RuntimeException cause) {
    return new DataException(
        "The output of '"
            + program.graph.nodes().get(node).name()
            + "' could not be fetched from the store: "
            + cause,
        cause);
  }

  /**
   * The output of a node on another worker. Several readers may fetch it at the same time; they put
   * equal values, so it does not matter who is last. Nothing orders those readers, and a store may
   * make a new object: hence acquire and release.
   */
  private @Nullable Object remoteValue(int node) {
    Object known = VALUES.getAcquire(values, node);
    if (known == null) {
      Observation observation = run.observation;
      long start = observation == null ? 0 : observation.now();
      Optional<DataStore.Stored> stored;
      try {
        stored = run.engine.store().fetch(new DataKey(run.ref.id(), node));
      } catch (RuntimeException e) {
        throw notFetched(node, e);
      }
      if (stored.isEmpty()) {
        if (hasCompleted(node)) {
          throw lost(node);
        }
        return Outputs.absent();
      }
      known = stored.get().value() == null ? FETCHED_NULL : stored.get().value();
      if (observation != null) {
        observation.fetched(this, program.graph.nodes().get(node), stored.get().value(), start);
      }
      VALUES.setRelease(values, node, known);
    }
    return known == FETCHED_NULL ? null : known;
  }

  /** Which of those whose outputs another worker's node reads were skipped. For its owner. */
  List<Integer> skippedReads(NodeCode code) {
    List<Integer> skipped = List.of();
    for (int node : code.assignedReads) {
      if (status[node] == SKIPPED) {
        skipped = skipped.isEmpty() ? new ArrayList<>() : skipped;
        skipped.add(node);
      }
    }
    return skipped;
  }

  /** A node of another worker was skipped: there is nothing to fetch. Before who reads it is ready. */
  void skippedElsewhere(int node) {
    VALUES.setRelease(values, node, Outputs.absent());
  }

  /** Whether a node of another worker is known to have given an output. */
  private boolean hasCompleted(int node) {
    if (program.isAssigned || status[node] == COMPLETED) {
      return true; // who was assigned a node was told which others were skipped; a master knows
    }
    for (Program.RemoteEdge edge : program.remoteEdges(node)) {
      if ((int) INTS.get(Objects.requireNonNull(arrivals), edge.index()) == ARRIVED_LIVE) {
        return true;
      }
    }
    return false;
  }

  /** One reader of a value is done; the last one lets it go. */
  void release(int node) {
    if (readers == null || readers[node] == 0 || (int) INTS.getAndAdd(readers, node, -1) == 1) {
      if (program.outputs != null) {
        releaseKept(node);
        return;
      }
      values[node] = null;
      if (!program.here[node]) {
        run.engine.store().release(new DataKey(run.ref.id(), node));
      }
    }
  }

  private void releaseKept(int node) {
    Object slot = VALUES.getAcquire(values, node);
    if (slot == null && !program.here[node]) {
      slot = reference(node); // its readers were all skipped; the others wait for us to be done
    }
    values[node] = null;
    if (slot != null && slot != Outputs.absent() && isKept(node)) {
      ((Kept) slot).release();
    }
  }

  private boolean isKept(int node) {
    return Objects.requireNonNull(program.outputs)[node] != null;
  }

  /**
   * The instance that this is has failed: its values have no use any more. Other threads may be in
   * functions of it still. Who keeps a value looks afterwards whether the instance is over, which it
   * was made before this is called, and then abandons it again: so no value is left, whichever comes
   * first. What instances inside of this one have is released when the run is.
   */
  void abandon() {
    if (program.outputs == null) {
      return;
    }
    for (int node = 0; node < values.length; node++) {
      if (isKept(node) && VALUES.getVolatile(values, node) instanceof Kept kept) {
        kept.release();
      }
    }
  }

  // For onlookers.

  /** Which instance of each enclosing foreach this is, outermost first. */
  List<Integer> instancePath() {
    if (loop == null) {
      return List.of();
    }
    List<Integer> path = new ArrayList<>();
    for (Frame at = this; at != null && at.loop != null; at = at.parent) {
      path.add(at.index);
    }
    Collections.reverse(path);
    return List.copyOf(path);
  }

  /** The node of the run's own graph that a node of this frame belongs to. */
  int outermostNode(int node) {
    int outermost = node;
    for (Frame at = this; at.loop != null && at.parent != null; at = at.parent) {
      outermost = at.loop.code.id;
    }
    return outermost;
  }

  /** Shows where the nodes stand that count here. */
  void show(Onlooker onlooker) {
    for (NodeCode code : program.nodes) {
      if (code != null && program.counts(code.node)) {
        show(code, onlooker);
      }
    }
  }

  private void show(NodeCode code, Onlooker onlooker) {
    NodeState state = state(code.id);
    // Not by the state, which is CANCELLED where the run has ended meanwhile.
    if ((int) INTS.getOpaque(status, code.id) == EXECUTING
        && values[code.id] instanceof Loop running) {
      onlooker.see(code.id, state, running.done(), running.instances());
    } else if (state == NodeState.COMPLETED && code.kind == NodeCode.Kind.LOOP) {
      int instances = Objects.requireNonNull(decisions)[code.id];
      onlooker.see(code.id, state, instances, instances);
    } else {
      boolean survived = state == NodeState.FAILED && hasFailed(code);
      onlooker.see(code.id, survived ? NodeState.COMPLETED : state, 0, Onlooker.UNKNOWN);
    }
  }

  /** The names of the tasks that are executing. May be a moment old. */
  List<String> executingTasks() {
    List<String> names = new ArrayList<>();
    for (NodeCode code : program.nodes) {
      if (code != null && (int) INTS.getOpaque(status, code.id) == EXECUTING) {
        names.add(code.node.name());
      }
    }
    return names;
  }
}
