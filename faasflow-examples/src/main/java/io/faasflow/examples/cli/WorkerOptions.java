package io.faasflow.examples.cli;

import io.faasflow.partition.Partitioner;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** On what a workflow runs. */
class WorkerOptions {
  static final int MAX_WORKERS = 1_000;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "How many workers, 1 to " + MAX_WORKERS + " (default: 1).")
  private @Nullable Integer workers;

  @Option(
      names = "--partitioner",
      paramLabel = "NAME",
      completionCandidates = Partitioners.Names.class,
      description =
          "What places functions on workers: ${COMPLETION-CANDIDATES} (default: all-on-one for one"
              + " worker, else locality).")
  private @Nullable String partitionerName;

  int count() {
    Integer given = workers;
    int count = given == null ? 1 : given;
    if (count < 1 || count > MAX_WORKERS) {
      throw new UsageException("--workers must be from 1 to " + MAX_WORKERS + ", was " + count);
    }
    return count;
  }

  Partitioner partitioner() {
    return Partitioners.find(partitionerName, count());
  }

  /** Whether any of this was on the command line. */
  boolean isGiven() {
    return workers != null || partitionerName != null;
  }
}
