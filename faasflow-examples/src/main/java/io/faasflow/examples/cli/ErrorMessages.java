package io.faasflow.examples.cli;

import io.faasflow.run.RunCancelledException;
import io.faasflow.run.RunDeadlineException;
import io.faasflow.run.TaskFailedException;
import io.faasflow.workflow.yaml.WorkflowFormatException;
import io.faasflow.workflow.yaml.YamlProblem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns exceptions into a few lines and an exit code. Immutable. */
final class ErrorMessages {
  private static final String STACK_TRACE = "--stacktrace";

  private final Terminal terminal;

  ErrorMessages(Terminal terminal) {
    this.terminal = terminal;
  }

  /** For picocli: the command line could not be read. */
  int wrongUsage(ParameterException error, String[] args) {
    CommandSpec command = error.getCommandLine().getCommandSpec();
    terminal.error(usageMessage(error, command));
    terminal.err().println("Try: " + command.qualifiedName() + " --help");
    printStackTrace(error, List.of(args).contains(STACK_TRACE));
    return ExitCode.USAGE;
  }

  private static String usageMessage(ParameterException error, CommandSpec command) {
    if (!(error instanceof UnmatchedArgumentException unmatched)
        || unmatched.getUnmatched().isEmpty()) {
      return String.valueOf(error.getMessage());
    }
    String first = unmatched.getUnmatched().get(0);
    if (first.startsWith("-")) {
      return "unknown option '"
          + first
          + "'."
          + NearNames.question(first, command.optionsMap().keySet());
    }
    if (!command.subcommands().isEmpty()) {
      return "unknown command '"
          + first
          + "'."
          + NearNames.question(first, command.subcommands().keySet())
          + " Commands are: "
          + String.join(", ", command.subcommands().keySet());
    }
    return "'" + first + "' is one argument too many";
  }

  /** For picocli: a command threw something. */
  int failed(Exception error, CommandLine command, ParseResult arguments) {
    int exitCode = ExitCode.FAILED;
    if (error instanceof UsageException) {
      terminal.error(String.valueOf(error.getMessage()));
      terminal.err().println("Try: " + command.getCommandSpec().qualifiedName() + " --help");
      exitCode = ExitCode.USAGE;
    } else if (error instanceof RunCancelledException || error instanceof InterruptedException) {
      terminal.error("interrupted");
      exitCode = ExitCode.INTERRUPTED;
    } else if (error instanceof WorkflowFormatException invalid) {
      print(invalid, terminal);
    } else {
      terminal.error(describe(error));
    }
    printStackTrace(error, wantsStackTrace(arguments));
    return exitCode;
  }

  private static boolean wantsStackTrace(ParseResult arguments) {
    ParseResult one = arguments;
    while (!one.hasMatchedOption(STACK_TRACE) && one.hasSubcommand()) {
      one = one.subcommand();
    }
    return one.hasMatchedOption(STACK_TRACE);
  }

  private void printStackTrace(Exception error, boolean wanted) {
    if (wanted) {
      error.printStackTrace(terminal.err());
    }
    terminal.err().flush();
  }

  /** All problems of a file, a line each, as editors and CI systems recognise them. */
  static void print(WorkflowFormatException invalid, Terminal terminal) {
    terminal.out().flush();
    for (YamlProblem problem : invalid.problems()) {
      terminal.err().println(problem);
    }
    terminal.err().flush();
  }

  /** What went wrong, in a sentence. */
  static String describe(Throwable error) {
    if (error instanceof TaskFailedException failed) {
      String instance = failed.instance().isEmpty() ? "" : " instance " + failed.instance();
      return "workflow '"
          + failed.workflow()
          + "' failed in task '"
          + failed.task()
          + "'"
          + instance
          + ": "
          + describe(Optional.ofNullable(failed.getCause()).orElse(failed));
    }
    if (error instanceof RunDeadlineException late) {
      return "workflow '"
          + late.workflow()
          + "' did not complete within "
          + Quantity.text(late.deadline())
          + "; give it more time with --deadline";
    }
    if (error instanceof UncheckedIOException unchecked && unchecked.getCause() != null) {
      return describe(unchecked.getCause());
    }
    if (error instanceof OutOfMemoryError) {
      return "out of memory; give Java more: java -Xmx4g -jar faasflow.jar";
    }
    if (error instanceof NoSuchFileException missing) {
      return "there is no file or folder " + missing.getFile();
    }
    if (error instanceof AccessDeniedException denied) {
      return "cannot read " + denied.getFile() + ": permission denied";
    }
    if (error instanceof FileSystemException file) {
      String reason = file.getReason();
      return "cannot read " + file.getFile() + ": " + (reason == null ? "unknown reason" : reason);
    }
    String message = error.getMessage();
    boolean plain =
        error instanceof IOException || error.getClass().getName().startsWith("io.faasflow.");
    return message == null
        ? error.getClass().getSimpleName()
        : plain ? message : error.getClass().getSimpleName() + ": " + message;
  }
}
