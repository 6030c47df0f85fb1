package io.faasflow;

import io.faasflow.engine.Containers;
import io.faasflow.engine.Deployment;
import io.faasflow.engine.EngineRun;
import io.faasflow.engine.FunctionThreads;
import io.faasflow.engine.RunIds;
import io.faasflow.engine.RunOwner;
import io.faasflow.engine.Steps;
import io.faasflow.engine.WorkerEngine;
import io.faasflow.observe.RunEvent;
import io.faasflow.observe.RunListener;
import io.faasflow.run.FailureSite;
import io.faasflow.run.RunException;
import io.faasflow.run.RunId;
import io.faasflow.run.RunStatus;
import io.faasflow.run.TaskFailure;
import io.faasflow.run.Traffic;
import io.faasflow.time.FlowClock;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The runs of a runtime: begins them, lists them while they are active, and does what is left to do
 * when they end. Thread-safe.
 */
final class Runs {
  private static final String CLOSED = "the runtime was closed";

  private final Map<String, WorkerEngine> engines;
  private final Planner planner;
  private final Containers containers;
  private final FunctionThreads threads;
  private final @Nullable Steps steps; // null: runs on threads
  private final FlowClock clock;
  private final RunIds ids;
  private final @Nullable RunGate gate; // null: as many runs as there are
  private final @Nullable TrafficMeter meter; // null: there is nobody to send messages to
  private final @Nullable RunListener listener; // null: nobody listens
  private final Map<RunId, WorkflowRun<?>> active = new ConcurrentHashMap<>();
  private final AtomicBoolean closed = new AtomicBoolean();

  Runs(
      Map<String, WorkerEngine> engines,
      Planner planner,
      Containers containers,
      FunctionThreads threads,
      @Nullable Steps steps,
      FlowClock clock,
      RunIds ids,
      @Nullable RunGate gate,
      @Nullable TrafficMeter meter,
      @Nullable RunListener listener) {
    this.engines = engines;
    this.planner = planner;
    this.containers = containers;
    this.threads = threads;
    this.steps = steps;
    this.clock = clock;
    this.ids = ids;
    this.gate = gate;
    this.meter = meter;
    this.listener = listener;
  }

  /** See {@link FaasFlow#start(Workflow, Object, RunOptions)}. */
  <I extends @Nullable Object, O> WorkflowRun<O> start(
      Workflow<I, O> workflow, I input, RunOptions options) {
    checkOpen();
    PlannedWorkflow planned = planner.planned(workflow);
    Workflow<?, ?> recovery = workflow.onFailure().orElse(null);
    if (recovery != null) {
      PlannedWorkflow ignored = planner.planned(recovery); // or say now why not
    }
    RunGate.Ticket ticket = gate == null ? null : gate.reserve(workflow.name(), isInFunction());
    Ending ending =
        new Ending(workflow, planned, ids.next(), ticket, recovery == null ? null : input, null);
    EngineRun run = prepare(ending, input);
    WorkflowRun<O> handle = new WorkflowRun<>(run, threads, ending);
    active.put(run.id(), handle);
    // Looked at after the run is listed: so either close() finds the run, or this finds it closed.
    if (closed.get()) {
      run.cancel(CLOSED);
      checkOpen();
    }
    Duration deadline = deadline(workflow, options);
    if (deadline != null) {
      limit(run, ending, deadline);
    }
    if (gate == null || ticket == null || gate.enter(ticket, run)) {
      engine(run.deployment().home()).begin(run);
    }
    return handle;
  }

  private void checkOpen() {
    if (closed.get()) {
      throw new IllegalStateException("This FaasFlow is closed; make a new one to run workflows");
    }
  }

  private boolean isInFunction() {
    return engines.values().stream().anyMatch(WorkerEngine::isInFunction);
  }

  private WorkerEngine engine(String worker) {
    return Objects.requireNonNull(engines.get(worker));
  }

  private EngineRun prepare(Ending ending, @Nullable Object input) {
    Deployment deployment = ending.deployment;
    EngineRun run = engine(deployment.home()).prepare(ending.id, deployment, input, ending);
    if (ending.ticket != null) {
      run.queue();
    }
    if (meter != null) {
      meter.open(ending.id);
    }
    if (listener != null) {
      listener.on(new RunEvent.RunStarted(
          ending.id,
          clock.nanos(),
          deployment.workflow(),
          deployment.plan().version(),
          ending.recovers));
    }
    return run;
  }

  /** The shorter of the workflow's and the caller's; null: there is none. */
  private static @Nullable Duration deadline(Workflow<?, ?> workflow, RunOptions options) {
    Duration own = workflow.deadline().orElse(null);
    Duration given = options.deadline().orElse(null);
    return own == null || (given != null && given.compareTo(own) < 0) ? given : own;
  }

