package io.faasflow;

import io.faasflow.container.ContainerBackend;
import io.faasflow.container.ContainerImage;
import io.faasflow.engine.Containers;
import io.faasflow.engine.DirectTransport;
import io.faasflow.engine.FunctionThreads;
import io.faasflow.engine.RunIds;
import io.faasflow.engine.SchedulePattern;
import io.faasflow.engine.Steps;
import io.faasflow.engine.WorkerEngine;
import io.faasflow.engine.WorkerLimits;
import io.faasflow.engine.WorkerTransport;
import io.faasflow.function.FunctionInterceptor;
import io.faasflow.function.FunctionRegistry;
import io.faasflow.function.Resources;
import io.faasflow.observe.CallScopes;
import io.faasflow.observe.RunListener;
import io.faasflow.partition.AllOnOne;
import io.faasflow.partition.FeedbackOptions;
import io.faasflow.partition.LocalitySpread;
import io.faasflow.partition.PartitionPlan;
import io.faasflow.partition.Partitioner;
import io.faasflow.partition.WorkerSpec;
import io.faasflow.run.RunException;
import io.faasflow.store.DataStore;
import io.faasflow.store.InHeapStore;
import io.faasflow.store.WorkerStores;
import io.faasflow.time.FlowClock;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The runtime that a host embeds: runs workflows on one or several workers inside this JVM.
 * Thread-safe; make one, share it, close it. Two runtimes in one JVM share nothing.
 */
