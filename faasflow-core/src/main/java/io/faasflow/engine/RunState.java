package io.faasflow.engine;

import io.faasflow.container.ContainerUsage;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import io.faasflow.graph.Operation;
import io.faasflow.observe.RunListener;
import io.faasflow.run.DataException;
import io.faasflow.run.FailureSite;
import io.faasflow.run.TaskFailedException;
import io.faasflow.store.DataKey;
import io.faasflow.store.Kept;
import io.faasflow.store.Output;
import io.faasflow.time.FlowClock.Alarm;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What a worker knows of a run that it takes part in.
 *
 * <p>{@code ended} goes from false to true once and is the first thing that changes when a run ends,
 * in whichever way; whoever sees it leaves the run alone. {@code forgotten} follows when the run is
 * over on all workers, right before its data are released: whoever saves anything looks at it
 * afterwards, so that nothing stays in the store, whichever of the two comes first.
 */
final class RunState {
  /** Larger stack traces are cut before they travel. */
  private static final int MAX_TRACE = 16_000;

  final WorkerEngine engine;
  final RunRef ref;
  final Deployment deployment;
  final Frame frame;
  final @Nullable EngineRun home; // at the run's home only
  final @Nullable Effects effects; // null: nothing of it can be undone
  final @Nullable Observation observation; // null: nobody listens
  private volatile boolean ended;
  private volatile boolean forgotten;
  private volatile boolean instancesFailed;
  private final AtomicBoolean toldFailure = new AtomicBoolean(); // to the home, by another worker
  private @Nullable Set<PendingAlarm> alarms; // guarded by this; null until there is one

  RunState(
      WorkerEngine engine,
      RunRef ref,
      Deployment deployment,
      @Nullable EngineRun home,
      @Nullable Object input) {
    this.engine = engine;
    this.ref = ref;
    this.deployment = deployment;
    this.home = home;
    this.effects = deployment.hasCompensations() ? new Effects() : null;
    RunListener listener = deployment.listener();
    this.observation = listener == null ? null : new Observation(listener, this);
    this.frame = new Frame(this, deployment.program(engine.worker()), input);
  }

  boolean hasEnded() {
    return ended;
  }

  void end() {
    ended = true;
    cancelAlarms();
  }

  /** An instance was given up: functions of it may still run when the run completes. */
  void instanceFailed() {
    instancesFailed = true;
  }

  boolean hasFailedInstances() {
    return instancesFailed;
  }

  /** A task has done something that can be undone. Undoes it at once when the run is over. */
  void done(Frame where, NodeCode code, @Nullable Object input, @Nullable Object output) {
    Effects.Effect effect = new Effects.Effect(
        this,
        code,
        where.instancePath(),
        engine.clock().nanos(),
        where.outermostNode(code.id),
        input,
        output);
    if (!Objects.requireNonNull(effects).add(effect)) {
      Undoing.late(engine, List.of(effect));
    }
  }

  /** The run is over; what was done is to be undone, by who asks, unless it has completed. */
  List<Effects.Effect> takeToUndo(boolean completed) {
    if (effects == null) {
      return List.of();
    }
    if (completed) {
      effects.keep();
      return List.of();
    }
    return effects.takeToUndo();
  }

  /** The run is over on all workers; its data are released next. */
  void forget() {
    forgotten = true;
    end();
  }

  /** Something that is to happen unless the run ends before. */
  private final class PendingAlarm implements Alarm, Runnable {
    private final Runnable action;
    private volatile @Nullable Alarm alarm;

    PendingAlarm(Runnable action) {
      this.action = action;
    }

    @Override
    public void run() {
      if (remove(this)) {
        action.run();
      }
    }

    @Override
    public void cancel() {
      remove(this);
      stop();
    }

    void stop() {
      Alarm known = alarm;
      if (known != null) {
        known.cancel();
      }
    }
  }

  /** Acts on the clock's thread when a time has passed, unless the run has ended by then. */
  Alarm schedule(Duration delay, Runnable action) {
    PendingAlarm pending = new PendingAlarm(action);
    synchronized (this) {
      if (alarms == null) {
        alarms = new HashSet<>();
      }
      alarms.add(pending);
    }
    try {
      pending.alarm = engine.clock().schedule(delay, pending);
    } catch (RejectedExecutionException e) {
      remove(pending); // the runtime was closed, which ends this run
      return pending;
    }
    // Looked at when the alarm is known: who ends the run either finds it, or is seen here.
    if (ended) {
      pending.cancel();
    }
    return pending;
  }

  private synchronized boolean remove(PendingAlarm pending) {
    return alarms != null && alarms.remove(pending);
  }

  private void cancelAlarms() {
    List<PendingAlarm> pending;
    synchronized (this) {
      if (alarms == null) {
        return;
      }
      pending = List.copyOf(alarms);
      alarms.clear();
    }
    pending.forEach(PendingAlarm::stop);
  }

  /** A call in a container has been answered. */
  void used(Frame where, NodeCode code, int attempt, ContainerUsage usage) {
    if (observation != null) {
      observation.contained(where, code, attempt, usage);
    }
    if (engine.hasOwnStore() && usage.memoryPeakBytes().isPresent()) {
      String function = ((Operation.Run) code.node.operation()).task().function();
      engine.ownStore().observed(function, usage.memoryPeakBytes().getAsLong());
    }
  }

