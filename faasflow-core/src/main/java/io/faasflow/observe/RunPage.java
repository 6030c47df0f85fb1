package io.faasflow.observe;

import io.faasflow.graph.FunctionGraph;
import io.faasflow.observe.RunTimeline.Data;
import io.faasflow.observe.RunTimeline.Direction;
import io.faasflow.observe.RunTimeline.Entry;
import io.faasflow.observe.RunTimeline.InContainers;
import io.faasflow.observe.RunTimeline.State;
import io.faasflow.run.RunStatus;
import io.faasflow.run.TaskFailedException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A run as an HTML page for people: when each task waited and ran, on which worker, and how it ended.
 * Stateless.
 *
 * <p>The page is one file that loads nothing and runs no script, and forbids browsers both. Names and
 * failures are anybody's text and appear as text. Tasks with many instances are summed up in a row;
 * what is left out, the page says.
 */
public final class RunPage {
  /** What is worth a number of its own. */
  static final List<State> UNUSUAL =
      List.of(State.FAILED, State.TIMED_OUT, State.SKIPPED, State.UNDONE, State.NOT_UNDONE);

  private static final int MOST_LISTED = 2_000;
  private static final int MOST_OPEN = 60;
  private static final int MOST_FAILURES = 10;
  private static final int MOST_FAILURE_CHARACTERS = 600;
  private static final int MOST_NAME_CHARACTERS = 100;

  private static final String STYLE = """
      :root { color-scheme: light dark; --back: #fff; --fore: #1c2430; --soft: #5d6878; --line: #dfe4ea;
        --band: #f5f7f9; --good: #2f7fd1; --goodfill: #dcebfb; --bad: #d0342c; --badfill: #fbe0de;
        --late: #c27803; --latefill: #fdeecb; --off: #939dab; --wait: #c3ccd7; --undo: #8250c4; }
      @media (prefers-color-scheme: dark) {
        :root { --back: #14181f; --fore: #e4e8ee; --soft: #9aa5b4; --line: #2c343f;
          --band: #1a2029; --good: #4c9be8; --goodfill: #1b3552; --bad: #f0625a; --badfill: #4d2220;
          --late: #e0a030; --latefill: #463511; --off: #6c7787; --wait: #46525f; --undo: #a983e0; } }
      * { box-sizing: border-box; }
      body { margin: 0; background: var(--back); color: var(--fore); font: 14px/1.45 system-ui, sans-serif; }
      main { max-width: 1240px; min-width: 640px; margin: 0 auto; padding: 24px 32px 48px; }
      h1 { font-size: 24px; margin: 0; overflow-wrap: anywhere; }
      h2 { font-size: 16px; margin: 32px 0 8px; }
      code { font: 12px/1.4 ui-monospace, monospace; }
      .badge { font-size: 13px; font-weight: 600; padding: 3px 10px; border-radius: 12px; vertical-align: 4px;
        margin-left: 8px; background: var(--goodfill); color: var(--good); white-space: nowrap; }
      .badge.failed, .badge.cancelled { background: var(--badfill); color: var(--bad); }
      .badge.timed-out, .badge.running, .badge.queued { background: var(--latefill); color: var(--late); }
      .run, .note, .legend { color: var(--soft); margin: 4px 0; }
      dl { display: flex; flex-wrap: wrap; gap: 12px 36px; margin: 18px 0 0; }
      dt { color: var(--soft); font-size: 12px; }
      dd { margin: 0; font-size: 18px; font-variant-numeric: tabular-nums; }
      .failures { border-left: 3px solid var(--bad); padding: 2px 0 2px 14px; margin: 20px 0 0; list-style: none; }
      .failures li { margin: 4px 0; overflow-wrap: anywhere; white-space: pre-wrap; }
      .legend span { margin-right: 18px; white-space: nowrap; }
      .legend i { display: inline-block; width: 18px; height: 10px; border-radius: 2px; margin-right: 6px; }
      i.waiting { background: var(--wait); } i.completed { background: var(--good); }
      i.failed, i.not-undone { background: var(--bad); } i.not-undone { outline: 2px solid var(--undo); outline-offset: -2px; } i.timed-out { background: var(--late); } i.undone { background: var(--undo); }
      .legend i.skipped { width: 8px; height: 8px; border: 1.5px solid var(--off); transform: rotate(45deg); border-radius: 0; }
      svg { font: 12px system-ui, sans-serif; fill: var(--fore); display: block; }
      .chart { width: 100%; }
      .axis { position: sticky; top: 0; background: var(--back); border-bottom: 1px solid var(--line); z-index: 1; }
      .tick, .head, .worker { fill: var(--soft); } .tick { font-size: 11px; }
      .grid { stroke: var(--line); }
      .band { fill: transparent; } .band.odd { fill: var(--band); }
      .row:hover .band { fill: var(--goodfill); }
      .chart .note { paint-order: stroke; stroke: var(--back); stroke-width: 3px; stroke-linejoin: round; font-size: 11px; }
      .chart .waiting { fill: var(--wait); } .chart .completed, .area { fill: var(--good); } .area { opacity: .6; }
      .chart .failed { fill: var(--bad); } .chart .timed-out { fill: var(--late); }
      .chart .undone { fill: var(--undo); } .chart .not-undone { fill: var(--bad); stroke: var(--undo); stroke-width: 2; }
      .chart .skipped { fill: none; stroke: var(--off); stroke-width: 1.5; }
      .strokes { stroke: var(--bad); stroke-width: 2; }
      .scroll { overflow-x: auto; padding: 4px 0; }
      .graph { margin: 0 auto; }
      .edge { fill: none; stroke: var(--off); } .data { stroke-dasharray: 4 3; } .tip { fill: var(--off); }
      .dot { fill: var(--off); }
      .node { fill: var(--band); stroke: var(--off); }
      .node.completed { fill: var(--goodfill); stroke: var(--good); }
      .node.failed { fill: var(--badfill); stroke: var(--bad); }
      .node.timed-out { fill: var(--latefill); stroke: var(--late); }
      .node.undone, .chip.undone { stroke: var(--undo); border-color: var(--undo); } .node.not-undone { fill: var(--badfill); stroke: var(--undo); }
      .chip.not-undone { background: var(--badfill); border-color: var(--undo); }
      .node.skipped, .node.none { fill: var(--back); stroke-dasharray: 4 3; }
      .node.loop { fill: none; stroke: var(--line); }
      .layers { padding-left: 32px; } .layers li { margin: 6px 0; color: var(--soft); }
      .chip { display: inline-block; border: 1px solid var(--off); border-radius: 4px; padding: 0 6px; margin: 1px 0;
        font-size: 12px; color: var(--fore); }
      .chip.completed { background: var(--goodfill); border-color: var(--good); }
      .chip.failed { background: var(--badfill); border-color: var(--bad); }
      .chip.timed-out { background: var(--latefill); border-color: var(--late); }
      .chip.skipped, .chip.none { border-style: dashed; }
      summary { cursor: pointer; } summary h2 { display: inline-block; }
      table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums; }
      th { text-align: left; color: var(--soft); font-weight: 500; position: sticky; top: 0; background: var(--back); }
      th, td { padding: 3px 14px 3px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
      .n { text-align: right; white-space: nowrap; }
      td { overflow-wrap: anywhere; } td.o { white-space: pre-wrap; }
      tr.failed .o, tr.not-undone .o { color: var(--bad); } tr.undone .o { color: var(--undo); } tr.timed-out .o { color: var(--late); } tr.skipped { color: var(--soft); }
      """;