  private void limit(EngineRun run, Ending ending, Duration deadline) {
    try {
      ending.alarm = clock.schedule(deadline, () -> expire(run, deadline));
    } catch (RejectedExecutionException e) {
      run.cancel(CLOSED); // close() came in between
      return;
    }
    if (run.status().isTerminal()) {
      ending.stopAlarm(); // it ended before it had one to stop
    }
  }

  /**
   * On a thread of its own: whoever waits for the run's future is called back on it, and may take as
   * long as it likes, while other deadlines pass.
   */
  private void expire(EngineRun run, Duration deadline) {
    if (steps != null) {
      steps.execute(() -> run.expire(deadline));
      return;
    }
    Thread thread = new Thread(() -> run.expire(deadline), "faasflow-deadline");
    thread.setDaemon(true);
    thread.start();
  }

  /** Those that have been started and have not ended, the oldest first. */
  List<WorkflowRun<?>> active() {
    List<WorkflowRun<?>> runs = new ArrayList<>(active.values());
    runs.sort((a, b) -> a.id().compareTo(b.id()));
    return List.copyOf(runs);
  }

  int activeCount() {
    return active.size();
  }

  /** Accepts no more; true for the first call. */
  boolean close() {
    return closed.compareAndSet(false, true);
  }

  /** Cancels those that are active, and lets none begin that wait. */
  void cancel() {
    if (gate != null) {
      gate.close();
    }
    active().forEach(run -> run.cancelBecause(CLOSED));
  }

  /** Gives up what is still being undone. */
  void stopCompensating() {
    active().forEach(run -> run.stopCompensating(CLOSED));
  }

  /** What is left to do when a run ends. Keeps the workflow alive, and so its deployment. */
  private class Ending implements RunOwner, RunBackground {
    private final Workflow<?, ?> workflow;
    private final PlannedWorkflow planned;
    private final Deployment deployment;
    private final RunId id;
    private final RunGate.@Nullable Ticket ticket;
    private volatile FlowClock.@Nullable Alarm alarm;
    private final @Nullable Object input; // null where no recovery could ask for it
    private final @Nullable RunId recovers; // null: it is no recovery
    private volatile Traffic traffic = Traffic.NONE; // of its recovery, then of both

    Ending(
        Workflow<?, ?> workflow,
        PlannedWorkflow planned,
        RunId id,
        RunGate.@Nullable Ticket ticket,
        @Nullable Object input,
        @Nullable RunId recovers) {
      this.workflow = workflow;
      this.planned = planned;
      this.deployment = planned.acquire();
      this.id = id;
      this.ticket = ticket;
      this.input = input;
      this.recovers = recovers;
    }

    @Override
    public boolean canRecover() {
      return workflow.onFailure().isPresent();
    }

    @Override
    public EngineRun recover(FailureSite site, Throwable cause) {
      Workflow<?, ?> recovery = workflow.onFailure().orElseThrow();
      PlannedWorkflow plan = planner.planned(recovery);
      // It has no ticket: the failed run keeps its place until the recovery has ended.
      Ending ending = new Ending(recovery, plan, ids.next(), null, null, id) {
        @Override
        public void ended(
            RunStatus status, @Nullable RunException failure, @Nullable Object output) {
          super.ended(status, failure, output);
          Ending.this.traffic = traffic();
        }
      };
      return prepare(ending, new TaskFailure(site, cause, input));
    }

    @Override
    public List<WorkerEngine> engines() {
      return deployment.workers().stream().map(Runs.this::engine).toList();
    }

    @Override
    public void ended(RunStatus status, @Nullable RunException failure, @Nullable Object output) {
      containers.ended(id, output);
      if (listener != null) {
        listener.on(new RunEvent.RunEnded(id, clock.nanos(), workflow.name(), status, failure));
      }
      active.remove(id);
      if (meter != null) {
        traffic = traffic.plus(meter.close(id));
      }
      stopAlarm();
      if (gate != null && ticket != null) {
        EngineRun next = gate.leave(ticket);
        if (next != null) {
          engine(next.deployment().home()).begin(next);
        }
      }
      planned.release(deployment);
      planner.runEnded(planned);
    }

    void stopAlarm() {
      FlowClock.Alarm pending = alarm;
      if (pending != null) {
        pending.cancel();
      }
    }

    @Override
    public Traffic traffic() {
      return traffic;
    }

    @Override
    public RunForecaster forecaster(EngineRun run) {
      return new RunForecaster(run, clock, planned.history().orElse(null));
    }

    @Override
    public String toString() {
      return "end of a run of " + workflow;
    }
  }
}
