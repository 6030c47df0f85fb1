package io.faasflow.observe;

import io.faasflow.container.ContainerUsage;
import io.faasflow.run.RunException;
import io.faasflow.run.RunId;
import io.faasflow.run.RunStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What happened in a run. Immutable. Times are nanoseconds of the runtime's clock, which count from an
 * arbitrary moment.
 */
public sealed interface RunEvent {
  /** A size that is not known. */
  long UNKNOWN_BYTES = -1;

  /** The run. */
  RunId run();

  /** When it happened, or was over. */
  long nanos();

  /**
   * A run was started.
   *
   * @param workflow the workflow's name
   * @param planVersion the version of the plan that it follows
   * @param recovers the run, which has failed, whose output it is to give; null: it does not
   */
  record RunStarted(
      RunId run,
      long nanos,
      String workflow,
      int planVersion,
      @Nullable RunId recovers) implements RunEvent {
    /** A run that recovers no other. */
    public RunStarted(RunId run, long nanos, String workflow, int planVersion) {
      this(run, nanos, workflow, planVersion, null);
    }
  }

  /**
   * A run has ended.
   *
   * @param workflow the workflow's name
   * @param status how
   * @param failure what its caller gets; null where it completed
   */
  record RunEnded(
      RunId run,
      long nanos,
      String workflow,
      RunStatus status,
      @Nullable RunException failure) implements RunEvent {}

  /** A task on its worker. */
  sealed interface OfTask extends RunEvent {
    /** Where. */
    Site site();
  }

  /**
   * A task, or one instance of it, on its worker.
   *
   * @param node the node of the function graph that it belongs to: of a task in a foreach, the
   *     outermost foreach
   * @param task the task's name; of a foreach, one that begins with {@code #}
   * @param function the function's name
   * @param instance the instance of each enclosing foreach, outermost first
   * @param worker the worker's name
   */
  record Site(int node, String task, String function, List<Integer> instance, String worker) {}

  /** How an attempt ended. */
  enum Outcome {
    /** It gave an output. */
    COMPLETED,
    /** It threw something. */
    FAILED,
    /** It took longer than its task may. */
    TIMED_OUT
  }

  /**
   * An attempt of a task is over.
   *
   * @param attempt which one, from 1
   * @param outcome how it ended
   * @param readyNanos when it could have begun
   * @param startNanos when it began
   * @param nanos when it ended
   * @param outputBytes the size of its output; {@link #UNKNOWN_BYTES} where it is not known, and
   *     where there is none
   * @param failure what it threw; null where it completed
   */
  record Attempted(
      RunId run,
      Site site,
      int attempt,
      Outcome outcome,
      long readyNanos,
      long startNanos,
      long nanos,
      long outputBytes,
      @Nullable Throwable failure)
      implements OfTask {}

  /**
   * An attempt to undo a task is over. The run has not completed.
   *
   * @param attempt which one, from 1
   * @param startNanos when it began
   * @param failure what it threw; null where the task is undone
   */
  record Compensated(
      RunId run,
      Site site,
      int attempt,
      long startNanos,
      long nanos,
      @Nullable Throwable failure) implements OfTask {}

  /**
   * A call in a container has been answered: part of the attempt of that number, whose end follows.
   *
   * @param attempt which one, from 1
   * @param usage what the call took
   */
  record Contained(RunId run, Site site, int attempt, long nanos, ContainerUsage usage)
      implements OfTask {}

  /** A task does not run, because a switch chose another way. */
  record Skipped(RunId run, Site site, long nanos) implements OfTask {}

  /**
   * One instance of a foreach is done.
   *
   * @param site the foreach; its instance is the one that is done
   * @param startNanos when it began
   */
  record InstanceEnded(RunId run, Site site, long startNanos, long nanos) implements OfTask {}

  /**
   * All instances of a foreach are done.
   *
   * @param site the foreach
   * @param startNanos when it began
   * @param instances how many there were
   * @param outputBytes the size of all outputs together; {@link #UNKNOWN_BYTES} where it is not known
   */
  record ForeachEnded(
      RunId run, Site site, long startNanos, long nanos, int instances, long outputBytes)
      implements OfTask {}

  /**
   * An output was saved for its readers: for those on other workers, and with a store for each worker
   * also for those on its own.
   *
   * @param startNanos when that began
   * @param nanos when all could read it; the worker may have gone on meanwhile
   * @param bytes its size; {@link #UNKNOWN_BYTES} where it is not known
   * @param tier where it was put: {@link Saved#HEAP}, or what the store says, such as {@code memory}
   * @param reason why it was put there; empty where there is no choice
   */
  record Saved(
      RunId run, Site site, long startNanos, long nanos, long bytes, String tier, String reason)
      implements OfTask {
    /** The tier of a store that keeps references for all workers. */
    public static final String HEAP = "heap";
  }

  /**
   * The output of a task was fetched that was not in the memory of its reader's worker: of a task on
   * another worker for all readers here, or of one here that the store had put elsewhere.
   *
   * @param site whose output it is; but the worker is the one that fetched it
   * @param startNanos when that began
   * @param bytes its size; {@link #UNKNOWN_BYTES} where it is not known
   * @param tier where it was: {@link Saved#HEAP}, or what the store says
   */
  record Fetched(RunId run, Site site, long startNanos, long nanos, long bytes, String tier)
      implements OfTask {}
}
