package io.faasflow.engine;

import io.faasflow.run.FailureSite;
import io.faasflow.run.NodeState;
import io.faasflow.run.Progress;
import io.faasflow.run.RunCancelledException;
import io.faasflow.run.RunDeadlineException;
import io.faasflow.run.RunException;
import io.faasflow.run.RunId;
import io.faasflow.run.RunStatus;
import io.faasflow.run.TaskFailedException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A run, at its home. The status becomes a terminal one once, by compare-and-set; who makes that
 * move, and nobody else, tells the other workers and the caller.
 */
public final class EngineRun {
  private final AtomicReference<RunStatus> status = new AtomicReference<>(RunStatus.RUNNING);
  private final CompletableFuture<@Nullable Object> future = new CompletableFuture<>();
  private final WorkerEngine engine;
  private final RunRef ref;
  private final Deployment deployment;
  private final RunOwner owner;

  // Null once the run has ended: hosts may keep handles for long, and state is large.
  private volatile @Nullable RunState state;
  private volatile @Nullable Progress finished; // null until the run has ended

  // Who gives up on what is being undone writes `gaveUp`, then reads `undoing` and `recovery`; who
  // begins to undo, or to recover, writes those and then reads it. So one of the two sees both.
  private volatile @Nullable Undoing undoing;
  private volatile @Nullable String gaveUp; // why
  private volatile long begunMillis; // 0 where it did not have to wait

  // Of a run that has failed and may recover. Who wants to stop it writes `stop` and then reads
  // `recovery`; who begins the recovery writes and reads them the other way around. So one of the
  // two sees both.
  private volatile @Nullable EngineRun recovery;
  private volatile @Nullable Stop stop;
  private volatile @Nullable RunException
      ending; // with what it is to end, once nothing can change that

  /** What a recovery is to end with. */
  private record Stop(RunStatus end, RunException thrown) {}

  /** Where a run failed, and why. */
  private record Failure(FailureSite site, Throwable cause) {}

  EngineRun(
      WorkerEngine engine,
      RunRef ref,
      Deployment deployment,
      @Nullable Object input,
      RunOwner owner) {
    this.engine = engine;
    this.ref = ref;
    this.deployment = deployment;
    this.owner = owner;
    this.state = new RunState(engine, ref, deployment, this, input);
  }

  @Nullable
  RunState state() {
    return state;
  }

  /** Lets the run wait before it begins. Only before anybody else knows it. */
  public void queue() {
    status.set(RunStatus.QUEUED);
  }

  /** The run's id. */
  public RunId id() {
    return ref.id();
  }

  /** The workflow and plan that it runs. */
  public Deployment deployment() {
    return deployment;
  }

  /** Where it stands. */
  public RunStatus status() {
    return status.get();
  }

  /** Completes when the run ends, with its result or a {@link io.faasflow.run.RunException}. */
  public CompletableFuture<@Nullable Object> future() {
    return future;
  }

  /** How far the run is. */
  public Progress progress() {
    Progress seen = progressNow();
    // Looked at afterwards: it is known before any worker forgets what it has done.
    Progress end = finished;
    return end == null ? seen : end;
  }

  private Progress progressNow() {
    Count count = new Count();
    show(count);
    return new Progress(count.done, count.total);
  }

  /** A task counts once, a foreach by its instances. */
  private static final class Count implements Onlooker {
    private long done;
    private long total;

    @Override
    public void see(int node, NodeState state, int instancesDone, int instances) {
      if (instances == UNKNOWN) {
        done += state == NodeState.COMPLETED || state == NodeState.SKIPPED ? 1 : 0;
        total++;
      } else {
        done += instancesDone;
        total += instances;
      }
    }
  }

  /**
   * Shows where all nodes stand that are no virtual ones. Of a run that has ended workers have forgotten
   * that.
   */
  public void show(Onlooker onlooker) {
    for (WorkerEngine one : owner.engines()) {
      one.show(this, onlooker);
    }
  }

  void complete(@Nullable Object output) {
    if (move(RunStatus.COMPLETED)) {
      stop(true);
      owner.ended(RunStatus.COMPLETED, null, output);
      future.complete(output);
    }
  }

  void fail(FailureSite site, Throwable cause) {
    boolean ignored = end(
        RunStatus.FAILED,
        new TaskFailedException(ref.id(), deployment.workflow(), site, cause),
        new Failure(site, cause));
  }

  /**
   * Ends the run; its functions are interrupted.
   *
   * @return whether this call ended it; false: it had ended before
   */
  public boolean cancel(String reason) {
    return stop(
        RunStatus.CANCELLED, new RunCancelledException(ref.id(), deployment.workflow(), reason));
  }

  /** Ends the run because its time is up; its functions are interrupted. */
  public void expire(Duration deadline) {
    EngineRun now = Objects.requireNonNullElse(recovery, this);
    List<String> executing = now.owner.engines().stream()
        .flatMap(one -> one.executingTasks(now).stream())
        .distinct()
        .toList();
    boolean ignored = stop(
        RunStatus.TIMED_OUT,
        new RunDeadlineException(
            ref.id(),
            deployment.workflow(),
            deadline,
            executing.isEmpty() ? "" : "; running were " + executing));
  }

  /**
   * What a run that does not complete is about to fail with, while what it did is being undone; null: it
   * is not that far, or its failure may yet be recovered from.
   */
  public @Nullable RunException ending() {
    Stop wanted = stop;
    return wanted != null ? wanted.thrown() : owner.canRecover() ? null : ending;
  }