  /** Keeps an output for readers on other workers. */
  void save(NodeCode code, @Nullable Object output) {
    long start = observation == null ? 0 : observation.now();
    try {
      engine.store().save(new DataKey(ref.id(), code.id), output, code.readersElsewhere);
    } catch (Throwable e) {
      throw new DataException(
          "The output of '" + code + "' could not be saved in the store: " + e, e);
    }
    if (observation != null) {
      observation.saved(frame, code, output, start);
    }
    releaseIfForgotten();
  }

  /**
   * An output that other workers cannot read yet.
   *
   * @param start when it was given to the store; for listeners
   */
  record OnItsWay(Kept kept, long start) {}

  /**
   * Gives an output to this worker's own store.
   *
   * @return what triggers of other workers have to wait for; null: nothing
   */
  @Nullable
  OnItsWay keep(Frame where, NodeCode code, Output data, @Nullable Object output) {
    long start = observation == null ? 0 : observation.now();
    Kept kept;
    try {
      kept = engine.ownStore().keep(ref.id(), data, output);
    } catch (Throwable e) {
      releaseIfForgotten(); // it may have been kept in part
      throw notKept(code, e);
    }
    boolean isReadable = data.workersElsewhere().isEmpty() || isReadable(kept);
    if (isReadable && observation != null) {
      observation.kept(where, code, kept, start);
    }
    if (code.hasReadersHere) {
      where.putKept(code.id, kept);
      if (where.tolerated() != null && where.isOver()) {
        where.abandon();
      }
    }
    releaseIfForgotten();
    return isReadable ? null : new OnItsWay(kept, start);
  }

  private static boolean isReadable(Kept kept) {
    CompletableFuture<Void> readable = kept.readable();
    return readable.isDone() && !readable.isCompletedExceptionally();
  }

  /** Goes on with the triggers of other workers when they can read an output, or never will. */
  void whenReadable(OnItsWay output, Frame where, NodeCode code) {
    var unused = output.kept().readable().whenComplete((nothing, failure) -> {
      if (!ended) { // else the store clears it away
        // On a thread of ours: this one is the store's.
        engine.offer(new Arrival(where, code, output, failure));
      }
    });
  }

  static DataException notKept(NodeCode code, Throwable cause) {
    return new DataException(
        "The output of '" + code + "' could not be kept in the store: " + cause, cause);
  }

  /** For whoever has given the store something. */
  void releaseIfForgotten() {
    if (forgotten) {
      engine.release(ref.id());
    }
  }

  /** The last node is done. Only at the run's home. */
  void completed(@Nullable Object output) {
    if (home != null) {
      home.complete(output);
    }
  }

  /** Where a node failed, for messages. */
  FailureSite site(Frame where, NodeCode code, int attempt) {
    String function = code.node.operation() instanceof Operation.Run run
        ? run.task().function()
        : label(where.program.graph, code.node);
    return new FailureSite(
        label(where.program.graph, code.node),
        function,
        where.instancePath(),
        attempt,
        engine.worker());
  }

  void failed(Frame where, NodeCode code, int attempt, Throwable cause) {
    FailureSite site = site(where, code, attempt);
    if (home != null) {
      home.fail(site, cause);
      return;
    }
    // Only the first one: others would put their exceptions under its name.
    if (ended || !toldFailure.compareAndSet(false, true)) {
      return;
    }
    end();
    engine.ready().interrupt(this);
    int node = where.outermostNode(code.id); // which no other worker has
    if (!engine.hasOwnStore()) {
      saveFailure(node, cause);
    }
    String trace = trace(cause);
    engine.sendOrLog(
        ref.home(),
        new Message.Failed(
            ref,
            node,
            site.task(),
            site.function(),
            site.instance(),
            site.attempt(),
            site.worker(),
            cause.getClass().getName(),
            TaskFailedException.describe(cause),
            trace));
  }

  private void saveFailure(int node, Throwable cause) {
    try {
      // Where the store keeps references, the caller gets the very exception.
      engine.store().save(new DataKey(ref.id(), failureKey(node)), cause, 1);
    } catch (Throwable e) {
      cause.addSuppressed(e);
    }
    releaseIfForgotten();
  }

  private static String trace(Throwable cause) {
    StringWriter trace = new StringWriter();
    try {
      cause.printStackTrace(new PrintWriter(trace));
    } catch (Throwable e) {
      trace.append(
          TaskFailedException.describe(cause)); // user code: it may throw whatever it likes
    }
    return trace.toString().substring(0, Math.min(trace.getBuffer().length(), MAX_TRACE));
  }

  /** The name of a task; for a node that has none, what it is and where. */
  private static String label(FunctionGraph graph, Node node) {
    if (!node.name().startsWith("#")) {
      return node.name();
    }
    String kind = node.name().substring(1).replaceAll("-\\d+$", "");
    return graph.incoming(node).stream()
        .map(edge -> edge.from().name())
        .filter(name -> !name.startsWith("#"))
        .findFirst()
        .map(name -> kind + " after " + name)
        .orElse(kind);
  }

  /** Under which key the store has what a node threw: beside the node's output, never the same. */
  static int failureKey(int node) {
    return ~node;
  }
}
