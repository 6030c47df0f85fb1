package io.faasflow.examples.cli;

import io.faasflow.examples.experiment.Conditions;
import io.faasflow.examples.experiment.Figures;
import io.faasflow.examples.experiment.Sample;
import io.faasflow.examples.experiment.Spread;
import io.faasflow.examples.experiment.WorkflowFigures;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Prints what the scheduling experiment measured. Immutable. */
final class SchedulingReport {
  private static final double NANOS_A_MILLISECOND = 1e6;

  private final Conditions conditions;

  SchedulingReport(Conditions conditions) {
    this.conditions = conditions;
  }

  /** Under what conditions all that follows was measured. */
  String heading() {
    return Quantity.count(conditions.workers(), "worker")
        + " with "
        + Quantity.count(conditions.slots(), "slot")
        + " each; "
        + (conditions.latency().isZero()
            ? "no injected latency"
            : number(conditions.latency().toNanos() / NANOS_A_MILLISECOND)
                + " ms a message, lines of "
                + Quantity.bytes(Math.round(conditions.bytesPerSecond()))
                + "/s")
        + "; "
        + Quantity.count(conditions.runs(), "run")
        + " of each setting after "
        + Quantity.count(conditions.warmUpRuns())
        + " to warm up; Java "
        + Runtime.version().feature();
  }

  void print(WorkflowFigures workflow, PrintWriter out) {
    out.println();
    out.println(workflow.workflow()
        + ", "
        + Quantity.count(workflow.functions(), "function")
        + " ("
        + workflow.source()
        + "), times in ms");
    Table table = new Table("llrrrrrrrrr")
        .row("", "", "latency", "", "critical", "overhead", "", "", "message", "data", "less than")
        .row(
            "scheduling",
            "partitioner",
            "min",
            "median",
            "path",
            "min",
            "median",
            "messages",
            "bytes",
            "bytes",
            "master");
    for (Figures figures : workflow.settings()) {
      Spread latency = figures.spread(Sample::latencyNanos);
      Spread overhead = figures.overheadNanos();
      table.row(
          figures.setting().patternName(),
          figures.setting().partitioner().name(),
          millis(latency.min()),
          millis(latency.median()),
          millis(figures.spread(Sample::criticalPathNanos).median()),
          millis(overhead.min()),
          millis(overhead.median()),
          Quantity.count(figures.spread(sample -> sample.traffic().messages()).median()),
          Quantity.count(figures.spread(sample -> sample.traffic().bytes()).median()),
          Quantity.count(figures.spread(Sample::dataBytes).median()),
          percent(workflow.saving(figures)));
    }
    table.print(out);
  }

  /** What worker-side scheduling saves, over all workflows. */
  void printSummary(List<WorkflowFigures> workflows, PrintWriter out) {
    out.println();
    out.println("Overhead saved by worker-side scheduling, by medians with the same partitioner:");
    Table table = new Table("lrrr").row("partitioner", "least", "mean", "most");
    for (Figures one : workflows.get(0).settings()) {
      String partitioner = one.setting().partitioner().name();
      double[] savings = workflows.stream()
          .flatMap(workflow -> workflow.settings().stream()
              .filter(figures -> figures.setting().partitioner().name().equals(partitioner))
              .map(workflow::saving))
          .flatMapToDouble(OptionalDouble::stream)
          .sorted()
          .toArray();
      if (workflows.get(0).saving(one).isPresent() && savings.length > 0) {
        table.row(
            partitioner,
            percent(OptionalDouble.of(savings[0])),
            percent(Arrays.stream(savings).average()),
            percent(OptionalDouble.of(savings[savings.length - 1])));
      }
    }
    table.print(out);
  }

  private static String millis(long nanos) {
    return number(nanos / NANOS_A_MILLISECOND);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%,.2f", value);
  }

  private static String percent(OptionalDouble share) {
    return share.isPresent()
        ? String.format(Locale.ROOT, "%.1f %%", 100 * share.getAsDouble())
        : "";
  }
}
