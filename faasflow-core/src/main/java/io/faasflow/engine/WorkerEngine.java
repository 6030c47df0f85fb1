package io.faasflow.engine;

import io.faasflow.function.FunctionInterceptor;
import io.faasflow.function.FunctionRegistry;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.observe.LogContext;
import io.faasflow.observe.RunListener;
import io.faasflow.partition.PartitionPlan;
import io.faasflow.run.FailureSite;
import io.faasflow.run.RemoteFailureException;
import io.faasflow.run.RunId;
import io.faasflow.store.DataKey;
import io.faasflow.store.DataStore;
import io.faasflow.store.WorkerStore;
import io.faasflow.time.FlowClock;
import io.faasflow.workflow.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine of one worker: the runs that it takes part in, and the messages about them. What is ready
 * stands in its {@link ReadyQueue}. Thread-safe.
 */
public final class WorkerEngine {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerEngine.class);

  /** The name of the engine that is the master of the master-side pattern. */
  public static final String MASTER = Program.MASTER;

  private final String worker;
  private final ReadyQueue ready;
  private final WorkerTransport transport;
  private final @Nullable DataStore store; // null: it has one of its own
  private final @Nullable WorkerStore ownStore;
  private final FlowClock clock;

  private final Admission admission;
  private final Map<String, Deployment> deployments = new ConcurrentHashMap<>();
  private final Map<RunId, RunState> runs = new ConcurrentHashMap<>();

  // Of runs with several workers: those of other homes that are over, and our own that are not.
  private final EndedRuns endedRuns = new EndedRuns();
  private final OpenSequences openSequences;

  /**
   * @param worker the worker's name
   * @param threads runs functions; must begin every task that it accepts; or {@link Steps}
   * @param transport carries messages to other workers; not closed by this engine
   * @param store keeps what other workers read; not closed by this engine
   * @param clock tells when timeouts and waits are over; not closed by this engine
   * @param limits what functions that run here at the same time may take
   * @param firstSequence larger than any sequence that a worker of this name ever used
   */
  public WorkerEngine(
      String worker,
      Executor threads,
      WorkerTransport transport,
      DataStore store,
      FlowClock clock,
      WorkerLimits limits,
      long firstSequence) {
    this(
        worker,
        threads,
        transport,
        Objects.requireNonNull(store, "store"),
        null,
        clock,
        limits,
        firstSequence);
  }

  /**
   * An engine with a store of its own; all engines of a deployment have one, or none has. The other
   * parameters are those of the other constructor.
   *
   * @param ownStore has all outputs; not closed by this engine
   */
  public WorkerEngine(
      String worker,
      Executor threads,
      WorkerTransport transport,
      WorkerStore ownStore,
      FlowClock clock,
      WorkerLimits limits,
      long firstSequence) {
    this(
        worker,
        threads,
        transport,
        null,
        Objects.requireNonNull(ownStore, "ownStore"),
        clock,
        limits,
        firstSequence);
  }

  private WorkerEngine(
      String worker,
      Executor threads,
      WorkerTransport transport,
      @Nullable DataStore store,
      @Nullable WorkerStore ownStore,
      FlowClock clock,
      WorkerLimits limits,
      long firstSequence) {
    this.worker = Objects.requireNonNull(worker, "worker");
    this.ready = new ReadyQueue(this, Objects.requireNonNull(threads, "threads"));
    this.transport = Objects.requireNonNull(transport, "transport");
    this.store = store;
    this.ownStore = ownStore;
    this.clock = Objects.requireNonNull(clock, "clock");
    this.admission = new Admission(limits);
    this.openSequences = new OpenSequences(firstSequence);
  }

  /** Begins to take messages from other workers. */
  public void connect() {
    transport.register(worker, this::receive);
  }

  /** The worker's name. */
  public String worker() {
    return worker;
  }

  DataStore store() {
    return Objects.requireNonNull(store);
  }

  boolean hasOwnStore() {
    return ownStore != null;
  }

  /** The worker's own store. */
  WorkerStore ownStore() {
    return Objects.requireNonNull(ownStore);
  }

  FlowClock clock() {
    return clock;
  }

  // Deployments.

  /**
   * Compiles a workflow for the workers of a plan.
   *
   * @param workflow its name
   * @param pattern with a master, {@code engines} has one named {@link #MASTER}
   * @param interceptor stands between the engines and the functions; null: nobody does
   * @param listener is told of what happens in runs; must not throw; null: nobody is told
   * @param engines the engine of each worker of the plan
   * @throws io.faasflow.run.UnboundFunctionsException when the registry lacks functions
   */
  public static Deployment deploy(
      String id,
      String workflow,
      FunctionGraph graph,
      PartitionPlan plan,
      SchedulePattern pattern,
      FunctionRegistry registry,
      @Nullable FunctionInterceptor interceptor,
      Containers containers,
      @Nullable RunListener listener,
      Map<String, WorkerEngine> engines) {
    Deployment deployment = Deployment.of(
        id,
        workflow,
        graph,
        plan,
        pattern,
        registry,
        interceptor,
        containers,
        listener,
        (worker, task) -> engine(engines, worker).claim(task),
        engines.values().stream().anyMatch(WorkerEngine::hasOwnStore));
    for (String worker : deployment.workers()) {
      WorkerStore own = engine(engines, worker).ownStore;
      if (own != null) {
        own.deploy(id, workflow, deployment.program(worker).shares());
      }
    }
    if (deployment.hasSeveralWorkers()) {
      deployment
          .workers()
          .forEach(worker -> engine(engines, worker).deployments.put(id, deployment));
    }
    return deployment;
  }

  private static WorkerEngine engine(Map<String, WorkerEngine> engines, String worker) {
    WorkerEngine engine = engines.get(worker);
    if (engine == null) {
      throw new IllegalArgumentException("The partitioner chose worker '"
          + worker
          + "', but there are only "
          + new TreeSet<>(engines.keySet()));
    }
    return engine;
  }

  /** Forgets a deployment that no run uses any more. */
  public void undeploy(String id) {
    deployments.remove(id);
    if (ownStore != null) {
      try {
        ownStore.undeploy(id);
      } catch (Throwable e) {
        LOG.warn("The store of {} could not forget {}", worker, id, e);
      }
    }
  }

  private Admission.@Nullable Claim claim(Task<?, ?> task) {
    return admission.claim(task.function(), task.resources());
  }

  /** Goes on with what was waiting, and has what it needs now. */
  void offerAdmitted(List<Admission.Waiting> admitted) {
    admitted.forEach(one -> offer(Fork.permitted(one.frame(), one.node())));
  }

  /** Something has ended, by itself, that may have waited for room. */
  void admitPastWhatIsOver() {
    offerAdmitted(admission.admitPastWhatIsOver());
  }

  // Runs.

  /**
   * Makes a run, which does nothing before {@link #begin(EngineRun)}. This engine must be the
   * deployment's home.
   *
   * @param owner learns of the run's end
   */
  public EngineRun prepare(
      RunId id, Deployment deployment, @Nullable Object input, RunOwner owner) {
    long sequence = deployment.hasSeveralWorkers() ? openSequences.open() : 0;
    RunRef ref = new RunRef(id, worker, sequence, deployment.id());
    EngineRun run = new EngineRun(this, ref, deployment, input, owner);
    if (deployment.hasSeveralWorkers()) {
      runs.put(id, Objects.requireNonNull(run.state())); // messages have to find it
    }
    return run;
  }

  /** Begins a run. */
  public void begin(EngineRun run) {
    RunState state = run.state();
    if (state != null && run.begin()) {
      offer(Fork.of(state.frame, Program.START));
    }
  }

  /** At the run's home, once, by who ended it. */
  void ended(RunState run, boolean completed, boolean interrupt) {
    if (interrupt) {
      ready.interrupt(run);
      offerAdmitted(admission.forget(run));
    }
    if (ownStore != null && !run.deployment.hasSeveralWorkers()) {
      run.forget();
      release(run.ref.id());
    }
    if (run.deployment.hasSeveralWorkers()) {
      runs.remove(run.ref.id());
      run.forget();
      long endedBelow = openSequences.close(run.ref.sequence());
      release(run.ref.id());
      for (String other : run.deployment.workers()) {
        if (!other.equals(worker)) {
          sendOrLog(other, new Message.EndRun(run.ref, endedBelow, completed));
        }
      }
    }
  }

  /** Shows where the nodes of a run stand that lie on this worker, which is one of its deployment. */
  void show(EngineRun run, Onlooker onlooker) {
    RunState state = state(run);
    if (state != null) {
      state.frame.show(onlooker);
    } else {
      run.deployment().program(worker).showUntouched(onlooker); // nothing has come here yet
    }
  }

  /** What was done on this worker in a run that is over, for the caller to undo. */
  List<Effects.Effect> takeToUndo(EngineRun run) {
    RunState state = state(run);
    return state == null ? List.of() : state.takeToUndo(false);
  }

  /** The tasks of a run that are executing on this worker. */
  List<String> executingTasks(EngineRun run) {
    RunState state = state(run);
    return state == null ? List.of() : state.frame.executingTasks();
  }

  private @Nullable RunState state(EngineRun run) {
    return run.deployment().home().equals(worker) ? run.state() : runs.get(run.id());
  }

  /** How many deployments of several workers this engine knows. */
  public int deploymentsKept() {
    return deployments.size();
  }

  /**
   * What this engine keeps of runs, in words, for tests: nothing, when all runs have ended and no thread
   * is at work.
   */
  public List<String> leftovers() {
    List<String> found = new ArrayList<>();
    runs.keySet().forEach(run -> found.add(worker + " keeps the state of run " + run));
    ready.waiting().forEach(work -> found.add(worker + " has not run " + work));
    admission.inUse().forEach(use -> found.add(worker + ": " + use));
    return found;
  }

  // Messages.

  void send(String to, Message message) {
    transport.send(to, message);
  }

  /** For messages about the end of a run: nobody could be told that they cannot be sent. */
  void sendOrLog(String to, Message message) {
    try {
      transport.send(to, message);
    } catch (Throwable e) {
      LOG.error("{} could not tell {} of {}", worker, to, message, e);
    }
  }

  /** Drops the data of a run that has ended; what cannot be dropped is the store's to expire. */
  void release(RunId run) {
    try {
      if (ownStore == null) {
        store().releaseRun(run);
      } else {
        ownStore.releaseRun(run);
      }
    } catch (Throwable e) {
      LogContext.about(run, () -> LOG.warn("The data of run {} could not be released", run, e));
    }
  }

  private void receive(Message message) {
    if (message instanceof Message.Trigger trigger) {
      RunState run = runOrRefuse(trigger.run(), trigger.from());
      if (run != null) {
        arrive(run, trigger);
      }
    } else if (message instanceof Message.Assign assign) {
      RunState run = runOrRefuse(assign.run(), assign.node());
      if (run != null) {
        assign.skipped().forEach(run.frame::skippedElsewhere);
        arrive(run, new Message.Trigger(assign.run(), assign.node(), false, 0));
      }
    } else if (message instanceof Message.Completed completed) {
      RunState run = runs.get(completed.run().id());
      if (run != null
          && !run.hasEnded()
          && run.frame.arriveDone(completed.node(), completed.choice())) {
        offer(new Completion(run.frame, completed.node()));
      }
    } else if (message instanceof Message.Failed failed) {
      RunState run = runs.get(failed.run().id());
      if (run != null && run.home != null) {
        FailureSite site = new FailureSite(
            failed.task(), failed.function(), failed.instance(), failed.attempt(), failed.worker());
        run.home.fail(site, cause(failed));
      }
    } else if (message instanceof Message.Prewarm prewarm) {
      prewarm(prewarm);
    } else if (message instanceof Message.EndRun end) {
      // First remembered, then removed: whoever makes a state looks in between, in runOf.
      endedRuns.add(end.run(), end.endedBelow());
      RunState run = runs.remove(end.run().id());
      if (run != null) {
        run.forget();
        ready.interrupt(run);
        offerAdmitted(admission.forget(run));
        Undoing.late(this, run.takeToUndo(end.completed())); // what the home did not know of
        release(end.run().id());
      }
    }
  }

  private void prewarm(Message.Prewarm message) {
    RunRef run = message.run();
    boolean isOver =
        run.home().equals(worker) ? !runs.containsKey(run.id()) : endedRuns.contains(run);
    Deployment deployment = deployments.get(run.deployment());
    if (!isOver && deployment != null) {
      Program program = deployment.program(worker);
      message.nodes().forEach(node -> program.prewarm(node, run.id()));
    }
  }

  /** The state of a run that a message wants to go on; null if it is over or cannot be. */
  private @Nullable RunState runOrRefuse(RunRef ref, int node) {
    RunState run = runOf(ref);
    if (run == null && !deployments.containsKey(ref.deployment())) {
      refuse(ref, node);
    }
    return run == null || run.hasEnded() ? null : run;
  }

  /** The edges from a node elsewhere; an assignment is an edge of a node to itself. */
  private void arrive(RunState run, Message.Trigger trigger) {
    Frame frame = run.frame;
    List<Program.RemoteEdge> edges = frame.program.remoteEdges(trigger.from());
    if (edges.isEmpty()) {
      LOG.warn("Ignored {}: {} has no edge from that node", trigger, worker);
    }
    int[] ready = new int[edges.size()];
    int count = 0;
    for (Program.RemoteEdge edge : edges) {
      boolean live = !trigger.skipped()
          && (edge.choices() == null || Frame.isAmong(trigger.choice(), edge.choices()));
      if (frame.arriveRemote(edge.index(), edge.to(), live)) {
        frame.markReady(edge.to());
        ready[count++] = edge.to();
      }
    }
    if (count > 0) {
      offer(Fork.of(frame, ready, 0, count));
    }
  }

  /** Tells the home that this worker cannot take part, so that the run fails and does not hang. */
  private void refuse(RunRef run, int node) {
    if (run.home().equals(worker) || endedRuns.contains(run)) {
      return;
    }
    String reason = worker + " does not know the workflow " + run.deployment();
    sendOrLog(
        run.home(),
        new Message.Failed(
            run,
            node,
            "node " + node,
            "node " + node,
            List.of(),
            1,
            worker,
            IllegalStateException.class.getName(),
            reason,
            reason));
  }

  private Throwable cause(Message.Failed failed) {
    try {
      DataKey key = new DataKey(failed.run().id(), RunState.failureKey(failed.node()));
      Optional<DataStore.Stored> stored = store == null ? Optional.empty() : store.fetch(key);
      if (stored.isPresent() && stored.get().value() instanceof Throwable cause) {
        return cause;
      }
    } catch (Throwable e) {
      LOG.warn("The exception of a failed task could not be fetched; its text is used", e);
    }
    return new RemoteFailureException(failed.type(), failed.text(), failed.trace());
  }

  /** The state of a run that a message is about; null if the run is over. */
  private @Nullable RunState runOf(RunRef ref) {
    RunState known = runs.get(ref.id());
    if (known != null || ref.home().equals(worker)) {
      return known; // only a home that has ended a run does not know it
    }
    return runs.computeIfAbsent(ref.id(), any -> {
      // Checked inside: the end of a run is remembered before its state is removed, and that
      // removal waits for this function.
      if (endedRuns.contains(ref)) {
        return null;
      }
      Deployment deployment = deployments.get(ref.deployment());
      if (deployment == null) {
        return null;
      }
      return new RunState(this, ref, deployment, null, null);
    });
  }

  // Work.

  /** What is ready here, and the threads that run it. */
  ReadyQueue ready() {
    return ready;
  }

  void offer(Work work) {
    ready.offer(work);
  }

  // The end.

  /**
   * Waits until no thread is at work here.
   *
   * @return whether that came about in time
   */
  public boolean awaitIdle(long deadlineNanos) {
    return ready.awaitIdle(deadlineNanos);
  }

  /** Whether the caller is a function, or a compensation, of a run that has not ended. */
  public boolean isInFunction() {
    return ready.isInFunction();
  }

  /** Whether no thread is at work here: what is to happen next waits for a time or a message. */
  public boolean isIdle() {
    return ready.isIdle();
  }

  /** How many tasks wait until there is room for them on this worker. */
  public int waitingForRoom() {
    return admission.waitingForRoom();
  }

  /** The runs whose functions are running now. */
  public List<String> busyWith() {
    return ready.busyWith();
  }

  @Override
  public String toString() {
    return "engine of " + worker;
  }
}