  private final @Nullable FunctionGraph graph;
  private final RunTimeline timeline;
  private final StringBuilder out = new StringBuilder();

  private RunPage(@Nullable FunctionGraph graph, RunTimeline timeline) {
    this.graph = graph;
    this.timeline = Objects.requireNonNull(timeline, "timeline");
  }

  /** The page of a run, to be saved in UTF-8. */
  public static String html(RunTimeline timeline) {
    return new RunPage(null, timeline).draw();
  }

  /**
   * The page of a run with the graph of its workflow, to be saved in UTF-8. A graph of many nodes is
   * not drawn but listed in layers.
   *
   * @param graph that of the run's workflow: {@link FunctionGraph#of}
   */
  public static String html(FunctionGraph graph, RunTimeline timeline) {
    return new RunPage(Objects.requireNonNull(graph, "graph"), timeline).draw();
  }

  /** What an entry's attempt threw, cut to a sane length; empty where it threw nothing. */
  static String failure(Entry entry, String before) {
    return entry.failure() == null
        ? ""
        : before
            + Markup.cut(
                TaskFailedException.describe(entry.failure()).strip(), MOST_FAILURE_CHARACTERS);
  }

  private String draw() {
    String name = Markup.escape(Markup.cut(timeline.workflow(), MOST_NAME_CHARACTERS));
    out.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';")
        .append(" style-src 'unsafe-inline'\">\n")
        .append("<meta name=\"viewport\" content=\"width=device-width\">\n<title>")
        .append(name)
        .append(": run ")
        .append(Markup.words(timeline.status()))
        .append("</title>\n<style>\n")
        .append(STYLE)
        .append("</style>\n</head>\n<body>\n<main>\n");
    drawHeading(name);
    drawFailures();
    drawChart();
    FunctionGraph drawn = graph;
    if (drawn != null) {
      out.append("<h2>Graph</h2>\n").append(GraphChart.html(drawn, timeline));
    }
    drawData();
    drawContainers();
    drawTable();
    return out.append("</main>\n</body>\n</html>\n").toString();
  }

