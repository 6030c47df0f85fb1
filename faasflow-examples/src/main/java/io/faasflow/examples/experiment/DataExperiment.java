package io.faasflow.examples.experiment;

import io.faasflow.WorkflowRun;
import io.faasflow.faastore.RemoteTier;
import io.faasflow.workflow.Workflow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Measures what the data of workflows cost: runs a workflow, with generated functions, with {@link
 * io.faasflow.faastore.FaaStore}, and with all data in the remote tier, in turns.
 *
 * <p>Thread-safe, for one measurement at a time.
 */
public final class DataExperiment {
  private final Conditions conditions;
  private final RemoteTier tier;
  private final long memoryBytes;
  private final AtomicReference<Optional<WorkflowRun<?>>> current =
      new AtomicReference<>(Optional.empty());
  private volatile boolean stopped;

  /**
   * @param conditions their bandwidth is that of the remote tier's line
   * @param tier where data go; not closed by this
   * @param memoryBytes what FaaStore may take of each worker's memory, 0 or more
   */
  public DataExperiment(Conditions conditions, RemoteTier tier, long memoryBytes) {
    this.conditions = Objects.requireNonNull(conditions, "conditions");
    this.tier = Objects.requireNonNull(tier, "tier");
    this.memoryBytes = memoryBytes;
  }

  /**
   * Measures a workflow. Blocks until all runs are done.
   *
   * @param source the file that it was read from
   * @throws io.faasflow.partition.PartitionException when the workers have no room for it
   * @throws io.faasflow.run.RunException when a run does not complete
   * @throws InterruptedException when this thread is interrupted, or the experiment was {@linkplain
   *     #stop() stopped} before a run
   */
  public DataFigures measure(
      Workflow<Map<String, Object>, Object> workflow,
      String source,
      SchedulingExperiment.Listener listener)
      throws InterruptedException {
    List<DataSample> remoteOnly = new ArrayList<>();
    List<DataSample> faaStore = new ArrayList<>();
    int rounds = conditions.warmUpRuns() + conditions.runs();
    try (DataLab far = new DataLab(workflow, conditions, tier, 0);
        DataLab near = new DataLab(workflow, conditions, tier, memoryBytes)) {
      for (int round = 0; round < rounds; round++) {
        boolean counts = round >= conditions.warmUpRuns();
        DataSample one = run(far, listener, 2 * round, 2 * rounds);
        DataSample other = run(near, listener, 2 * round + 1, 2 * rounds);
        if (counts) {
          remoteOnly.add(one);
          faaStore.add(other);
        }
      }
    }
    return new DataFigures(
        workflow.name(), source, conditions.bytesPerSecond(), remoteOnly, faaStore);
  }

  private DataSample run(DataLab lab, SchedulingExperiment.Listener listener, int done, int total)
      throws InterruptedException {
    listener.progress(done, total);
    if (stopped) {
      throw new InterruptedException("the experiment was stopped");
    }
    try {
      return lab.run(this::begun, () -> listener.progress(done, total));
    } finally {
      current.set(Optional.empty());
    }
  }

  private void begun(WorkflowRun<?> run) {
    current.set(Optional.of(run));
    if (stopped) {
      run.cancel(); // stop() may have come before there was a run to cancel
    }
  }

  /** Cancels the run that goes on, and begins no more. May be called by any thread. */
  public void stop() {
    stopped = true;
    current.get().ifPresent(WorkflowRun::cancel);
  }
}
