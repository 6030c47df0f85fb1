package io.faasflow.examples.cli;

import io.faasflow.partition.Partitioner;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** On what a workflow runs. */
final class WorkerOptions {
  private static final int MAX_WORKERS = 1_000;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "How many workers, 1 to " + MAX_WORKERS + " (default: 1).")
  private int workers = 1;

  @Option(
      names = "--partitioner",
      paramLabel = "NAME",
      completionCandidates = Partitioners.Names.class,
      description =
          "What places functions on workers: ${COMPLETION-CANDIDATES} (default: all-on-one for one"
              + " worker, else hash).")
  private @Nullable String partitionerName;

  int count() {
    if (workers < 1 || workers > MAX_WORKERS) {
      throw new UsageException("--workers must be from 1 to " + MAX_WORKERS + ", was " + workers);
    }
    return workers;
  }

  Partitioner partitioner() {
    return Partitioners.find(partitionerName, workers);
  }
}