  private void drawHeading(String name) {
    RunStatus status = timeline.status();
    out.append("<h1>").append(name).append(" <span class=\"badge ");
    out.append(Markup.cssClass(status)).append("\">").append(Markup.words(status));
    out.append("</span></h1>\n<p class=\"run\">Run <code>").append(timeline.run());
    out.append("</code>, accepted at ");
    out.append(Instant.ofEpochMilli(timeline.run().epochMillis())).append("</p>\n<dl>\n");
    List<Entry> entries = timeline.entries();
    fact(status.isTerminal() ? "took" : "so far", TimeScale.text(timeline.took()));
    fact(
        "tasks",
        count(entries.stream().map(entry -> entry.site().task()).distinct().count()));
    fact(
        "attempts",
        count(entries.stream()
            .filter(entry -> entry.state() != State.SKIPPED && !entry.state().isCompensation())
            .count()));
    for (State state : UNUSUAL) {
      if (count(state) > 0) {
        fact(Markup.words(state), count(count(state)));
      }
    }
    Duration busy = entries.stream()
        .map(entry -> entry.end().minus(entry.start()))
        .reduce(Duration.ZERO, Duration::plus);
    fact("in functions", TimeScale.text(busy));
    if (!timeline.took().isZero()) {
      double parallel = (double) busy.toNanos() / timeline.took().toNanos();
      fact("at a time, on average", String.format(Locale.ROOT, "%.1f", parallel));
    }
    Set<String> workers = GanttChart.workersOf(entries);
    if (workers.size() == 1) {
      fact("worker", Markup.cut(workers.iterator().next(), MOST_NAME_CHARACTERS));
    } else {
      fact("workers", count(workers.size()));
    }
    out.append("</dl>\n");
    if (timeline.dropped() > 0) {
      out.append("<p class=\"note\">The recorder had no room for ")
          .append(Markup.count(timeline.dropped(), "further attempt"))
          .append(": they are missing here.</p>\n");
    }
  }

  private void fact(String what, String value) {
    out.append("<div><dt>").append(what).append("</dt><dd>").append(Markup.escape(value));
    out.append("</dd></div>\n");
  }

  private static String count(long n) {
    return String.format(Locale.ROOT, "%,d", n);
  }

  private long count(State state) {
    return timeline.entries().stream().filter(entry -> entry.state() == state).count();
  }

  private void drawFailures() {
    List<Entry> failures =
        timeline.entries().stream().filter(entry -> entry.state().isFailure()).toList();
    if (failures.isEmpty()) {
      return;
    }
    out.append("<ul class=\"failures\">\n");
    for (Entry entry : failures.subList(0, Math.min(failures.size(), MOST_FAILURES))) {
      out.append("<li><b>").append(Markup.escape(entry.label())).append("</b>, attempt ");
      out.append(entry.attempt()).append(", ").append(Markup.words(entry.state()));
      out.append(" at ").append(TimeScale.text(entry.end()));
      out.append(Markup.escape(failure(entry, ": "))).append("</li>\n");
    }
    if (failures.size() > MOST_FAILURES) {
      out.append("<li>and ").append(count(failures.size() - MOST_FAILURES)).append(" more</li>\n");
    }
    out.append("</ul>\n");
  }

  private void drawChart() {
    out.append("<h2>Timeline</h2>\n");
    if (timeline.entries().isEmpty()) {
      out.append("<p class=\"note\">No attempt is over.</p>\n");
      return;
    }
    out.append("<p class=\"legend\"><span><i class=\"waiting\"></i>waiting</span>");
    for (State state : State.values()) {
      if (state != State.COMPLETED && count(state) == 0) {
        continue;
      }
      out.append("<span><i class=\"").append(Markup.cssClass(state)).append("\"></i>");
      out.append(Markup.words(state)).append("</span>");
    }
    out.append("</p>\n").append(GanttChart.svg(timeline));
  }

