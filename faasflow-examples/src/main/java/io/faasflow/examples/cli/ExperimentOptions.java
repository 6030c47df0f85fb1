package io.faasflow.examples.cli;

import io.faasflow.examples.experiment.Conditions;
import io.faasflow.examples.generated.Scale;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What experiments have in common: which workflows, on what, and where the figures go. */
final class ExperimentOptions {
  static final double BYTES_A_MEGABYTE = 1e6;
  private static final int MAX_WORKERS = WorkerOptions.MAX_WORKERS;

  @Parameters(
      paramLabel = "FILE",
      arity = "1..*",
      description = "A workflow, or a folder: all *.yaml and *.yml in it that are workflows.")
  private List<String> names = new ArrayList<>();

  @Option(
      names = "--workers",
      paramLabel = "N",
      defaultValue = "7",
      description = "How many workers, 1 to " + MAX_WORKERS + " (default: ${DEFAULT-VALUE}).")
  private int workers;

  @Option(
      names = "--slots",
      paramLabel = "S",
      defaultValue = "96",
      description =
          "Container slots of each worker, which 'scale' counts (default:" + " ${DEFAULT-VALUE}).")
  private int slots;

  @Option(
      names = "--cpus",
      paramLabel = "C",
      defaultValue = "1000",
      description =
          "The CPU cores that plans count on for each worker. Generated functions sleep, so"
              + " that the default is more than they can use (default: ${DEFAULT-VALUE}).")
  private double cpus;

  @Option(
      names = "--scale-runtime",
      paramLabel = "F",
      defaultValue = "0.01",
      description = "What declared runtimes are multiplied by (default: ${DEFAULT-VALUE}).")
  private double scaleRuntime;

  @Option(
      names = "--csv",
      paramLabel = "PATH",
      description = "Write all figures, in seconds and bytes, to this file.")
  private @Nullable String csv;

  List<Subject> subjects(Path folder) throws IOException {
    return Subject.find(names, folder);
  }

  ResultFile csv(Path folder) {
    return new ResultFile(csv, folder);
  }

  /**
   * What these options and those of an experiment make together.
   *
   * @throws UsageException when one of them is out of range
   */
  Conditions conditions(
      Duration latency,
      double bytesPerSecond,
      int runs,
      int warmUp,
      double scaleBytes,
      Duration deadline) {
    UsageException.unless(
        workers >= 1 && workers <= MAX_WORKERS,
        "--workers must be from 1 to " + MAX_WORKERS + ", was " + workers);
    UsageException.unless(slots >= 0, "--slots must be 0 or more, was " + slots);
    UsageException.unless(
        cpus > 0 && cpus <= Conditions.MAX_CPUS,
        "--cpus must be above 0, and at most " + Conditions.MAX_CPUS + ", was " + cpus);
    try {
      return new Conditions(
          workers,
          slots,
          latency,
          bytesPerSecond,
          cpus,
          runs,
          warmUp,
          new Scale(scaleBytes, scaleRuntime),
          deadline);
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }
}
