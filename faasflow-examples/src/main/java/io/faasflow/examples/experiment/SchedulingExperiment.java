package io.faasflow.examples.experiment;

import io.faasflow.WorkflowRun;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import io.faasflow.graph.Operation;
import io.faasflow.partition.Partitioner;
import io.faasflow.partition.WorkerSpec;
import io.faasflow.workflow.Workflow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Measures what scheduling costs: runs a workflow, with generated functions, in each {@link Setting},
 * and takes from the latency of each run the functions' own times along the critical path.
 *
 * <p>Runs go one at a time, and round after round through all settings, so that what disturbs the
 * machine disturbs all settings alike. Thread-safe, for one measurement at a time.
 */
public final class SchedulingExperiment {
  private final Conditions conditions;
  private final AtomicReference<Optional<WorkflowRun<?>>> current =
      new AtomicReference<>(Optional.empty());
  private volatile boolean stopped;

  /** Is told how far a measurement is. */
  @FunctionalInterface
  public interface Listener {
    /**
     * So many runs are done. Called before each run, and every second of it.
     *
     * @param done how many runs, warming up included
     * @param total how many there will be
     */
    void progress(int done, int total);
  }

  /** An experiment under these conditions. */
  public SchedulingExperiment(Conditions conditions) {
    this.conditions = Objects.requireNonNull(conditions, "conditions");
  }

  /**
   * Finds out whether the workers have room for a workflow in all settings.
   *
   * @throws io.faasflow.partition.PartitionException when they have not
   */
  public void check(Workflow<?, ?> workflow) {
    FunctionGraph graph = FunctionGraph.of(workflow);
    List<WorkerSpec> workers = WorkerSpec.workers(conditions.workers(), conditions.slots());
    for (Partitioner partitioner : Setting.partitioners()) {
      new AsItRuns(partitioner, conditions).partition(graph, workers);
    }
  }

  /**
   * Measures a workflow. Blocks until all runs are done.
   *
   * @param source the file that it was read from
   * @throws io.faasflow.partition.PartitionException when the workers have no room for it
   * @throws io.faasflow.run.RunException when a run does not complete, because of its deadline or
   *     otherwise
   * @throws InterruptedException when this thread is interrupted, or the experiment was {@linkplain
   *     #stop() stopped} before a run
   */
  public WorkflowFigures measure(
      Workflow<Map<String, Object>, Object> workflow, String source, Listener listener)
      throws InterruptedException {
    List<Setting> settings = Setting.all();
    List<Lab> labs = new ArrayList<>();
    try {
      for (Setting setting : settings) {
        labs.add(new Lab(workflow, setting, conditions));
      }
      List<List<Sample>> samples = rounds(labs, listener);
      List<Figures> figures = new ArrayList<>();
      for (int i = 0; i < settings.size(); i++) {
        figures.add(new Figures(settings.get(i), samples.get(i)));
      }
      return new WorkflowFigures(
          workflow.name(), source, functions(FunctionGraph.of(workflow)), figures);
    } finally {
      labs.forEach(Lab::close);
    }
  }

  private static int functions(FunctionGraph graph) {
    int functions = 0;
    for (Node node : graph.nodes()) {
      if (node.operation() instanceof Operation.Loop loop) {
        functions += functions(loop.body());
      } else if (!node.operation().isVirtual()) {
        functions++;
      }
    }
    return functions;
  }

  private List<List<Sample>> rounds(List<Lab> labs, Listener listener) throws InterruptedException {
    List<List<Sample>> samples = new ArrayList<>();
    labs.forEach(any -> samples.add(new ArrayList<>()));
    int rounds = conditions.warmUpRuns() + conditions.runs();
    int total = rounds * labs.size();
    for (int run = 0; run < total; run++) {
      int done = run;
      int lab = run % labs.size();
      listener.progress(done, total);
      Sample sample = run(labs.get(lab), () -> listener.progress(done, total));
      if (run / labs.size() >= conditions.warmUpRuns()) {
        samples.get(lab).add(sample);
      }
    }
    return samples;
  }

  private Sample run(Lab lab, Runnable waiting) throws InterruptedException {
    if (stopped) {
      throw new InterruptedException("the experiment was stopped");
    }
    try {
      return lab.run(this::begun, waiting);
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
