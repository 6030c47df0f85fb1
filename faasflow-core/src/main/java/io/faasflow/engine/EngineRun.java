package io.faasflow.engine;

import io.faasflow.run.FailureSite;
import io.faasflow.run.Progress;
import io.faasflow.run.RunCancelledException;
import io.faasflow.run.RunDeadlineException;
import io.faasflow.run.RunId;
import io.faasflow.run.RunStatus;
import io.faasflow.run.TaskFailedException;
import java.time.Duration;
import java.util.List;
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
  private volatile Progress finished = new Progress(0, 0);

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
    return state == null ? finished : owner.progress(this);
  }

  void complete(@Nullable Object output) {
    if (win(RunStatus.COMPLETED)) {
      future.complete(output);
    }
  }

  void fail(FailureSite site, Throwable cause) {
    TaskFailedException failure =
        new TaskFailedException(ref.id(), deployment.workflow(), site, cause);
    if (win(RunStatus.FAILED)) {
      future.completeExceptionally(failure);
    }
  }

  /**
   * Ends the run; its functions are interrupted.
   *
   * @return whether this call ended it; false: it had ended before
   */
  public boolean cancel(String reason) {
    if (!win(RunStatus.CANCELLED)) {
      return false;
    }
    future.completeExceptionally(
        new RunCancelledException(ref.id(), deployment.workflow(), reason));
    return true;
  }

  /** Ends the run because its time is up; its functions are interrupted. */
  public void expire(Duration deadline) {
    List<String> executing = owner.executingTasks(this);
    if (win(RunStatus.TIMED_OUT)) {
      future.completeExceptionally(new RunDeadlineException(
          ref.id(),
          deployment.workflow(),
          deadline,
          executing.isEmpty() ? "" : "; running were " + executing));
    }
  }

  private boolean win(RunStatus end) {
    RunStatus before = status.get();
    while (!before.isTerminal()) {
      RunStatus found = status.compareAndExchange(before, end);
      if (found == before) {
        finish(end);
        return true;
      }
      before = found;
    }
    return false;
  }

  /** It may go on now, if it has not ended while it waited. */
  boolean begin() {
    return status.compareAndSet(RunStatus.QUEUED, RunStatus.RUNNING)
        || status.get() == RunStatus.RUNNING;
  }

  private void finish(RunStatus end) {
    RunState ending = state;
    if (ending != null) {
      ending.end();
      // What was done, and with a foreach how much there was to do, is known to frames alone, which
      // are forgotten next.
      int functions = deployment.functions();
      finished = deployment.hasLoops() || end != RunStatus.COMPLETED
          ? owner.progress(this)
          : new Progress(functions, functions);
      engine.ended(ending, end != RunStatus.COMPLETED || ending.hasFailedInstances());
      state = null;
    }
    owner.ended(end);
  }
}
