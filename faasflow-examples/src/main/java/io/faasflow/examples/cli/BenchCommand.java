package io.faasflow.examples.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code faasflow bench}: says which experiments there are. */
@Command(
    name = "bench",
    description = "Measures what this library costs, in experiments with workflow files.",
    footer = "  faasflow bench scheduling workflow.yaml")
final class BenchCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    throw new ParameterException(
        spec.commandLine(),
        "name an experiment: " + String.join(", ", spec.subcommands().keySet()));
  }
}
