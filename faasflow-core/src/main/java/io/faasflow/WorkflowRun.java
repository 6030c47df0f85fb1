package io.faasflow;

import io.faasflow.engine.EngineRun;
import io.faasflow.engine.FunctionThreads;
import io.faasflow.engine.Onlooker;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.run.NodeState;
import io.faasflow.run.Progress;
import io.faasflow.run.RunCancelledException;
import io.faasflow.run.RunException;
import io.faasflow.run.RunForecast;
import io.faasflow.run.RunId;
import io.faasflow.run.RunStatus;
import io.faasflow.run.TaskProgress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A run that was started, and the handle to await or cancel it. Thread-safe.
 *
 * @param <O> what the workflow gives
 */
public final class WorkflowRun<O> {
  private final EngineRun run;
  private final FunctionThreads threads;
  private final RunBackground background;
  private @Nullable RunForecaster forecaster; // guarded by this; null until somebody asks

  WorkflowRun(EngineRun run, FunctionThreads threads, RunBackground background) {
    this.run = run;
    this.threads = threads;
    this.background = background;
  }

  /** The run's id. */
  public RunId id() {
    return run.id();
  }

  /** The workflow's name. */
  public String workflow() {
    return run.deployment().workflow();
  }

  /** Where the run stands. */
  public RunStatus status() {
    return run.status();
  }

  /** How far the run is: a look from outside, which may be a moment old. */
  public Progress progress() {
    return run.progress();
  }

  /**
   * How far the run is, weighed by what its tasks are expected to take, and how long it may still take:
   * by past runs where the runtime {@linkplain FaasFlow.Builder#rememberRuntimes remembers} them, else
   * by the runtimes that the workflow declares, and by the pace of this run so far. It costs nothing
   * unless it is asked for; who asks often gets better answers.
   */
  public RunForecast forecast() {
    return forecaster().forecast();
  }

  private synchronized RunForecaster forecaster() {
    RunForecaster known = forecaster;
    if (known == null) {
      known = background.forecaster(run);
      forecaster = known;
    }
    return known;
  }

  /**
   * Where the tasks stand, in the order in which they can run: a look from outside, which may be a moment
   * old. Empty when the run neither waits nor runs: then its workers have forgotten that, and a {@link
   * io.faasflow.observe.RunTimeline} tells.
   */
  public List<TaskProgress> tasks() {
    FunctionGraph graph = run.deployment().graph();
    SortedMap<Integer, TaskProgress> tasks = new TreeMap<>();
    run.show((node, state, done, instances) -> {
      String name = String.join(", ", FunctionGraph.tasksOf(graph.nodes().get(node)));
      boolean isOver = state == NodeState.COMPLETED || state == NodeState.SKIPPED;
      tasks.put(
          node,
          instances == Onlooker.UNKNOWN
              ? new TaskProgress(name, state, isOver ? 1 : 0, 1)
              : new TaskProgress(name, state, done, instances));
    });
    // Looked at afterwards, or what was seen could be of a run that is being forgotten.
    RunStatus now = status();
    return now == RunStatus.QUEUED || now == RunStatus.RUNNING
        ? List.copyOf(tasks.values())
        : List.of();
  }

  /**
   * Waits for the run's output. An interrupt of the waiting thread ends the waiting, not the run.
   *
   * @throws RunException when the run did not complete
   * @throws InterruptedException when this thread is interrupted
   */
  public O await() throws InterruptedException {
    FunctionThreads.StandIn standIn = threads.standIn();
    try {
      return typed().get();
    } catch (ExecutionException e) {
      throw failure(e);
    } finally {
      standIn.close();
    }
  }

  /**
   * Waits for the run's end, for so long at most; zero or less: not at all.
   *
   * @return how the run ended; empty when it has not ended yet
   * @throws InterruptedException when this thread is interrupted
   */
  public Optional<WorkflowResult<O>> await(Duration atMost) throws InterruptedException {
    FunctionThreads.StandIn standIn = threads.standIn();
    try {
      O output = typed().get(nanos(atMost), TimeUnit.NANOSECONDS);
      return Optional.of(
          new WorkflowResult<>(id(), workflow(), status(), background.traffic(), output, null));
    } catch (TimeoutException e) {
      return Optional.empty();
    } catch (ExecutionException e) {
      return Optional.of(
          new WorkflowResult<>(id(), workflow(), status(), background.traffic(), null, failure(e)));
    } finally {
      standIn.close();
    }
  }

  private static long nanos(Duration duration) {
    if (duration.isNegative()) {
      return 0;
    }
    try {
      return duration.toNanos();
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE; // 292 years will do
    }
  }

  /**
   * Waits for the run's end, whichever it is. An interrupt of the waiting thread ends the waiting,
   * not the run.
   *
   * @throws InterruptedException when this thread is interrupted
   */
  public WorkflowResult<O> result() throws InterruptedException {
    return await(Duration.ofNanos(Long.MAX_VALUE)).orElseThrow();
  }

  /**
   * Stops the run: its functions are interrupted, what waits never runs, its data are released.
   *
   * <p>Of a run that has failed, and recovers from that with its workflow's {@code onFailure}, it stops
   * the recovery: the run ends as cancelled. What is being undone is undone all the same.
   *
   * @return whether this call stopped a function or kept it from beginning; false when the run had ended
   *     before, or had failed and its recovery had not begun
   */
  public boolean cancel() {
    return run.cancel("its handle was asked to");
  }

  void stopCompensating(String reason) {
    run.stopCompensating(reason);
  }

  void cancelBecause(String reason) {
    run.cancel(reason);
  }

  /**
   * A future of the output. It fails with a {@link RunException}. What is chained to it without an
   * executor runs on a thread of the runtime. Completing or cancelling it does not touch the run.
   */
  public CompletableFuture<O> toFuture() {
    return typed().copy();
  }

  /**
   * Waits without giving up the run's fate: an interrupt cancels the run. The caller is told how the run
   * has ended, or, while what it did is being undone, is about to.
   */
  O awaitOrCancel() {
    try {
      return await();
    } catch (InterruptedException e) {
      String reason = "the thread that waited for it was interrupted";
      run.cancel(reason);
      Thread.currentThread().interrupt();
      CompletableFuture<O> future = typed();
      if (future.isDone() && !future.isCompletedExceptionally()) {
        return future.join();
      }
      RunException end = failureSoFar();
      throw end != null ? end : new RunCancelledException(id(), workflow(), reason, e);
    }
  }

  private @Nullable RunException failureSoFar() {
    return run.future().isDone()
        ? typed().handle((output, failure) -> (RunException) failure).join()
        : run.ending();
  }

  @SuppressWarnings("unchecked") // the workflow's type says what its runs give
  private CompletableFuture<O> typed() {
    return (CompletableFuture<O>) (CompletableFuture<?>) run.future();
  }

  private static RunException failure(ExecutionException e) {
    if (e.getCause() instanceof RunException failure) {
      return failure;
    }
    throw new IllegalStateException("A run failed with something that is no RunException", e);
  }

  @Override
  public String toString() {
    return "run " + id() + " of '" + workflow() + "' " + status();
  }
}
