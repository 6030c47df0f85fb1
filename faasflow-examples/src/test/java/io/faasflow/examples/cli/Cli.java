package io.faasflow.examples.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;

/** The command line inside of this JVM, with what it prints. Not thread-safe. */
final class Cli {
  /**
   * What a command line did.
   *
   * @param exitCode its exit code
   * @param out what it printed
   * @param err what it printed to standard error
   */
  record Outcome(int exitCode, String out, String err) {}

  private final Path folder;
  private TerminalKind kind = TerminalKind.NONE;
  private Interrupts interrupts = action -> () -> {};

  Cli(Path folder) {
    this.folder = folder;
  }

  /** From here on, the streams are connected to this. */
  Cli on(TerminalKind newKind) {
    kind = newKind;
    return this;
  }

  /** From here on, every run is interrupted as soon as it has begun. */
  Cli interruptedAtOnce() {
    interrupts = action -> {
      action.run();
      return () -> {};
    };
    return this;
  }

  Outcome run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    Terminal terminal =
        new Terminal(new PrintWriter(out), new PrintWriter(err), kind, kind, folder, interrupts);
    int exitCode = FaasflowCommand.execute(terminal, args);
    terminal.out().flush();
    terminal.err().flush();
    return new Outcome(exitCode, out.toString(), err.toString());
  }
}
