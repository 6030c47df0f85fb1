package io.faasflow.examples.experiment;

import io.faasflow.engine.SchedulePattern;
import io.faasflow.examples.experiment.BarChart.Series;
import java.util.ArrayList;
import java.util.List;

/** A chart of the median scheduling overhead of each workflow in each setting. Immutable. */
public final class SchedulingChart {
  private static final double NANOS_A_MILLISECOND = 1e6;

  /** Warm for the master, cool for the workers; the same shade for the same partitioner. */
  private static final List<String> MASTER = List.of("#9a3412", "#ea580c", "#fdba74");

  private static final List<String> WORKER = List.of("#1e3a8a", "#2563eb", "#93c5fd");

  private final Conditions conditions;

  /** A drawer of figures that were measured under these conditions. */
  public SchedulingChart(Conditions conditions) {
    this.conditions = conditions;
  }

  /** The text of an SVG file with a group of bars for each of these workflows. */
  public String svg(List<WorkflowFigures> workflows) {
    List<Series> series = new ArrayList<>();
    int ofMaster = 0;
    int ofWorker = 0;
    for (Setting setting : Setting.all()) {
      String colour = setting.pattern() == SchedulePattern.MASTER_SIDE
          ? MASTER.get(ofMaster++ % MASTER.size())
          : WORKER.get(ofWorker++ % WORKER.size());
      series.add(new Series(setting.toString(), colour));
    }
    BarChart chart =
        new BarChart("Scheduling overhead of a run", note(), "overhead in ms, median", series);
    for (WorkflowFigures workflow : workflows) {
      chart.group(
          workflow.workflow(),
          workflow.settings().stream()
              .map(figures -> figures.overheadNanos().median() / NANOS_A_MILLISECOND)
              .toList());
    }
    return chart.svg();
  }

  private String note() {
    return "End-to-end latency less the functions' own times along the critical path; "
        + conditions.workers()
        + " workers, "
        + (conditions.latency().isZero()
            ? "no injected latency"
            : conditions.latency().toNanos() / NANOS_A_MILLISECOND + " ms a message")
        + ", "
        + conditions.runs()
        + " runs each";
  }
}
