package io.faasflow.examples.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/**
 * Figures as comma-separated values (RFC 4180): a header, then a row for each workflow and setting.
 * Times are in seconds, sizes in bytes, savings in parts of one. Immutable.
 */
public final class SchedulingCsv {
  private static final String END_OF_LINE = "\r\n";
  private static final Pattern SPECIAL = Pattern.compile("[\",\r\n]");
  private static final double NANOS_A_SECOND = 1e9;
  private static final List<String> HEADER = List.of(
      "workflow",
      "file",
      "functions",
      "pattern",
      "partitioner",
      "workers",
      "slots",
      "cpus_in_plans",
      "message_latency_s",
      "line_bytes_per_s",
      "scale_runtime",
      "scale_bytes",
      "runs",
      "latency_min_s",
      "latency_median_s",
      "latency_max_s",
      "critical_path_min_s",
      "critical_path_median_s",
      "critical_path_max_s",
      "overhead_min_s",
      "overhead_median_s",
      "overhead_max_s",
      "messages_median",
      "message_bytes_median",
      "cross_worker_data_bytes_median",
      "cross_worker_input_bytes_median",
      "overhead_saved_against_master");

  private final Conditions conditions;

  /** A writer of figures that were measured under these conditions. */
  public SchedulingCsv(Conditions conditions) {
    this.conditions = conditions;
  }

  /** The text of a file with all these figures. */
  public String text(List<WorkflowFigures> workflows) {
    StringBuilder text = new StringBuilder();
    line(text, HEADER);
    for (WorkflowFigures workflow : workflows) {
      workflow.settings().forEach(figures -> line(text, row(workflow, figures)));
    }
    return text.toString();
  }

  private List<String> row(WorkflowFigures workflow, Figures figures) {
    List<String> row = new ArrayList<>(List.of(
        workflow.workflow(),
        workflow.source(),
        Integer.toString(workflow.functions()),
        figures.setting().patternName(),
        figures.setting().partitioner().name(),
        Integer.toString(conditions.workers()),
        Integer.toString(conditions.slots()),
        Double.toString(conditions.cpus()),
        seconds(conditions.latency().toNanos()),
        Double.toString(conditions.bytesPerSecond()),
        Double.toString(conditions.scale().runtime()),
        Double.toString(conditions.scale().bytes()),
        Integer.toString(figures.samples().size())));
    addSeconds(row, figures.spread(Sample::latencyNanos));
    addSeconds(row, figures.spread(Sample::criticalPathNanos));
    addSeconds(row, figures.overheadNanos());
    row.add(Long.toString(figures.spread(s -> s.traffic().messages()).median()));
    row.add(Long.toString(figures.spread(s -> s.traffic().bytes()).median()));
    row.add(Long.toString(figures.spread(Sample::dataBytes).median()));
    row.add(Long.toString(figures.spread(Sample::inputBytes).median()));
    OptionalDouble saving = workflow.saving(figures);
    row.add(saving.isPresent() ? String.format(Locale.ROOT, "%.4f", saving.getAsDouble()) : "");
    return row;
  }

  private static void addSeconds(List<String> row, Spread nanos) {
    row.add(seconds(nanos.min()));
    row.add(seconds(nanos.median()));
    row.add(seconds(nanos.max()));
  }

  private static String seconds(long nanos) {
    return String.format(Locale.ROOT, "%.9f", nanos / NANOS_A_SECOND);
  }

  private static void line(StringBuilder text, List<String> cells) {
    String separator = "";
    for (String cell : cells) {
      text.append(separator).append(quoted(cell));
      separator = ",";
    }
    text.append(END_OF_LINE);
  }

  static String quoted(String cell) {
    return SPECIAL.matcher(cell).find() ? '"' + cell.replace("\"", "\"\"") + '"' : cell;
  }
}
