package io.faasflow.examples.cli;

import io.faasflow.examples.experiment.Conditions;
import io.faasflow.examples.experiment.SchedulingChart;
import io.faasflow.examples.experiment.SchedulingCsv;
import io.faasflow.examples.experiment.SchedulingExperiment;
import io.faasflow.examples.experiment.WorkflowFigures;
import io.faasflow.partition.PartitionException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code faasflow bench scheduling}. */
@Command(
    name = "scheduling",
    description = {
      "Measures what scheduling costs: worker-side against master-side, each with the partitioners"
          + " locality (ours), greedy (FaaSFlow's) and hash.",
      "",
      "Each workflow is run in all six settings, round after round, one run at a time. Its functions"
          + " are generated: they sleep for their declared runtimes, scaled. The overhead of a run is"
          + " its end-to-end latency less the functions' own times, as measured in them, along the"
          + " critical path.",
      "",
      "Messages cost what --latency and --bandwidth say. Data do not: they are handed over within the"
          + " JVM. Counted is what would travel: the size of each output, for each worker that reads"
          + " it and did not make it."
    },
    footer = {
      "  faasflow bench scheduling workflow.yaml",
      "  faasflow bench scheduling workflows/ --csv overhead.csv --svg overhead.svg",
      "  faasflow bench scheduling workflow.yaml --latency 0 --runs 100"
    })
final class BenchSchedulingCommand implements Callable<Integer> {

  @Mixin
  private final ExperimentOptions options = new ExperimentOptions();

  @Option(
      names = "--latency",
      paramLabel = "TIME",
      defaultValue = "500us",
      converter = Quantity.LatencyConverter.class,
      description =
          "The one-way time of a message: 500us, 2ms; with 0, messages are calls within the"
              + " JVM and have no size (default: ${DEFAULT-VALUE}).")
  private Duration latency = Duration.ZERO;

  @Option(
      names = "--bandwidth",
      paramLabel = "MB",
      defaultValue = "50",
      description =
          "What each worker's line carries of messages, in MB/s (default:" + " ${DEFAULT-VALUE}).")
  private double bandwidth;

  @Option(
      names = "--runs",
      paramLabel = "N",
      defaultValue = "20",
      description = "How many runs of each setting count (default: ${DEFAULT-VALUE}).")
  private int runs;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      defaultValue = "5",
      description = "How many come before, and do not (default: ${DEFAULT-VALUE}).")
  private int warmUp;

  @Option(
      names = "--scale-bytes",
      paramLabel = "F",
      defaultValue = "0.001",
      description = "What declared sizes above 64 bytes are multiplied by, 0 to 1 (default:"
          + " ${DEFAULT-VALUE}).")
  private double scaleBytes;

  @Option(
      names = "--deadline",
      paramLabel = "TIME",
      defaultValue = "1m",
      converter = Quantity.DurationConverter.class,
      description = "Give up when a run takes longer (default: ${DEFAULT-VALUE}).")
  private Duration deadline = Duration.ZERO;

  @Option(
      names = "--svg",
      paramLabel = "PATH",
      description = "Draw the median overheads to this file.")
  private @Nullable String svg;

  private final Terminal terminal;

  BenchSchedulingCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Conditions conditions = conditions();
    ResultFile csvFile = options.csv(terminal.folder());
    ResultFile svgFile = new ResultFile(svg, terminal.folder());
    csvFile.check();
    svgFile.check();
    SchedulingExperiment experiment = new SchedulingExperiment(conditions);
    List<Subject> subjects = options.subjects(terminal.folder());
    for (Subject subject : subjects) {
      if (!hasRoom(experiment, subject)) {
        return ExitCode.FAILED;
      }
    }
    SchedulingReport report = new SchedulingReport(conditions);
    terminal.out().println(report.heading());
    List<WorkflowFigures> all = new ArrayList<>();
    long start = System.nanoTime();
    Interrupts.Registration interrupts = terminal.interrupts().onInterrupt(experiment::stop);
    try (interrupts) {
      for (Subject subject : subjects) {
        all.add(measure(experiment, subject, all.size(), subjects.size(), start));
        report.print(all.get(all.size() - 1), terminal.out());
        terminal.out().flush();
        // After each workflow, so that an interrupt does not lose hours.
        csvFile.write(new SchedulingCsv(conditions).text(all));
        svgFile.write(new SchedulingChart(conditions).svg(all));
      }
    }
    report.printSummary(all, terminal.out());
    return ExitCode.FINE;
  }

  private Conditions conditions() {
    UsageException.unless(bandwidth > 0, "--bandwidth must be above 0, was " + bandwidth);
    String range = " to " + Conditions.MAX_RUNS + ", was ";
    UsageException.unless(
        runs >= 1 && runs <= Conditions.MAX_RUNS, "--runs must be from 1" + range + runs);
    UsageException.unless(
        warmUp >= 0 && warmUp <= Conditions.MAX_RUNS, "--warm-up must be from 0" + range + warmUp);
    return options.conditions(
        latency,
        bandwidth * ExperimentOptions.BYTES_A_MEGABYTE,
        runs,
        warmUp,
        scaleBytes,
        deadline);
  }

  private boolean hasRoom(SchedulingExperiment experiment, Subject subject) {
    try {
      experiment.check(subject.workflow());
      return true;
    } catch (PartitionException e) {
      terminal.error(subject.file() + ": " + ErrorMessages.describe(e));
      return false;
    }
  }

  private WorkflowFigures measure(
      SchedulingExperiment experiment, Subject subject, int done, int total, long start)
      throws InterruptedException {
    String file = total == 1
        ? subject.workflow().name()
        : "%s, file %d of %d".formatted(subject.workflow().name(), done + 1, total);
    try (ProgressLine line = new ProgressLine(terminal)) {
      return experiment.measure(
          subject.workflow(),
          subject.file(),
          (run, runsInAll) -> line.show(
              "%3d %%  %s, run %s of %s"
                  .formatted(
                      (100L * done + 100L * run / runsInAll) / total,
                      file,
                      Quantity.count(run + 1L),
                      Quantity.count(runsInAll)),
              System.nanoTime() - start));
    }
  }
}
