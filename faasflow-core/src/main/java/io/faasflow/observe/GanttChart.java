package io.faasflow.observe;

import io.faasflow.observe.RunTimeline.Entry;
import io.faasflow.observe.RunTimeline.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The bars of a run, as SVG: a row for each task, or for each of its instances where they are few.
 * Many instances share a row, which shows how many ran at a time. Above all is how many ran of all tasks. Used once.
 */
final class GanttChart {
  /** A task with more instances has one row for them all. */
  static final int MOST_INSTANCES = 12;

  /** Further rows are left out, which the chart says. */
  static final int MOST_ROWS = 3_000;

  private static final int WIDTH = 1160;
  private static final int LABEL_WIDTH = 200;
  private static final int WORKER_WIDTH = 110;
  private static final int ROW = 22;
  private static final int DENSE_ROW = 16;
  private static final int MOST_LOOSE_ROWS = 100;
  private static final int AXIS = 24;
  private static final int PROFILE = 22;
  private static final int LABEL_LENGTH = 29;
  private static final int WORKER_LENGTH = 15;
  private static final int BUCKETS = 240;
  private static final double CHARACTER = 6.2;
  private static final double LEAST_BAR = 2;

  /**
   * A row.
   *
   * @param label the task, with the instance where the row is for one
   * @param entries what it shows, by time; not empty
   * @param instances how many instances it shows
   */
  record Row(String label, List<Entry> entries, int instances) {
    boolean isSummary() {
      return instances > MOST_INSTANCES;
    }

    String workers() {
      return String.join(", ", workersOf(entries));
    }
  }

  /** What rows are about: a task, or what undoes it. */
  private record Subject(String task, boolean isUndone) {
    Subject(Entry entry) {
      this(entry.site().task(), entry.state().isCompensation());
    }

    String label() {
      return isUndone ? "undo " + task : task;
    }
  }

  private final List<Entry> entries;
  private final List<Row> rows;
  private final boolean showWorkers;
  private final TimeScale scale;
  private final int rowHeight;
  private final StringBuilder out = new StringBuilder();

  private GanttChart(RunTimeline timeline) {
    this.entries = timeline.entries();
    this.rows = rows(timeline);
    this.showWorkers = workersOf(entries).size() > 1;
    long last = timeline.took().toNanos();
    for (Entry entry : entries) {
      last = Math.max(last, entry.end().toNanos());
    }
    this.scale = new TimeScale(
        Math.max(last, 1), LABEL_WIDTH + (showWorkers ? WORKER_WIDTH : 0), WIDTH - LEAST_BAR * 8);
    this.rowHeight = rows.size() > MOST_LOOSE_ROWS ? DENSE_ROW : ROW;
  }

  /** The axis and the rows. The axis is an image of its own, so that it can stay in view. */
  static String svg(RunTimeline timeline) {
    return new GanttChart(timeline).draw();
  }

  static Set<String> workersOf(Collection<Entry> entries) {
    Set<String> workers = new TreeSet<>();
    entries.forEach(entry -> workers.add(entry.site().worker()));
    return workers;
  }

  static List<Row> rows(RunTimeline timeline) {
    Map<Subject, Map<List<Integer>, List<Entry>>> tasks = new LinkedHashMap<>();
    for (Entry entry : timeline.entries()) {
      tasks
          .computeIfAbsent(new Subject(entry), subject -> new TreeMap<>(GanttChart::compare))
          .computeIfAbsent(entry.site().instance(), instance -> new ArrayList<>())
          .add(entry);
    }
    List<Row> rows = new ArrayList<>();
    tasks.forEach((subject, instances) -> {
      if (instances.size() > MOST_INSTANCES) {
        rows.add(new Row(
            subject.label(),
            instances.values().stream().flatMap(List::stream).toList(),
            instances.size()));
      } else {
        instances
            .values()
            .forEach(entries -> rows.add(new Row(entries.get(0).label(), entries, 1)));
      }
    });
    return rows;
  }

