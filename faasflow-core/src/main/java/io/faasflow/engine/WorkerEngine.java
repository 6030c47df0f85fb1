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
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine of one worker. Thread-safe.
 *
 * <p>How threads find work. What is ready stands in one queue. At any time at most one thread is
 * <em>searching</em>: it has been started, or woken, and has not yet found work or given up. The
 * rule that keeps work from waiting behind a function that blocks: whenever the queue is not empty,
 * there is a searching thread. Who adds work, and who takes work and leaves some, starts one if there
 * is none; who gives up says so first and looks once more. So trivial functions are run by the
 * threads that are there, and blocking ones get a thread each, at the pace at which threads start.
 *
 * <p>Platform threads cost too much to start one for every trivial function. There, a searching
 * thread that finds as many threads running as there are processors stays the searching one and
 * sleeps for a tick; it goes to work when nothing was taken from the queue meanwhile, when one of the
 * others waits for something, or when it is called because there are fewer of them. Virtual threads
 * need none of this: their scheduler runs as many as there are processors.
 *
 * <p>With {@link Steps} in place of threads there is neither a queue nor a search: what is ready
 * becomes steps, and behind each node the next one is another step.
 */
public final class WorkerEngine {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerEngine.class);

  /** The name of the engine that is the master of the master-side pattern. */
  public static final String MASTER = Program.MASTER;

  /** After so many pieces of one work the next work in the queue has its turn. */
  private static final int PIECES_IN_A_ROW = 64;

  private static final long TICK_NANOS = Duration.ofNanos(50_000).toNanos();

  private static final long POLL_NANOS = Duration.ofMillis(1).toNanos();

  private final String worker;
  private final Executor threads;
  private final WorkerTransport transport;
  private final @Nullable DataStore store; // null: it has one of its own
  private final @Nullable WorkerStore ownStore;
  private final FlowClock clock;

  private final ConcurrentLinkedQueue<Work> queue = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean searching = new AtomicBoolean();
  private final Set<Drainer> drainers = ConcurrentHashMap.newKeySet();
  private final AtomicInteger activeDrainers = new AtomicInteger(); // started or to be started
  private final int processors = Runtime.getRuntime().availableProcessors();
  private final boolean sparesThreads;
  private final @Nullable Steps steps; // null: on threads
  private volatile @Nullable Thread watcher; // the searching thread, while it sleeps

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
    this.threads = Objects.requireNonNull(threads, "threads");
    this.transport = Objects.requireNonNull(transport, "transport");
    this.store = store;
    this.ownStore = ownStore;
    this.clock = Objects.requireNonNull(clock, "clock");
    this.admission = new Admission(limits);
    this.openSequences = new OpenSequences(firstSequence);
    this.sparesThreads = !(threads instanceof FunctionThreads own && own.isVirtual());
    this.steps = threads instanceof Steps given ? given : null;
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

  /** Another thread in place of one that does not come back from a function. */
  FunctionThreads.StandIn standIn() {
    return threads instanceof FunctionThreads own ? own.standInForLost() : () -> {};
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
      ownStore.undeploy(id);
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
      interrupt(run);
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

  void interrupt(RunState run) {
    for (Drainer drainer : drainers) {
      drainer.interrupt(run);
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
    queue.forEach(work -> found.add(worker + " has not run " + work.getClass().getSimpleName()));
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
    } catch (RuntimeException e) {
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
    } catch (RuntimeException e) {
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
    } else if (message instanceof Message.EndRun end) {
      // First remembered, then removed: whoever makes a state looks in between, in runOf.
      endedRuns.add(end.run(), end.endedBelow());
      RunState run = runs.remove(end.run().id());
      if (run != null) {
        run.forget();
        interrupt(run);
        offerAdmitted(admission.forget(run));
        Undoing.late(this, run.takeToUndo(end.completed())); // what the home did not know of
        release(end.run().id());
      }
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
    } catch (RuntimeException e) {
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

  void offer(Work work) {
    if (steps != null) {
      steps.add(this, work);
      return;
    }
    queue.add(work);
    wake();
  }

  /** Whether each node is a step of its own, so that no thread goes on to the next in place. */
  boolean isStepped() {
    return steps != null;
  }

  /** Runs a piece of work, and nothing else, on the calling thread. */
  void step(Work work, int piece) {
    activeDrainers.incrementAndGet();
    new Drainer(this).run(work, piece);
  }

  /** Sees to it that a thread is searching. */
  private void wake() {
    Thread sleeping = watcher;
    if (sleeping != null && activeDrainers.get() <= processors) {
      LockSupport.unpark(sleeping);
    }
    if (!searching.get() && searching.compareAndSet(false, true)) {
      activeDrainers.incrementAndGet();
      try {
        threads.execute(new Drainer(this));
      } catch (RuntimeException | Error e) {
        LOG.error("{} could not start a thread for functions", worker, e);
        searching.set(false);
        // The threads that are at work take what is ready. Where there are none, this one has to.
        if (activeDrainers.decrementAndGet() == 0 && searching.compareAndSet(false, true)) {
          activeDrainers.incrementAndGet();
          new Drainer(this).run();
        }
      }
    }
  }

  void begin(Drainer drainer) {
    drainers.add(drainer);
  }

  void end(Drainer drainer) {
    drainers.remove(drainer);
    activeDrainers.decrementAndGet();
  }

  /**
   * Sleeps while the threads that are there get on with the work. A call may come too early or be
   * missed, when a thread ends at the same time: then the tick ends the sleep.
   */
  private void watch(Drainer drainer) {
    watcher = Thread.currentThread();
    Work head = queue.peek();
    int taken = head == null ? 0 : head.get();
    while (head != null && isBusy(drainer)) {
      LockSupport.parkNanos(this, TICK_NANOS);
      Work now = queue.peek();
      if (now == head && now.get() == taken) {
        break; // nobody took anything: the others wait, in a way that does not show, or compute
      }
      head = now;
      taken = now == null ? 0 : now.get();
    }
    watcher = null;
  }

  /** Whether as many other threads are running as there are processors. */
  private boolean isBusy(Drainer watching) {
    if (activeDrainers.get() <= processors) {
      return false;
    }
    int running = 0;
    for (Drainer drainer : drainers) {
      if (drainer != watching && drainer.isRunning() && ++running >= processors) {
        return true;
      }
    }
    return false;
  }

  /** Runs what is ready until nothing is. The caller is the searching thread. */
  void drain(Drainer drainer) {
    boolean isSearching = true;
    if (sparesThreads) {
      watch(drainer);
    }
    for (; ; ) {
      Work work = queue.peek();
      int piece = work == null ? -1 : work.take();
      if (piece < 0) {
        if (work != null) {
          queue.remove(work);
          continue;
        }
        if (isSearching) {
          searching.set(false);
          if (queue.peek() != null) {
            wake();
          }
        }
        return;
      }
      // The head leaves the queue when its last piece is taken, and goes to the tail now and then:
      // a
      // foreach each time, for its lanes are long.
      if (work.isExhausted()) {
        queue.remove(work);
      } else if ((work instanceof Loop || piece % PIECES_IN_A_ROW == PIECES_IN_A_ROW - 1)
          && queue.remove(work)) {
        queue.add(work);
      }
      if (isSearching) {
        isSearching = false;
        searching.set(false);
      }
      if (queue.peek() != null) {
        wake();
      }
      work.run(piece, drainer);
    }
  }

  /** Whether something else than this foreach is ready, and has no thread yet. */
  boolean hasOtherWork(Loop loop) {
    Work head = queue.peek();
    if (head != loop) {
      return head != null;
    }
    // It has lanes to open still, and nobody has come to do so: what is behind it waits as well.
    Iterator<Work> ready = queue.iterator();
    return ready.hasNext() && ready.next() == loop && ready.hasNext();
  }

  // The end.

  /**
   * Waits until no thread is at work here.
   *
   * @return whether that came about in time
   */
  public boolean awaitIdle(long deadlineNanos) {
    // Who closes a runtime in a callback of one of its runs does not wait for itself.
    int own = drainers.stream().anyMatch(Drainer::isCurrentThread) ? 1 : 0;
    while (activeDrainers.get() > own) {
      if (System.nanoTime() - deadlineNanos >= 0) {
        return false;
      }
      LockSupport.parkNanos(this, POLL_NANOS);
      if (Thread.interrupted()) {
        Thread.currentThread().interrupt();
        return activeDrainers.get() <= own;
      }
    }
    return true;
  }

  /** Whether the caller is a thread that runs functions here. */
  public boolean isOwnThread() {
    return drainers.stream().anyMatch(Drainer::isCurrentThread);
  }

  /** Whether no thread is at work here: what is to happen next waits for a time or a message. */
  public boolean isIdle() {
    return activeDrainers.get() == 0;
  }

  /** How many tasks wait until there is room for them on this worker. */
  public int waitingForRoom() {
    return admission.waitingForRoom();
  }

  /** The runs whose functions are running now. */
  public List<String> busyWith() {
    List<String> busy = new ArrayList<>();
    for (Drainer drainer : drainers) {
      RunState run = drainer.current();
      if (run != null) {
        busy.add("run " + run.ref.id() + " of '" + run.deployment.workflow() + "'");
      }
    }
    return busy;
  }

  @Override
  public String toString() {
    return "engine of " + worker;
  }
}
