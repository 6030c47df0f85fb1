package io.faasflow.examples.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code faasflow list}. */
@Command(name = "list", description = "Lists the built-in workflows.", footer = "  faasflow list")
final class ListCommand implements Callable<Integer> {
  private final Terminal terminal;

  ListCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Table table = new Table("ll");
    for (Example<?, ?> example : Examples.all()) {
      table.row(example.name(), example.description());
    }
    table.print(terminal.out());
    return ExitCode.FINE;
  }
}
