package io.faasflow.examples.cli;

import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command without a subcommand: says what there is. */
@Command(
    name = "faasflow",
    description = "Runs, checks, draws, plans and measures workflows of functions.",
    versionProvider = FaasflowCommand.Version.class,
    footer = {
      "  faasflow run word-count              count the words of this repository",
      "  faasflow run word-count book.txt --top 10",
      "  faasflow run workflow.yaml           run a file, with generated functions",
      "  faasflow validate workflows/         check all files of a folder",
      "  faasflow draw workflow.yaml --format dot | dot -Tsvg > workflow.svg",
      "  faasflow bench scheduling workflow.yaml",
      "",
      "faasflow is short for java -jar faasflow.jar. For the options of a command:",
      "  faasflow run --help"
    })
final class FaasflowCommand implements Callable<Integer> {
  /** Reads the version from the jar. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {
        "faasflow " + Optional.ofNullable(version).orElse("(not packaged)"),
        "on Java " + Runtime.version()
      };
    }
  }

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version.")
  @SuppressWarnings("unused") // picocli acts on it
  private boolean version;

  @Spec
  private CommandSpec spec = CommandSpec.create();

  private FaasflowCommand() {}

  /** Runs a command line and returns the exit code. Throws nothing. */
  static int execute(Terminal terminal, String... args) {
    CommandLine line = new CommandLine(new FaasflowCommand());
    line.addSubcommand(new RunCommand(terminal));
    line.addSubcommand(new ListCommand(terminal));
    line.addSubcommand(new ValidateCommand(terminal));
    line.addSubcommand(new DrawCommand(terminal));
    line.addSubcommand(new PlanCommand(terminal));
    line.addSubcommand(new CommandLine(new BenchCommand())
        .addSubcommand(new BenchSchedulingCommand(terminal))
        .addSubcommand(new BenchDataCommand(terminal)));
    addStandardOptions(line);
    ErrorMessages errors = new ErrorMessages(terminal);
    boolean colour =
        terminal.outKind() == TerminalKind.COLOUR && terminal.errKind() == TerminalKind.COLOUR;
    line.setOut(terminal.out())
        .setErr(terminal.err())
        .setColorScheme(CommandLine.Help.defaultColorScheme(colour ? Ansi.ON : Ansi.OFF))
        .setParameterExceptionHandler(errors::wrongUsage)
        .setExecutionExceptionHandler(errors::failed)
        .setUsageHelpLongOptionsMaxWidth(28);
    try {
      return line.execute(args);
    } catch (OutOfMemoryError e) {
      terminal.error(ErrorMessages.describe(e));
      return ExitCode.FAILED;
    }
  }

  private static void addStandardOptions(CommandLine line) {
    line.addMixin("standard", new StandardOptions());
    line.getSubcommands().values().forEach(FaasflowCommand::addStandardOptions);
  }

  @Override
  public Integer call() {
    throw new ParameterException(
        spec.commandLine(),
        "name a command: " + String.join(", ", spec.subcommands().keySet()));
  }
}
