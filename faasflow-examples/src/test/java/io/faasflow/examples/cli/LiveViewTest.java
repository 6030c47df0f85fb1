package io.faasflow.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.run.NodeState;
import io.faasflow.run.RunForecast;
import io.faasflow.run.TaskProgress;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LiveViewTest {
  private static final Duration LATE = Duration.ofSeconds(75);
  private static final RunForecast HALF =
      new RunForecast(0.529, Optional.of(Duration.ofSeconds(11)));
  private static final List<TaskProgress> TASKS = List.of(
      new TaskProgress("load", NodeState.COMPLETED, 1, 1),
      new TaskProgress("skipped", NodeState.SKIPPED, 1, 1),
      new TaskProgress("charge", NodeState.EXECUTING, 0, 1),
      new TaskProgress("count, weigh", NodeState.EXECUTING, 1_200, 20_000),
      new TaskProgress("merge", NodeState.WAITING, 0, 1));

  private final StringWriter err = new StringWriter();

  private LiveView view(TerminalKind kind, LiveView.When when) {
    PrintWriter writer = new PrintWriter(err);
    Terminal terminal = new Terminal(writer, writer, kind, kind, Path.of(""), action -> () -> {});
    return new LiveView(terminal, "orders", when);
  }

  /** The lines that a terminal shows after all that was written. */
  private List<String> screen() {
    List<StringBuilder> lines = new ArrayList<>(List.of(new StringBuilder()));
    int row = 0;
    int column = 0;
    String text = err.toString();
    for (int i = 0; i < text.length(); i++) {
      char next = text.charAt(i);
      if (next == '\n') {
        row++;
        column = 0;
        if (row == lines.size()) {
          lines.add(new StringBuilder());
        }
      } else if (next == '\r') {
        column = 0;
      } else if (next == '\u001b') {
        assertThat(text.charAt(++i)).isEqualTo('[');
        int number = 0;
        while (Character.isDigit(text.charAt(++i))) {
          number = 10 * number + text.charAt(i) - '0';
        }
        switch (text.charAt(i)) {
          case 'A' -> row -= number;
          case 'K' -> lines.get(row).setLength(column);
          case 'J' -> {
            lines.get(row).setLength(column);
            lines.subList(row + 1, lines.size()).clear();
          }
          case 'm' -> {}
          default -> throw new AssertionError("unknown sequence " + text.charAt(i));
        }
      } else {
        StringBuilder line = lines.get(row);
        line.replace(column, Math.min(column + 1, line.length()), String.valueOf(next));
        column++;
      }
    }
    return lines.stream().map(StringBuilder::toString).toList();
  }

  @Test
  void terminal_lateRun_showsBarCountsAndWhatRuns() {
    view(TerminalKind.COLOUR, LiveView.When.AUTOMATIC).show(HALF, TASKS, 1, LATE);
    assertThat(screen())
        .containsExactly(
            "orders",
            "[############............]  52 %  1 min 15 s, about 11 s left",
            "  1,202 of 20,004 done, 2 running, 1 waiting, 1 failed attempt",
            "  > charge",
            "  > count, weigh: 1,200 of 20,000",
            "");
    assertThat(err.toString()).contains("\u001b[32m############\u001b[0m");
  }

  @Test
  void terminal_nextLook_isWrittenOverTheOneBefore() {
    LiveView view = view(TerminalKind.PLAIN, LiveView.When.AUTOMATIC);
    view.show(HALF, TASKS, 0, LATE);
    view.show(new RunForecast(0.75, Optional.empty()), TASKS.subList(0, 3), 0, Duration.ofHours(2));
    assertThat(screen())
        .containsExactly(
            "orders",
            "[##################......]  75 %  2 h 0 min",
            "  2 of 3 done, 1 running, 0 waiting",
            "  > charge",
            "");
    assertThat(err.toString()).doesNotContain("[32m");
    view.close();
    assertThat(screen()).containsExactly("");
  }

  @Test
  void manyTasksAndLongNames_fitTheScreen() {
    List<TaskProgress> many = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      many.add(
          new TaskProgress("task \u001b[2J\u009b2J " + "x".repeat(200), NodeState.EXECUTING, 0, 1));
    }
    view(TerminalKind.COLOUR, LiveView.When.AUTOMATIC).show(HALF, many, 0, LATE);
    assertThat(screen())
        .hasSizeLessThan(12)
        .allSatisfy(line -> assertThat(line).hasSizeLessThan(80));
    assertThat(screen()).contains("  > and 995 more");
    assertThat(err.toString()).doesNotContain("\u001b[2J", "\u009b");
  }

  @Test
  void shortRun_showsNothing() {
    view(TerminalKind.COLOUR, LiveView.When.AUTOMATIC).show(HALF, TASKS, 0, Duration.ofMillis(999));
    view(TerminalKind.COLOUR, LiveView.When.NEVER).show(HALF, TASKS, 0, LATE);
    view(TerminalKind.NONE, LiveView.When.AUTOMATIC).show(HALF, TASKS, 0, LATE);
    view(TerminalKind.COLOUR, LiveView.When.ALWAYS).show(HALF, List.of(), 0, LATE);
    assertThat(err.toString()).isEmpty();
    view(TerminalKind.COLOUR, LiveView.When.ALWAYS).show(HALF, TASKS, 0, Duration.ZERO);
    assertThat(err.toString()).isNotEmpty();
  }

  @Test
  void noTerminal_isALineEveryTwoSeconds() {
    LiveView view = view(TerminalKind.NONE, LiveView.When.ALWAYS);
    for (int millis = 0; millis < 5_000; millis += 200) {
      view.show(HALF, TASKS, 0, Duration.ofMillis(millis));
    }
    view.close();
    assertThat(err.toString().lines())
        .containsExactly(
            "orders: 52 %, 1,202 of 20,004 done, 2 running, 1 waiting," + " 0 s, about 11 s left",
            "orders: 52 %, 1,202 of 20,004 done, 2 running, 1 waiting," + " 2 s, about 11 s left",
            "orders: 52 %, 1,202 of 20,004 done, 2 running, 1 waiting," + " 4 s, about 11 s left");
  }
}
