package io.faasflow.examples.cli;

import io.faasflow.run.NodeState;
import io.faasflow.run.RunForecast;
import io.faasflow.run.TaskProgress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Shows how far a run is while it runs. On a terminal it is a few lines that are written over again and
 * again, and are gone in the end; elsewhere it is a line now and then. Confined to one thread.
 */
final class LiveView implements AutoCloseable {
  /** When there is something to see. */
  enum When {
    /** On a terminal, of a run that takes a while. */
    AUTOMATIC,
    /** From the start, wherever the lines go. */
    ALWAYS,
    NEVER
  }

  /** No line is longer, or a narrow terminal would break it and the lines could not be written over. */
  private static final int WIDTH = 79;

  private static final int BAR = 24;
  private static final int MOST_RUNNING = 5;
  private static final Duration QUIET = Duration.ofSeconds(1);
  private static final Duration BETWEEN_LINES = Duration.ofSeconds(2);
  private static final String ESCAPE = "\u001b[";

  private final Terminal terminal;
  private final String workflow;
  private final Duration from; // what is shorter shows nothing
  private final boolean isShown;
  private Duration nextLine;
  private int drawn; // lines that are on the terminal

  LiveView(Terminal terminal, String workflow, When when) {
    this.terminal = terminal;
    this.workflow = printable(workflow);
    this.isShown = isShown(terminal, when);
    this.from = when == When.ALWAYS ? Duration.ZERO : QUIET;
    this.nextLine = from;
  }

  /** Whether there is anything to see, if the run takes long enough. */
  static boolean isShown(Terminal terminal, When when) {
    return when == When.ALWAYS || (when == When.AUTOMATIC && terminal.errKind().isLive());
  }

  /**
   * Shows the present state.
   *
   * @param failures how many attempts have failed
   * @param elapsed since the run was started
   */
  void show(RunForecast forecast, List<TaskProgress> tasks, long failures, Duration elapsed) {
    if (!isShown || elapsed.compareTo(from) < 0 || tasks.isEmpty()) {
      return;
    }
    if (terminal.errKind().isLive()) {
      draw(lines(forecast, tasks, failures, elapsed));
    } else if (elapsed.compareTo(nextLine) >= 0) {
      nextLine = elapsed.plus(BETWEEN_LINES);
      terminal
          .err()
          .println(workflow + ": " + forecast.percent() + " %, " + counts(tasks, failures) + ", "
              + times(forecast, elapsed));
      terminal.err().flush();
    }
  }

  private List<String> lines(
      RunForecast forecast, List<TaskProgress> tasks, long failures, Duration elapsed) {
    List<String> lines = new ArrayList<>();
    lines.add(cut(workflow));
    lines.add(bar(forecast.share())
        + cut(String.format(" %3d %%  %s", forecast.percent(), times(forecast, elapsed)), BAR + 2));
    lines.add(cut("  " + counts(tasks, failures)));
    List<TaskProgress> running =
        tasks.stream().filter(task -> task.state() == NodeState.EXECUTING).toList();
    for (TaskProgress task : running.subList(0, Math.min(running.size(), MOST_RUNNING))) {
      lines.add(cut("  > " + printable(task.task()) + instances(task)));
    }
    if (running.size() > MOST_RUNNING) {
      lines.add("  > and " + Quantity.count(running.size() - MOST_RUNNING) + " more");
    }
    return lines;
  }

  private static String instances(TaskProgress task) {
    return task.total() > 1
        ? ": " + Quantity.count(task.done()) + " of " + Quantity.count(task.total())
        : "";
  }

  private String bar(double share) {
    int full = (int) (share * BAR);
    String done = "#".repeat(full);
    boolean colours = terminal.errKind() == TerminalKind.COLOUR;
    return "[" + (colours ? ESCAPE + "32m" + done + ESCAPE + "0m" : done) + ".".repeat(BAR - full)
        + "]";
  }

  private static String counts(List<TaskProgress> tasks, long failures) {
    long done = tasks.stream().mapToLong(TaskProgress::done).sum();
    long total = tasks.stream().mapToLong(TaskProgress::total).sum();
    long running =
        tasks.stream().filter(task -> task.state() == NodeState.EXECUTING).count();
    long waiting = tasks.stream()
        .filter(task -> task.state() == NodeState.WAITING || task.state() == NodeState.READY)
        .count();
    return Quantity.count(done) + " of " + Quantity.count(total) + " done, "
        + Quantity.count(running) + " running, " + Quantity.count(waiting) + " waiting"
        + (failures == 0 ? "" : ", " + Quantity.count(failures, "failed attempt"));
  }

  private static String times(RunForecast forecast, Duration elapsed) {
    return text(elapsed)
        + forecast.remaining().map(left -> ", about " + text(left) + " left").orElse("");
  }

  /** {@code 12 s}, {@code 3 min 5 s}, {@code 2 h 10 min}. */
  private static String text(Duration time) {
    if (time.toHours() > 0) {
      return Quantity.count(time.toHours()) + " h " + time.toMinutesPart() + " min";
    }
    return (time.toMinutes() > 0 ? time.toMinutes() + " min " : "") + time.toSecondsPart() + " s";
  }

  /** Control characters could do anything to a terminal. */
  private static String printable(String name) {
    return name.replaceAll("\\p{C}", " ");
  }

  private static String cut(String line) {
    return cut(line, 0);
  }

  private static String cut(String line, int before) {
    int room = WIDTH - before;
    return line.length() <= room ? line : line.substring(0, room - 3) + "...";
  }

  private void draw(List<String> lines) {
    StringBuilder text = new StringBuilder();
    moveUp(text);
    for (String line : lines) {
      text.append(line).append(ESCAPE).append("K\n"); // and clears the rest of the line
    }
    text.append(ESCAPE).append('J'); // and what was below
    drawn = lines.size();
    terminal.err().print(text);
    terminal.err().flush();
  }

  private void moveUp(StringBuilder text) {
    if (drawn > 0) {
      text.append('\r').append(ESCAPE).append(drawn).append('A');
    }
  }

  /** Takes the lines away that were written over. */
  @Override
  public void close() {
    if (drawn > 0) {
      StringBuilder text = new StringBuilder();
      moveUp(text);
      terminal.err().print(text.append(ESCAPE).append('J'));
      terminal.err().flush();
      drawn = 0;
    }
  }
}