  private static int compare(List<Integer> one, List<Integer> other) {
    for (int i = 0; i < Math.min(one.size(), other.size()); i++) {
      int byIndex = one.get(i).compareTo(other.get(i));
      if (byIndex != 0) {
        return byIndex;
      }
    }
    return Integer.compare(one.size(), other.size());
  }

  private String draw() {
    drawAxis();
    List<Row> shown = rows.subList(0, Math.min(rows.size(), MOST_ROWS));
    int height = shown.stream().mapToInt(this::height).sum();
    out.append("<svg class=\"chart\" role=\"img\" aria-label=\"When each task ran\" viewBox=\"0 0 ")
        .append(WIDTH)
        .append(' ')
        .append(height)
        .append("\">\n<path class=\"grid\" d=\"");
    for (long tick : scale.ticks()) {
      out.append('M').append(Markup.number(scale.x(tick))).append(" 0v").append(height);
    }
    out.append("\"/>\n");
    int y = 0;
    for (int i = 0; i < shown.size(); i++) {
      draw(shown.get(i), y, i % 2 == 1);
      y += height(shown.get(i));
    }
    out.append("</svg>\n");
    if (shown.size() < rows.size()) {
      out.append("<p class=\"note\">And ")
          .append(Markup.count(rows.size() - shown.size(), "further row"))
          .append(" not drawn.</p>\n");
    }
    return out.toString();
  }

  private int height(Row row) {
    return row.isSummary() ? rowHeight + PROFILE : rowHeight;
  }

  private void drawAxis() {
    out.append("<div class=\"axis\"><svg class=\"chart\" role=\"img\" aria-label=\"Time since the")
        .append(" start of the run\" viewBox=\"0 0 ")
        .append(WIDTH)
        .append(' ')
        .append(AXIS + PROFILE)
        .append("\">\n");
    text("head", 0, AXIS - 8, "start", "task");
    if (showWorkers) {
      text("head", LABEL_WIDTH, AXIS - 8, "start", "worker");
    }
    for (long tick : scale.ticks()) {
      double x = scale.x(tick);
      boolean isLast = x > WIDTH - 30;
      text("tick", isLast ? WIDTH : x, AXIS - 8, isLast ? "end" : "middle", TimeScale.text(tick));
    }
    out.append("<g>");
    title("How many attempts ran at a time");
    Profile profile = drawProfile(entries, AXIS);
    out.append("</g>");
    text("head", 0, AXIS + PROFILE - 6, "start", "running: " + profile.most() + " at most");
    out.append("</svg></div>\n");
  }

  private void text(String kind, double x, double y, String anchor, String text) {
    out.append("<text class=\"").append(kind).append("\" x=\"").append(Markup.number(x));
    out.append("\" y=\"").append(Markup.number(y));
    if (!anchor.equals("start")) {
      out.append("\" text-anchor=\"").append(anchor);
    }
    out.append("\">").append(Markup.escape(text)).append("</text>");
  }

  private void draw(Row row, int y, boolean isOdd) {
    out.append("<g class=\"row\">");
    out.append("<rect class=\"")
        .append(isOdd ? "band odd" : "band")
        .append("\" y=\"")
        .append(y);
    out.append("\" width=\"")
        .append(WIDTH)
        .append("\" height=\"")
        .append(height(row))
        .append("\"/>");
    double base = y + rowHeight - (rowHeight == ROW ? 7 : 4.5);
    out.append("<g>");
    title(row.label() + "\non " + Markup.cut(row.workers(), 200));
    text("label", 0, base, "start", Markup.cut(row.label(), LABEL_LENGTH));
    if (showWorkers) {
      text("worker", LABEL_WIDTH, base, "start", Markup.cut(row.workers(), WORKER_LENGTH));
    }
    out.append("</g>");
    if (row.isSummary()) {
      drawSummary(row, y, base);
    } else {
      drawBars(row, y, base);
    }
    out.append("</g>\n");
  }

  private void title(String text) {
    out.append("<title>").append(Markup.escape(text)).append("</title>");
  }

