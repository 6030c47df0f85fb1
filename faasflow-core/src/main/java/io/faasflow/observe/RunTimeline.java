package io.faasflow.observe;

import io.faasflow.run.RunId;
import io.faasflow.run.RunStatus;
import io.faasflow.run.TaskFailedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the tasks of a run did, when and where. Immutable. Made by a {@link TimelineRecorder}.
 *
 * @param run the run's id
 * @param workflow the workflow's name
 * @param status where the run stood; {@link RunStatus#RUNNING} for a look at a run that goes on
 * @param took the time from the run's start to its end, or to the last entry
 * @param entries by their start; those that start at the same time by their end
 * @param dropped how many entries there was no room for
 */
public record RunTimeline(
    RunId run, String workflow, RunStatus status, Duration took, List<Entry> entries, int dropped) {
  private static final double NANOS_A_MILLISECOND = 1e6;

  /** Copies the list. */
  public RunTimeline {
    Objects.requireNonNull(run, "run");
    Objects.requireNonNull(workflow, "workflow");
    Objects.requireNonNull(status, "status");
    Objects.requireNonNull(took, "took");
    entries = entries.stream()
        .sorted(Comparator.comparing(Entry::start).thenComparing(Entry::end))
        .toList();
  }

  /**
   * An attempt of a task, or that it was skipped. Times count from the run's start.
   *
   * @param site which task and instance, and on which worker
   * @param attempt counted from 1; 0 where the task was skipped
   * @param state how it ended
   * @param ready when it could have begun
   * @param start when it began
   * @param end when it ended
   * @param failure what it threw; null where it threw nothing
   */
  public record Entry(
      RunEvent.Site site,
      int attempt,
      State state,
      Duration ready,
      Duration start,
      Duration end,
      @Nullable Throwable failure) {
    /** The task's name, with the instance where there are several: {@code item[2]}. */
    public String label() {
      return site.instance().isEmpty() ? site.task() : site.task() + site.instance();
    }
  }

  /** How an entry ended. */
  public enum State {
    /** The attempt gave an output. */
    COMPLETED,
    /** The attempt threw something. */
    FAILED,
    /** The attempt took longer than it may. */
    TIMED_OUT,
    /** A switch chose another way. */
    SKIPPED
  }

  /** The entries of a task, of all its instances and attempts. */
  public List<Entry> entries(String task) {
    return entries.stream().filter(entry -> entry.site().task().equals(task)).toList();
  }

  /** A table of the entries, a line each, for people. */
  public String text() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("start", "took", "task", "attempt", "worker", "outcome"));
    for (Entry entry : entries) {
      boolean skipped = entry.state() == State.SKIPPED;
      rows.add(List.of(
          text(entry.start()),
          skipped ? "-" : text(entry.end().minus(entry.start())),
          entry.label(),
          skipped ? "-" : String.valueOf(entry.attempt()),
          entry.site().worker(),
          outcome(entry)));
    }
    StringBuilder text = new StringBuilder("run ")
        .append(run)
        .append(" of '")
        .append(workflow)
        .append("' ")
        .append(name(status))
        .append(" after ")
        .append(text(took))
        .append('\n');
    int[] widths = new int[rows.get(0).size()];
    for (List<String> row : rows) {
      for (int column = 0; column < widths.length; column++) {
        widths[column] = Math.max(widths[column], row.get(column).length());
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder(" ");
      for (int column = 0; column < widths.length; column++) {
        String cell = row.get(column);
        line.append(' ').append(cell).append(" ".repeat(widths[column] - cell.length() + 1));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    if (dropped > 0) {
      text.append("  and ").append(dropped).append(" more that were not kept\n");
    }
    return text.toString();
  }

  private static String outcome(Entry entry) {
    String name = name(entry.state());
    return entry.failure() == null
        ? name
        : name + ": "
            + TaskFailedException.describe(entry.failure()).lines().findFirst().orElse("");
  }

  private static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** {@code 1h30m}, {@code 2.5s}, {@code 0.012ms}. */
  private static String text(Duration time) {
    if (time.isZero()) {
      return "0";
    }
    return time.compareTo(Duration.ofSeconds(1)) < 0
        ? String.format(Locale.ROOT, "%.3fms", time.toNanos() / NANOS_A_MILLISECOND)
        : time.toString().substring(2).toLowerCase(Locale.ROOT);
  }

  @Override
  public String toString() {
    return text();
  }
}
