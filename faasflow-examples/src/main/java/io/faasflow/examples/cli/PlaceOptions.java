package io.faasflow.examples.cli;

import io.faasflow.partition.WorkerSpec;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** On what a workflow would run, for commands that only place it. */
final class PlaceOptions extends WorkerOptions {
  @Option(
      names = "--slots",
      paramLabel = "S",
      description = "Container slots of each worker, which 'scale' counts (default: no limit).")
  private @Nullable Integer slots;

  int slots() {
    Integer given = slots;
    if (given == null) {
      return WorkerSpec.UNLIMITED_SLOTS;
    }
    if (given < 0) {
      throw new UsageException("--slots must be 0 or more, was " + given);
    }
    return given;
  }
}