  private void drawData() {
    List<Data> data = timeline.data();
    if (data.isEmpty()) {
      return;
    }
    out.append("<h2>Data</h2>\n<p class=\"note\">");
    for (Direction direction : Direction.values()) {
      Map<String, Long> bytes = new TreeMap<>();
      for (Data one : data) {
        if (one.direction() == direction) {
          bytes.merge(one.tier(), one.bytes(), (a, b) -> a < 0 || b < 0 ? Math.max(a, b) : a + b);
        }
      }
      if (!bytes.isEmpty()) {
        out.append(direction == Direction.SAVED ? "Saved: " : "Fetched: ");
        out.append(Markup.escape(String.join(
            ", ",
            bytes.entrySet().stream()
                .map(tier -> size(tier.getValue()) + " " + tier.getKey())
                .toList())));
        out.append(". ");
      }
    }
    out.append("</p>\n").append(data.size() > MOST_OPEN ? "<details>" : "<details open>");
    out.append("<summary>By task and tier</summary>\n<table>\n<thead><tr><th>output of</th>")
        .append("<th>way</th><th>tier</th>")
        .append("<th class=\"n\">times</th><th class=\"n\">bytes</th>")
        .append("<th class=\"n\">took</th></tr></thead>\n<tbody>\n");
    for (Data one : data.subList(0, Math.min(data.size(), MOST_LISTED))) {
      out.append("<tr>");
      cell("", one.task());
      cell("", Markup.words(one.direction()));
      cell("", one.tier());
      cell("n", count(one.times()));
      cell("n", size(one.bytes()));
      cell("n", TimeScale.text(one.time()));
      out.append("</tr>\n");
    }
    out.append("</tbody>\n</table>\n");
    if (data.size() > MOST_LISTED) {
      out.append("<p class=\"note\">And ")
          .append(Markup.count(data.size() - MOST_LISTED, "further line"))
          .append(".</p>\n");
    }
    out.append("</details>\n");
  }

  private void drawContainers() {
    List<InContainers> containers = timeline.containers();
    if (containers.isEmpty()) {
      return;
    }
    out.append("<h2>Containers</h2>\n")
        .append(containers.size() > MOST_OPEN ? "<details>" : "<details open>")
        .append("<summary>By task</summary>\n<table>\n<thead><tr><th>calls of</th>")
        .append("<th class=\"n\">times</th><th class=\"n\">CPU time</th>")
        .append("<th class=\"n\">most memory</th><th class=\"n\">received</th>")
        .append("<th class=\"n\">sent</th></tr></thead>\n<tbody>\n");
    for (InContainers one : containers.subList(0, Math.min(containers.size(), MOST_LISTED))) {
      out.append("<tr>");
      cell("", one.task());
      cell("n", count(one.calls()));
      cell("n", TimeScale.text(one.usage().cpu()));
      cell("n", size(one.usage().memoryPeakBytes().orElse(RunEvent.UNKNOWN_BYTES)));
      cell("n", size(one.usage().receivedBytes()));
      cell("n", size(one.usage().sentBytes()));
      out.append("</tr>\n");
    }
    out.append("</tbody>\n</table>\n");
    if (containers.size() > MOST_LISTED) {
      out.append("<p class=\"note\">And ")
          .append(Markup.count(containers.size() - MOST_LISTED, "further line"))
          .append(".</p>\n");
    }
    out.append("</details>\n");
  }

  private static String size(long bytes) {
    return bytes < 0 ? "an unknown size" : Markup.bytes(bytes);
  }

  private void drawTable() {
    List<Entry> entries = timeline.entries();
    if (entries.isEmpty()) {
      return;
    }
    out.append(entries.size() > MOST_OPEN ? "<details>" : "<details open>");
    out.append("<summary><h2>").append(Markup.count(entries.size(), "line"));
    out.append("</h2></summary>\n<table>\n<thead><tr><th class=\"n\">start</th>")
        .append("<th class=\"n\">waited</th><th class=\"n\">took</th><th>task</th>")
        .append("<th class=\"n\">attempt</th><th>worker</th><th>outcome</th></tr></thead>\n")
        .append("<tbody>\n");
    entries.stream().limit(MOST_LISTED).forEach(this::drawLine);
    out.append("</tbody>\n</table>\n");
    if (entries.size() > MOST_LISTED) {
      out.append("<p class=\"note\">And ")
          .append(Markup.count(entries.size() - MOST_LISTED, "further line"))
          .append(".</p>\n");
    }
    out.append("</details>\n");
  }

  private void drawLine(Entry entry) {
    boolean isSkipped = entry.state() == State.SKIPPED;
    out.append("<tr class=\"").append(Markup.cssClass(entry.state())).append("\">");
    cell("n", TimeScale.text(entry.start()));
    cell("n", isSkipped ? "" : TimeScale.text(entry.start().minus(entry.ready())));
    cell("n", isSkipped ? "" : TimeScale.text(entry.end().minus(entry.start())));
    cell("", entry.label());
    cell("n", isSkipped ? "" : String.valueOf(entry.attempt()));
    cell("", entry.site().worker());
    cell("o", Markup.words(entry.state()) + failure(entry, ": "));
    out.append("</tr>\n");
  }

  private void cell(String kind, String text) {
    out.append(kind.isEmpty() ? "<td>" : "<td class=\"" + kind + "\">");
    out.append(Markup.escape(text)).append("</td>");
  }
}
