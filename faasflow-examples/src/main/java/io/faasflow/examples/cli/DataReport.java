package io.faasflow.examples.cli;

import io.faasflow.examples.experiment.Conditions;
import io.faasflow.examples.experiment.DataFigures;
import io.faasflow.examples.experiment.DataSample;
import io.faasflow.examples.experiment.Spread;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Prints what the data experiment measured. Immutable. */
final class DataReport {
  private static final double NANOS_A_MILLISECOND = 1e6;

  private final Conditions conditions;
  private final String tier;

  /** A report of what was measured under these conditions, whatever their bandwidth. */
  DataReport(Conditions conditions, String tier) {
    this.conditions = conditions;
    this.tier = tier;
  }

  /** Under what conditions all that follows was measured. */
  String heading() {
    return Quantity.count(conditions.workers(), "worker")
        + " with "
        + Quantity.count(conditions.slots(), "slot")
        + " each; remote tier: "
        + tier
        + "; sizes times "
        + conditions.scale().bytes()
        + "; "
        + Quantity.count(conditions.runs(), "run")
        + " with each store after "
        + Quantity.count(conditions.warmUpRuns())
        + " to warm up; Java "
        + Runtime.version().feature();
  }

  /** Prints the figures of one workflow. */
  void print(List<DataFigures> ofOneWorkflow, PrintWriter out) {
    DataFigures any = ofOneWorkflow.get(0);
    out.println();
    out.println(any.workflow() + " (" + any.source() + "), times in ms");
    Table table = new Table("rlrrrrrrr")
        .row("", "", "fetch and save", "", "", "latency", "", "bytes in", "bytes of")
        .row("line", "store", "min", "median", "saved", "min", "median", "memory", "remote tier");
    for (DataFigures figures : ofOneWorkflow) {
      String line = Quantity.bytes(Math.round(figures.bytesPerSecond())) + "/s";
      row(table, line, "remote only", figures.remoteOnly(), OptionalDouble.empty());
      row(table, "", "FaaStore", figures.faaStore(), figures.saved(DataSample::dataNanos));
    }
    table.print(out);
  }

  private static void row(
      Table table, String line, String store, List<DataSample> samples, OptionalDouble saved) {
    Spread data = DataFigures.spread(samples, DataSample::dataNanos);
    Spread latency = DataFigures.spread(samples, DataSample::latencyNanos);
    table.row(
        line,
        store,
        millis(data.min()),
        millis(data.median()),
        saved.isPresent() ? String.format(Locale.ROOT, "%.1f %%", 100 * saved.getAsDouble()) : "",
        millis(latency.min()),
        millis(latency.median()),
        Quantity.count(DataFigures.spread(samples, DataSample::memoryBytes).median()),
        Quantity.count(DataFigures.spread(samples, DataSample::remoteBytes).median()));
  }

  private static String millis(long nanos) {
    return String.format(Locale.ROOT, "%,.2f", nanos / NANOS_A_MILLISECOND);
  }
}
