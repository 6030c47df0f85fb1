package io.faasflow.examples.cli;

import java.io.FileDescriptor;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The program {@code faasflow}. */
public final class Main {
  private Main() {}

  /**
   * Runs one command and ends the JVM with its exit code: 0 fine, 1 failed, 2 wrong usage, 130
   * interrupted.
   */
  public static void main(String[] args) {
    ShutdownHook interrupts = ShutdownHook.install();
    StandardStream out = new StandardStream(FileDescriptor.out);
    StandardStream err = new StandardStream(FileDescriptor.err);
    Terminal terminal = new Terminal(
        writer(out),
        writer(err),
        TerminalKind.ofStream(1, System.getenv()),
        TerminalKind.ofStream(2, System.getenv()),
        Path.of(""),
        interrupts);
    int exitCode = FaasflowCommand.execute(terminal, args);
    terminal.out().flush();
    if (out.failure().isPresent()) {
      terminal.error("cannot write the output: " + out.failure().get());
      exitCode = ExitCode.FAILED;
    }
    terminal.err().flush();
    interrupts.everythingIsSaid();
    System.exit(exitCode);
  }

  /** UTF-8, whatever the platform says. A writer of this kind throws no exceptions. */
  private static PrintWriter writer(StandardStream stream) {
    return new PrintWriter(stream, false, StandardCharsets.UTF_8);
  }
}
