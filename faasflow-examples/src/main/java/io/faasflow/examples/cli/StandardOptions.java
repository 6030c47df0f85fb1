package io.faasflow.examples.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What every command has. */
@Command(
    synopsisHeading = "Usage: ",
    descriptionHeading = "%n",
    parameterListHeading = "%n",
    optionListHeading = "%nOptions:%n",
    commandListHeading = "%nCommands:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all went well",
      "1:the run failed, a file is invalid, or no plan fits the workers",
      "2:wrong usage: an unknown option, or a name or file that is not there",
      "130:interrupted by Ctrl-C; the run was cancelled"
    },
    footerHeading = "%nExamples:%n",
    sortOptions = false)
@SuppressWarnings("unused") // picocli acts on the options
final class StandardOptions {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this text.")
  private boolean help;

  @Option(names = "--stacktrace", description = "With an error, show where in the code it arose.")
  private boolean stackTrace;
}
