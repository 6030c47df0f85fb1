package io.faasflow.examples.cli;

import io.faasflow.run.FaasFlowException;
import io.faasflow.workflow.yaml.WorkflowFile;
import io.faasflow.workflow.yaml.WorkflowFormatException;
import io.faasflow.workflow.yaml.WorkflowReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code faasflow validate}. */
@Command(
    name = "validate",
    description = {
      "Checks workflow files of all three formats, and lists of functions and images"
          + " (function_info.yaml). Functions need not be there.",
      "Prints a line for each file; problems go to standard error, as file:line:column."
    },
    footer = {"  faasflow validate workflow.yaml", "  faasflow validate workflows/ && echo fine"})
final class ValidateCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "FILE",
      arity = "1..*",
      description = "A file, or a folder: all *.yaml and *.yml in it, at any depth.")
  private List<String> names = new ArrayList<>();

  private final Terminal terminal;

  ValidateCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    List<Path> files = WorkflowFiles.find(names, terminal.folder());
    int exitCode = ExitCode.FINE;
    for (Path file : files) {
      if (!check(file)) {
        exitCode = ExitCode.FAILED;
      }
    }
    return exitCode;
  }

  private boolean check(Path path) {
    try {
      WorkflowFile file = WorkflowReader.create().inspect(path);
      terminal
          .out()
          .printf(
              "ok       %-13s  %-17s  %-12s  %s%n",
              file.format().name().toLowerCase(Locale.ROOT).replace('_', '-'),
              file.name(),
              Quantity.count(file.functions(), "function"),
              path);
      return true;
    } catch (WorkflowFormatException e) {
      terminal
          .out()
          .printf("invalid  %s  %s%n", Quantity.count(e.problems().size(), "problem"), path);
      ErrorMessages.print(e, terminal);
    } catch (FaasFlowException | UncheckedIOException e) {
      terminal.out().printf("invalid  %s%n", path);
      terminal.error(path + ": " + ErrorMessages.describe(e));
    }
    return false;
  }
}
