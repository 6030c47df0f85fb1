package io.faasflow.observe;

import io.faasflow.container.ContainerUsage;
import io.faasflow.run.RunId;
import io.faasflow.run.RunStatus;
import io.faasflow.run.TaskFailedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalLong;
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
 * @param data what was saved and fetched, in the order of first times
 * @param containers what tasks took that run in containers, in the order of first times; of what ran
 *     in the host's own process nothing is known
 */
public record RunTimeline(
    RunId run,
    String workflow,
    RunStatus status,
    Duration took,
    List<Entry> entries,
    int dropped,
    List<Data> data,
    List<InContainers> containers) {
  private static final double NANOS_A_MILLISECOND = 1e6;

  /** Copies the lists. */
  public RunTimeline {
    Objects.requireNonNull(run, "run");
    Objects.requireNonNull(workflow, "workflow");
    Objects.requireNonNull(status, "status");
    Objects.requireNonNull(took, "took");
    entries = entries.stream()
        .sorted(Comparator.comparing(Entry::start).thenComparing(Entry::end))
        .toList();
    data = List.copyOf(data);
    containers = List.copyOf(containers);
  }

  /**
   * An attempt of a task or to undo it, or that it was skipped. Times count from the run's start.
   *
   * @param site which task and instance, and on which worker
   * @param attempt counted from 1, and anew for undoing; 0 where the task was skipped
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
    /**
     * The task's name, with the instance where there are several: {@code item[2]}. With the word
     * {@code undo} before it where it is what undoes the task.
     */
    public String label() {
      String name = site.instance().isEmpty() ? site.task() : site.task() + site.instance();
      return state.isCompensation() ? "undo " + name : name;
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
    SKIPPED,
    /** The attempt undid what the task had done. */
    UNDONE,
    /** The attempt to undo what the task had done threw something. */
    NOT_UNDONE;

    /** Whether it is about undoing the task. */
    public boolean isCompensation() {
      return this == UNDONE || this == NOT_UNDONE;
    }

    /** Whether the attempt did not do what it should. */
    public boolean isFailure() {
      return this == FAILED || this == TIMED_OUT || this == NOT_UNDONE;
    }
  }

  /**
   * What went between workers and the store of one task's outputs, of all its instances, one way and by
   * one tier.
   *
   * @param task whose outputs
   * @param direction which way
   * @param tier where they were put, or taken from: {@code heap}, {@code memory}, or the name of a tier of
   *     the store
   * @param times how often
   * @param bytes how much, as far as sizes are known; {@link RunEvent#UNKNOWN_BYTES} where none is
   * @param time how long that took, added up
   */
  public record Data(
      String task, Direction direction, String tier, long times, long bytes, Duration time) {}

  /**
   * What the calls of a task in containers took, of all its instances and attempts.
   *
   * @param calls how many calls were answered
   * @param usage what they took together
   */
  public record InContainers(String task, long calls, ContainerUsage usage) {}

  /** Which way data went. */
  public enum Direction {
    /** An output was saved for its readers. */
    SAVED,
    /** An output was fetched that was not in the memory of its reader's worker. */
    FETCHED
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
    addTable(text, rows);
    if (dropped > 0) {
      text.append("  and ").append(dropped).append(" more that were not kept\n");
    }
    if (!data.isEmpty()) {
      List<List<String>> moved = new ArrayList<>();
      moved.add(List.of("data of", "way", "tier", "times", "bytes", "took"));
      for (Data one : data) {
        moved.add(List.of(
            one.task(),
            name(one.direction()),
            one.tier(),
            String.valueOf(one.times()),
            one.bytes() < 0 ? "-" : String.valueOf(one.bytes()),
            text(one.time())));
      }
      addTable(text, moved);
    }
    if (!containers.isEmpty()) {
      List<List<String>> used = new ArrayList<>();
      used.add(List.of("in containers", "calls", "cpu", "memory", "received", "sent"));
      for (InContainers one : containers) {
        ContainerUsage usage = one.usage();
        OptionalLong peak = usage.memoryPeakBytes();
        used.add(List.of(
            one.task(),
            String.valueOf(one.calls()),
            text(usage.cpu()),
            peak.isPresent() ? String.valueOf(peak.getAsLong()) : "-",
            String.valueOf(usage.receivedBytes()),
            String.valueOf(usage.sentBytes())));
      }
      addTable(text, used);
    }
    return text.toString();
  }

  private static void addTable(StringBuilder text, List<List<String>> rows) {
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