  /** Does not wait any longer for what is being undone. */
  public void stopCompensating(String reason) {
    gaveUp = reason;
    Undoing current = undoing;
    if (current != null) {
      current.giveUp(reason);
    }
    EngineRun other = recovery;
    if (other != null) {
      other.stopCompensating(reason);
    }
  }

  /** Ends the run, or what runs in its place since it has failed, now or as soon as it does. */
  private boolean stop(RunStatus end, RunException thrown) {
    if (end(end, thrown, null)) {
      return true;
    }
    if (!owner.canRecover() || status().isTerminal()) {
      return false;
    }
    stop = new Stop(end, thrown);
    EngineRun other = recovery;
    return other != null && other.end(end, thrown, null);
  }

  /**
   * Ends the run without its output: at once, or when what it has done is undone.
   *
   * @param failure what it may recover from; null: nothing
   */
  private boolean end(RunStatus end, RunException thrown, @Nullable Failure failure) {
    Failure recoverable = owner.canRecover() ? failure : null;
    RunStatus next = deployment.hasCompensations()
        ? RunStatus.COMPENSATING
        : recoverable != null ? RunStatus.RECOVERING : end;
    if (!move(next)) {
      return false;
    }
    ending = thrown;
    List<Effects.Effect> effects = stop(false);
    if (effects.isEmpty()) {
      undone(end, thrown, recoverable);
    } else {
      Undoing work = new Undoing(engine, effects, failures -> {
        failures.forEach(thrown::addSuppressed);
        undone(end, thrown, recoverable);
      });
      undoing = work;
      String reason = gaveUp;
      if (reason != null) {
        work.giveUp(reason);
      }
      work.begin();
    }
    return true;
  }

  private void undone(RunStatus end, RunException thrown, @Nullable Failure recoverable) {
    if (recoverable == null) {
      conclude(end, thrown);
      return;
    }
    status.set(RunStatus.RECOVERING);
    undoing = null;
    EngineRun other;
    try {
      other = owner.recover(recoverable.site(), recoverable.cause());
    } catch (Throwable e) {
      thrown.addSuppressed(e);
      conclude(end, thrown);
      return;
    }
    recovery = other;
    CompletableFuture<?> unused =
        other.future.whenComplete((output, problem) -> recovered(other, output, problem, thrown));
    Stop wanted = stop;
    if (wanted != null) {
      boolean ignored = other.end(wanted.end(), wanted.thrown(), null);
    }
    String reason = gaveUp;
    if (reason != null) {
      other.stopCompensating(reason);
    }
    other.engine.begin(other); // nothing happens if it has ended already
  }

  private void recovered(
      EngineRun other, @Nullable Object output, @Nullable Throwable problem, RunException failure) {
    if (problem == null) {
      long total = Objects.requireNonNull(finished).total();
      finished = new Progress(total, total);
      status.set(RunStatus.COMPLETED);
      owner.ended(RunStatus.COMPLETED, null, output);
      future.complete(output);
      return;
    }
    RunStatus end = other.status();
    if (end != RunStatus.FAILED && problem instanceof RunException stopped) {
      stopped.addSuppressed(failure);
      conclude(end, stopped);
    } else {
      failure.addSuppressed(problem);
      conclude(RunStatus.FAILED, failure);
    }
  }

  private void conclude(RunStatus end, RunException thrown) {
    status.set(end);
    undoing = null;
    owner.ended(end, thrown, null);
    future.completeExceptionally(thrown);
  }

  /** True for the one who ends the run. */
  private boolean move(RunStatus end) {
    RunStatus before = status.get();
    while (before == RunStatus.QUEUED || before == RunStatus.RUNNING) {
      RunStatus found = status.compareAndExchange(before, end);
      if (found == before) {
        return true;
      }
      before = found;
    }
    return false;
  }

  /** It may go on now, if it has not ended while it waited. */
  boolean begin() {
    if (status.get() == RunStatus.QUEUED) {
      begunMillis = engine.clock().millis(); // before anybody sees that it is running
    }
    return status.compareAndSet(RunStatus.QUEUED, RunStatus.RUNNING)
        || status.get() == RunStatus.RUNNING;
  }

  /** When it began, in milliseconds since 1970. */
  public long begunMillis() {
    long waited = begunMillis;
    return waited == 0 ? ref.id().epochMillis() : waited;
  }

  /** Stops the run on all workers. Gives what is to be undone. */
  private List<Effects.Effect> stop(boolean completed) {
    RunState ending = Objects.requireNonNull(state);
    ending.end();
    // What was done, and with a foreach how much there was to do, is known to frames alone, which
    // are forgotten next.
    int functions = deployment.functions();
    Progress seen =
        deployment.hasLoops() || !completed ? progressNow() : new Progress(functions, functions);
    // A worker whose foreach a master has skipped was not told: complete is complete.
    finished = completed ? new Progress(seen.total(), seen.total()) : seen;
    List<Effects.Effect> effects = List.of();
    if (completed) {
      ending.takeToUndo(true);
    } else if (deployment.hasCompensations()) {
      effects =
          owner.engines().stream().flatMap(one -> one.takeToUndo(this).stream()).toList();
    }
    engine.ended(ending, completed, !completed || ending.hasFailedInstances());
    state = null;
    return effects;
  }
}