  private void drawBars(Row row, int y, double base) {
    for (Entry entry : row.entries()) {
      out.append("<g>");
      title(title(entry));
      double start = scale.x(entry.start());
      if (entry.state() == State.SKIPPED) {
        double middle = y + rowHeight / 2.0;
        out.append("<path class=\"skipped\" d=\"M")
            .append(Markup.number(start))
            .append(' ')
            .append(Markup.number(middle - 4))
            .append("l4 4l-4 4l-4 -4z\"/>");
      } else {
        double ready = scale.x(entry.ready());
        if (start - ready >= 0.5) {
          bar("waiting", ready, start, y, 0.3);
        }
        bar(Markup.cssClass(entry.state()), start, scale.x(entry.end()), y, 0.16);
      }
      out.append("</g>");
    }
    Entry last = row.entries().get(row.entries().size() - 1);
    double from = scale.x(row.entries().get(0).ready());
    double to = Math.max(scale.x(last.end()), scale.x(last.start()) + LEAST_BAR);
    note(caption(last), from, to, base);
  }

  private void bar(String kind, double from, double to, int y, double margin) {
    double width = Math.max(to - from, LEAST_BAR);
    out.append("<rect class=\"").append(kind).append("\" x=\"").append(Markup.number(from));
    out.append("\" y=\"").append(Markup.number(y + rowHeight * margin));
    out.append("\" width=\"").append(Markup.number(width));
    out.append("\" height=\"").append(Markup.number(rowHeight * (1 - 2 * margin)));
    out.append("\" rx=\"").append(width > 6 ? 2 : 0).append("\"/>");
  }

  private void drawSummary(Row row, int y, double base) {
    String summary = summary(row);
    out.append("<g>");
    title(row.label() + "\n" + summary + "\nThe area: how many ran at a time");
    Profile profile = drawProfile(row.entries(), y + rowHeight);
    double width = summary.length() * CHARACTER;
    text(
        "note",
        Math.max(Math.min(profile.from(), WIDTH - width), scale.left()),
        base,
        "start",
        summary);
    out.append("</g>");
  }

  /**
   * An area that was drawn.
   *
   * @param from where it begins
   * @param most how many ran at a time at most
   */
  private record Profile(double from, int most) {}

  /** How many run at a time, on average over each bit of time, as an area; failures are strokes. */
  private Profile drawProfile(List<Entry> entries, int y) {
    double[] load = new double[BUCKETS];
    Set<Integer> failed = new TreeSet<>();
    for (Entry entry : entries) {
      if (entry.state() == State.SKIPPED) {
        continue;
      }
      double start = (double) entry.start().toNanos() / scale.nanos() * BUCKETS;
      double end = (double) entry.end().toNanos() / scale.nanos() * BUCKETS;
      for (int i = bucket(entry.start()); i <= bucket(entry.end()); i++) {
        load[i] += Math.max(Math.min(end, i + 1.0) - Math.max(start, i), Double.MIN_NORMAL);
      }
      if (entry.state().isFailure()) {
        failed.add(bucket(entry.end()));
      }
    }
    int most = mostAtATime(entries);
    double tallest = Math.max(1, Arrays.stream(load).max().orElse(1));
    double bucket = (scale.right() - scale.left()) / BUCKETS;
    double bottom = y + PROFILE - 1.0;
    double from = scale.right();
    out.append("<path class=\"area\" d=\"M").append(Markup.number(scale.left())).append(' ');
    out.append(Markup.number(bottom));
    double before = 0;
    for (int i = 0; i <= BUCKETS; i++) {
      double x = scale.left() + i * bucket;
      double height = 0;
      if (i < BUCKETS && load[i] > 0) {
        height = Math.max(1, (PROFILE - 3.0) * load[i] / tallest);
        from = Math.min(from, x);
      }
      if (height != before) {
        out.append('H').append(Markup.number(x));
        out.append('V').append(Markup.number(bottom - height));
        before = height;
      }
    }
    out.append("z\"/>");
    if (!failed.isEmpty()) {
      out.append("<path class=\"strokes\" d=\"");
      for (int i : failed) {
        out.append('M').append(Markup.number(scale.left() + (i + 0.5) * bucket)).append(' ');
        out.append(y).append('v').append(PROFILE - 1);
      }
      out.append("\"/>");
    }
    return new Profile(from, most);
  }