public final class FaasFlow implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FaasFlow.class);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration LONGEST_PATIENCE = Duration.ofDays(365);

  private final List<WorkerSpec> workers;
  private final Duration closeTimeout;
  private final FunctionThreads threads;
  private final List<AutoCloseable> made; // not what was given: we close only what we made
  private final Map<String, WorkerEngine> engines = new LinkedHashMap<>();
  private final Planner planner;
  private final Runs runs;

  private FaasFlow(Builder builder) {
    workers = WorkerSpec.workers(builder.workers, builder.slots);
    closeTimeout = builder.closeTimeout;
    threads = FunctionThreads.best(builder.platformThreads);
    WorkerTransport ownTransport = builder.transport == null ? new DirectTransport() : null;
    DataStore ownStore = builder.store == null && builder.stores == null ? new InHeapStore() : null;
    FlowClock ownClock = builder.clock == null ? FlowClock.system() : null;
    made = Stream.of(ownTransport, ownStore, ownClock).filter(Objects::nonNull).toList();
    FlowClock clock = Objects.requireNonNullElse(builder.clock, ownClock);
    boolean hasMaster = builder.pattern == SchedulePattern.MASTER_SIDE;
    WorkerTransport given = Objects.requireNonNullElse(builder.transport, ownTransport);
    // null: there is nobody to send messages to
    TrafficMeter meter = hasMaster || workers.size() > 1 ? new TrafficMeter(given) : null;
    WorkerTransport transport = Objects.requireNonNullElse(meter, given);
    DataStore store = builder.store == null ? ownStore : builder.store;
    Steps steps = builder.steps;
    RunIds ids = steps == null ? new RunIds(clock) : new RunIds(clock, builder.seed);
    Executor executor = steps == null ? threads : steps;
    long firstSequence = clock.millis() << 20;
    List<String> names = new ArrayList<>(workers());
    if (hasMaster) {
      names.add(0, WorkerEngine.MASTER);
    }
    WorkerLimits limits = new WorkerLimits(builder.functionLimits, builder.capacity);
    for (String name : names) {
      WorkerEngine engine = store != null
          ? new WorkerEngine(name, executor, transport, store, clock, limits, firstSequence)
          : new WorkerEngine(
              name,
              executor,
              transport,
              Objects.requireNonNull(builder.stores).of(name),
              clock,
              limits,
              firstSequence);
      engines.put(name, engine);
      engine.connect();
    }
    Containers containers = new Containers(builder.containers, builder.images);
    RunListener listener =
        builder.listeners.isEmpty() ? null : new IsolatedListeners(builder.listeners);
    FunctionInterceptor interceptor = builder.scopes.isEmpty()
        ? builder.interceptor
        : new ScopedCalls(builder.scopes, builder.interceptor);
    planner = new Planner(
        Objects.requireNonNullElseGet(
            builder.partitioner,
            () -> builder.workers == 1 ? new AllOnOne() : new LocalitySpread()),
        workers,
        builder.capacity,
        builder.workers == 1 ? null : builder.feedback,
        builder.remembersRuntimes,
        new Deployer(
            engines, builder.pattern, builder.functions, interceptor, containers, listener),
        clock,
        threads);
    RunGate gate = builder.maxActiveRuns == Integer.MAX_VALUE
        ? null
        : new RunGate(builder.maxActiveRuns, builder.maxQueuedRuns);
    runs =
        new Runs(engines, planner, containers, threads, steps, clock, ids, gate, meter, listener);
  }

  /** A runtime with one worker, everything at its default. */
  public static FaasFlow local() {
    return builder().build();
  }

  /** Begins a runtime. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Runs a workflow and waits for its output. When the waiting thread is interrupted, the run is
   * cancelled.
   *
   * @param input what the workflow takes; null where it takes nothing
   * @throws RunException when the run does not complete; says which task, and why
   * @throws io.faasflow.run.UnboundFunctionsException when the registry lacks functions
   * @throws io.faasflow.partition.PartitionException when the workers lack room
   * @throws io.faasflow.run.RunRefusedException when too many runs are active and wait
   * @throws IllegalStateException when this runtime is closed
   */
  public <I extends @Nullable Object, O> O run(Workflow<I, O> workflow, I input) {
    return run(workflow, input, RunOptions.none());
  }

  /** Like {@link #run(Workflow, Object)}, with options. */
  public <I extends @Nullable Object, O> O run(
      Workflow<I, O> workflow, I input, RunOptions options) {
    return start(workflow, input, options).awaitOrCancel();
  }

  /**
   * Starts a run and does not wait for it.
   *
   * @param input what the workflow takes; null where it takes nothing
   * @throws io.faasflow.run.UnboundFunctionsException when the registry lacks functions
   * @throws io.faasflow.partition.PartitionException when the workers lack room
   * @throws io.faasflow.run.RunRefusedException when too many runs are active and wait
   * @throws IllegalStateException when this runtime is closed
   */
  public <I extends @Nullable Object, O> WorkflowRun<O> start(Workflow<I, O> workflow, I input) {
    return start(workflow, input, RunOptions.none());
  }

  /** Like {@link #start(Workflow, Object)}, with options. */
  public <I extends @Nullable Object, O> WorkflowRun<O> start(
      Workflow<I, O> workflow, I input, RunOptions options) {
    Objects.requireNonNull(options, "options");
    return runs.start(workflow, input, options);
  }

  /** The plan by which this runtime places new runs of a workflow on its workers. */
  public PartitionPlan plan(Workflow<?, ?> workflow) {
    return planner.planned(workflow).current().plan();
  }

  /** The runs that have been started and have not ended, the oldest first. */
  public List<WorkflowRun<?>> activeRuns() {
    return runs.active();
  }

  /** The names of the workers, in their order. */
  public List<String> workers() {
    return workers.stream().map(WorkerSpec::name).toList();
  }

  /** Closes with the builder's {@linkplain Builder#closeTimeout close timeout}. */
  @Override
  public void close() {
    close(closeTimeout);
  }

  /**
   * Accepts no more runs, waits for the active ones, then cancels those that are left and interrupts
   * their functions, and waits up to 5 s for those, and for compensations that run. A function that
   * ignores the interrupt is named in the log; its thread is a daemon. A second call does nothing.
   * Also closes a transport, store or clock that this runtime made.
   *
   * @param patience how long active runs may go on; zero or less: not at all
   */
  public void close(Duration patience) {
    if (!runs.close()) {
      return;
    }
    boolean interrupted = awaitRuns(System.nanoTime() + nanos(patience));
    runs.cancel();
    long deadline = System.nanoTime() + STOP_TIMEOUT.toNanos();
    for (WorkerEngine engine : engines.values()) {
      if (!engine.awaitIdle(deadline)) {
        LOG.warn(
            "{} was closed, but functions ignore their interrupt and go on in daemon threads: {}",
            engine.worker(),
            engine.busyWith());
      }
    }
    runs.stopCompensating();
    threads.close();
    made.forEach(FaasFlow::closeQuietly);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void closeQuietly(AutoCloseable one) {
    try {
      one.close();
    } catch (Exception e) {
      LOG.warn("{} could not be closed", one, e);
    }
  }

  private static long nanos(Duration duration) {
    if (duration.isNegative()) {
      return 0;
    }
    return duration.compareTo(LONGEST_PATIENCE) > 0
        ? LONGEST_PATIENCE.toNanos()
        : duration.toNanos();
  }

  /** Waits until no run is active or the time is up; true if it was interrupted meanwhile. */
  private boolean awaitRuns(long deadline) {
    for (WorkflowRun<?> run : activeRuns()) {
      try {
        if (run.await(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())))
            .isEmpty()) {
          return false;
        }
      } catch (InterruptedException e) {
        return true; // no more patience; the flag is set again when everything is closed
      }
    }
    return false;
  }

  /** How many deployments the engines know. */
  int deploymentsKept() {
    return engines.values().stream().mapToInt(WorkerEngine::deploymentsKept).sum();
  }

  /** How many tasks wait until there is room for them on their workers. */
  int waitingForRoom() {
    return engines.values().stream().mapToInt(WorkerEngine::waitingForRoom).sum();
  }

  /** What the engines keep of runs, in words: nothing, when all runs have ended. */
  List<String> leftovers() {
    return engines.values().stream()
        .flatMap(engine -> engine.leftovers().stream())
        .toList();
  }

  /** Whether nothing happens before a time or a message comes. */
  boolean isIdle() {
    return engines.values().stream().allMatch(WorkerEngine::isIdle);
  }

  @Override
  public String toString() {
    return "FaasFlow[" + workers.size() + " workers, " + runs.activeCount() + " active runs]";
  }

  /** Settings of a runtime. Not thread-safe. {@link #build()} may be called again. */
  public static final class Builder {
    private static final int MAX_WORKERS = 1_000;

    private FunctionRegistry functions = FunctionRegistry.empty();
    private @Nullable Partitioner partitioner;
    private int workers = 1;
    private int slots = WorkerSpec.UNLIMITED_SLOTS;
    private Duration closeTimeout = Duration.ofSeconds(30);
    private int maxActiveRuns = Integer.MAX_VALUE;
    private int maxQueuedRuns = Integer.MAX_VALUE;
    private int platformThreads = Math.max(64, 8 * Runtime.getRuntime().availableProcessors());
    private @Nullable WorkerTransport transport;
    private @Nullable DataStore store;
    private @Nullable WorkerStores stores;
    private @Nullable FlowClock clock;
    private SchedulePattern pattern = SchedulePattern.WORKER_SIDE;
    private final Map<String, Integer> functionLimits = new LinkedHashMap<>();
    private Resources capacity = Resources.NONE;
    private final List<RunListener> listeners = new ArrayList<>();
    private final List<CallScopes> scopes = new ArrayList<>();
    private @Nullable FeedbackOptions feedback;
    private @Nullable ContainerBackend containers;
    private final Map<String, ContainerImage> images = new LinkedHashMap<>();
    private boolean remembersRuntimes;
    private @Nullable FunctionInterceptor interceptor;
    private @Nullable Steps steps;
    private long seed;

    private Builder() {}

    /** The functions that workflows name. Default: none. */
    public Builder functions(FunctionRegistry registry) {
      functions = Objects.requireNonNull(registry, "registry");
      return this;
    }

    /** How many workers this runtime has, 1 to 1,000. Default: 1. */
    public Builder workers(int count) {
      if (count < 1 || count > MAX_WORKERS) {
        throw new IllegalArgumentException(
            "The number of workers must be from 1 to " + MAX_WORKERS + ", was " + count);
      }
      workers = count;
      return this;
    }

    /** How many container slots each worker has, 0 or more. Default: no limit. */
    public Builder slots(int slotsOfEachWorker) {
      if (slotsOfEachWorker < 0) {
        throw new IllegalArgumentException("slots must be 0 or more, was " + slotsOfEachWorker);
      }
      slots = slotsOfEachWorker;
      return this;
    }

    /**
     * What places workflows on workers. Default: {@link AllOnOne} for one worker, else {@link
     * LocalitySpread}.
     */
    public Builder partitioner(Partitioner newPartitioner) {
      partitioner = Objects.requireNonNull(newPartitioner, "partitioner");
      return this;
    }

    /**
     * At most so many instances of a function at a time on each worker, over all runs. What is above
     * waits, without holding a thread. Default: no limit.
     *
     * @param function the name of the function, which is the task's name unless it was given another
     * @param maxInstances 1 or more
     */
    public Builder concurrency(String function, int maxInstances) {
      Objects.requireNonNull(function, "function");
      if (maxInstances < 1) {
        throw new IllegalArgumentException("The concurrency of function '" + function
            + "' must be 1 or more, was " + maxInstances);
      }
      functionLimits.put(function, maxInstances);
      return this;
    }

    /**
     * What the functions that run at the same time on each worker may take together, over all runs, as
     * their tasks declare it ({@code Task.resources}). What finds no room waits, without holding a
     * thread; the first to come is the first to be let in. 0 CPUs, bytes or slots: any amount of it.
     * Default: no limits.
     *
     * <p>A function that waits for a run of its own keeps what it has taken: give such functions none,
     * or both may wait for each other.
     *
     * @throws io.faasflow.partition.PartitionException from {@code run} and {@code start}, when a task
     *     declares more than a worker has
     */
    public Builder capacity(Resources ofEachWorker) {
      capacity = Objects.requireNonNull(ofEachWorker, "resources");
      return this;
    }

    /**
     * At most so many runs are active at a time, 1 or more; others wait, the oldest first. A run that a
     * function of an active run starts is let in at once, or both would wait for each other. Default:
     * no limit.
     */
    public Builder maxActiveRuns(int most) {
      if (most < 1) {
        throw new IllegalArgumentException("maxActiveRuns must be 1 or more, was " + most);
      }
      maxActiveRuns = most;
      return this;
    }

    /**
     * At most so many runs wait, 0 or more; further ones are refused at once, with a {@link
     * io.faasflow.run.RunRefusedException}. Default: no limit.
     */
    public Builder maxQueuedRuns(int most) {
      if (most < 0) {
        throw new IllegalArgumentException("maxQueuedRuns must be 0 or more, was " + most);
      }
      maxQueuedRuns = most;
      return this;
    }

    /**
     * How many threads functions have where the platform has no virtual threads (Java 17 to 20), 1 to
     * 32,767. Default: 64, or 8 a processor if that is more.
     */
    public Builder platformThreads(int threads) {
      if (threads < 1 || threads > 0x7fff) {
        throw new IllegalArgumentException(
            "The number of threads must be from 1 to 32,767, was " + threads);
      }
      platformThreads = threads;
      return this;
    }

    /** How long {@link FaasFlow#close()} waits for active runs, zero or more. Default: 30 s. */
    public Builder closeTimeout(Duration patience) {
      if (patience.isNegative()) {
        throw new IllegalArgumentException("The close timeout must not be negative: " + patience);
      }
      closeTimeout = patience;
      return this;
    }

    /** What carries messages between workers. Default: a direct call. Yours to close; for one runtime. */
    public Builder transport(WorkerTransport newTransport) {
      transport = Objects.requireNonNull(newTransport, "transport");
      return this;
    }

    /** Where outputs are kept for other workers. Default: the heap. Yours to close, after the runtime. */
    public Builder store(DataStore newStore) {
      store = Objects.requireNonNull(newStore, "store");
      stores = null;
      return this;
    }

    /**
     * Gives each worker a store of its own, which has all outputs. Takes the place of {@link #store}.
     * Yours to close, after the runtime; for one runtime at a time.
     */
    public Builder stores(WorkerStores newStores) {
      stores = Objects.requireNonNull(newStores, "stores");
      store = null;
      return this;
    }

    /**
     * What runs the tasks that have an image. Default: nothing, and workflows with such tasks do not
     * deploy. Yours to close, after the runtime.
     */
    public Builder containers(ContainerBackend backend) {
      containers = Objects.requireNonNull(backend, "backend");
      return this;
    }

    /**
     * Runs a function in containers that workflows only name, so that the same workflow runs in this JVM
     * or contained. Needs {@link #containers}; goes before the registry. A task's own image stays.
     *
     * @throws IllegalArgumentException when the function has an image already
     */
    public Builder contained(String function, ContainerImage image) {
      Objects.requireNonNull(image, "image");
      ContainerImage before =
          images.putIfAbsent(Objects.requireNonNull(function, "function"), image);
      if (before != null) {
        throw new IllegalArgumentException(
            "Function '" + function + "' has " + before + " already; give it one");
      }
      return this;
    }

    /**
     * Adds somebody who is told of what happens in runs. One that is also {@link CallScopes} is put
     * {@linkplain #around around} calls as well. Default: nobody, which costs nothing.
     */
    public Builder listener(RunListener added) {
      listeners.add(Objects.requireNonNull(added, "listener"));
      return added instanceof CallScopes both ? around(both) : this;
    }

    /**
     * Surrounds the calls of functions and compensations: {@link io.faasflow.observe.LogContext}, say.
     * What is added first is outermost. Default: nothing, which costs nothing.
     */
    public Builder around(CallScopes added) {
      scopes.add(Objects.requireNonNull(added, "scopes"));
      return this;
    }

    /**
     * Lets plans learn from runs: runtimes, sizes and transfer times are observed, and new runs follow
     * a better plan when it saves enough. Without effect where there is one worker. Default: the plan
     * that is made from what the workflow declares stays.
     */
    public Builder feedback(FeedbackOptions options) {
      feedback = Objects.requireNonNull(options, "options");
      return this;
    }

    /**
     * Remembers how long the tasks of a workflow took, as long as the workflow object is there: so that
     * {@link WorkflowRun#forecast()} goes by that. Default: it goes by the runtimes that the workflow
     * declares; functions are not timed.
     */
    public Builder rememberRuntimes() {
      remembersRuntimes = true;
      return this;
    }

    /** Who decides what runs next. Default: {@link SchedulePattern#WORKER_SIDE}. */
    public Builder pattern(SchedulePattern newPattern) {
      pattern = Objects.requireNonNull(newPattern, "pattern");
      return this;
    }

    /**
     * What tells the time of run ids and ends runs at their deadlines. Default: the machine's clock.
     * Yours to close, after the runtime.
     */
    public Builder clock(FlowClock newClock) {
      clock = Objects.requireNonNull(newClock, "clock");
      return this;
    }

    /** Runs on no threads but those of the steps, the same way for each seed. */
    Builder stepped(Steps given, long newSeed) {
      steps = given;
      seed = newSeed;
      return this;
    }

    /** Stands between the engines and all functions. */
    Builder interceptor(FunctionInterceptor newInterceptor) {
      interceptor = newInterceptor;
      return this;
    }

    /** Makes the runtime. Threads are started when they are needed. */
    public FaasFlow build() {
      return new FaasFlow(this);
    }
  }
}