  private static int mostAtATime(List<Entry> entries) {
    List<Entry> ran =
        entries.stream().filter(entry -> entry.state() != State.SKIPPED).toList();
    long[] starts =
        ran.stream().mapToLong(entry -> entry.start().toNanos()).sorted().toArray();
    long[] ends =
        ran.stream().mapToLong(entry -> entry.end().toNanos()).sorted().toArray();
    int most = 0;
    int ended = 0;
    for (int started = 0; started < starts.length; started++) {
      while (ends[ended] <= starts[started] && ended < started) {
        ended++;
      }
      most = Math.max(most, started + 1 - ended);
    }
    return most;
  }

  private int bucket(Duration time) {
    double share = (double) time.toNanos() / scale.nanos();
    return (int) Math.min(Math.max(share * BUCKETS, 0), BUCKETS - 1);
  }

  /** Writes behind a bar, else before it, else on it. */
  private void note(String text, double from, double to, double y) {
    double needed = text.length() * CHARACTER + 6;
    if (to + needed < WIDTH) {
      text("note", to + 5, y, "start", text);
    } else if (from - needed > scale.left()) {
      text("note", from - 5, y, "end", text);
    } else {
      text("note", Math.min(from + 5, WIDTH - needed), y, "start", text);
    }
  }

  private static String caption(Entry entry) {
    String took = TimeScale.text(entry.end().minus(entry.start()));
    String attempt = entry.attempt() > 1 ? ", attempt " + entry.attempt() : "";
    return switch (entry.state()) {
      case COMPLETED -> took + attempt;
      case SKIPPED -> "skipped";
      case UNDONE -> "undone in " + took + attempt;
      case FAILED, TIMED_OUT, NOT_UNDONE ->
        Markup.words(entry.state()) + " after " + took + attempt;
    };
  }

  private static String title(Entry entry) {
    StringBuilder title = new StringBuilder(entry.label());
    if (!entry.site().function().equals(entry.site().task())) {
      title.append(" (function ").append(entry.site().function()).append(')');
    }
    title.append("\non ").append(entry.site().worker());
    if (entry.state() == State.SKIPPED) {
      return title.append("\nskipped at ").append(TimeScale.text(entry.start())).toString();
    }
    title.append("\nattempt ").append(entry.attempt()).append(' ');
    title.append(Markup.words(entry.state()));
    title.append("\nwaited ").append(TimeScale.text(entry.start().minus(entry.ready())));
    title.append(", ran ").append(TimeScale.text(entry.end().minus(entry.start())));
    title.append("\nfrom ").append(TimeScale.text(entry.start()));
    title.append(" to ").append(TimeScale.text(entry.end()));
    return title.append(RunPage.failure(entry, "\n")).toString();
  }

  /** {@code 500 instances: median 2 ms (1 ms to 9 ms), 3 failed}. */
  static String summary(Row row) {
    long[] times = row.entries().stream()
        .filter(entry -> entry.state() != State.SKIPPED)
        .mapToLong(entry -> entry.end().minus(entry.start()).toNanos())
        .sorted()
        .toArray();
    StringBuilder text = new StringBuilder(Markup.count(row.instances(), "instance"));
    if (times.length > 0) {
      text.append(": median ").append(TimeScale.text(times[(times.length - 1) / 2]));
      text.append(" (").append(TimeScale.text(times[0])).append(" to ");
      text.append(TimeScale.text(times[times.length - 1])).append(')');
    }
    for (State state : RunPage.UNUSUAL) {
      long count =
          row.entries().stream().filter(entry -> entry.state() == state).count();
      if (count > 0) {
        text.append(", ").append(count).append(' ').append(Markup.words(state));
      }
    }
    return text.toString();
  }
}
