package io.faasflow.examples.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Figures of the data experiment as comma-separated values (RFC 4180): a header, then a row for each
 * workflow, bandwidth and store. Times are in seconds, sizes in bytes. Immutable.
 */
public final class DataCsv {
  private static final String END_OF_LINE = "\r\n";
  private static final double NANOS_A_SECOND = 1e9;
  private static final List<String> HEADER = List.of(
      "workflow",
      "file",
      "store",
      "line_bytes_per_s",
      "workers",
      "scale_runtime",
      "scale_bytes",
      "runs",
      "data_time_min_s",
      "data_time_median_s",
      "data_time_max_s",
      "latency_min_s",
      "latency_median_s",
      "latency_max_s",
      "memory_bytes_median",
      "remote_bytes_median");

  private final Conditions conditions;

  /** A writer of figures that were measured under these conditions, whatever their bandwidth. */
  public DataCsv(Conditions conditions) {
    this.conditions = conditions;
  }

  /** The text of a file with all these figures. */
  public String text(List<DataFigures> all) {
    StringBuilder text = new StringBuilder(String.join(",", HEADER)).append(END_OF_LINE);
    for (DataFigures figures : all) {
      line(text, figures, "remote only", figures.remoteOnly());
      line(text, figures, "FaaStore", figures.faaStore());
    }
    return text.toString();
  }

  private void line(
      StringBuilder text, DataFigures figures, String store, List<DataSample> samples) {
    List<String> row = new ArrayList<>(List.of(
        figures.workflow(),
        figures.source(),
        store,
        Double.toString(figures.bytesPerSecond()),
        Integer.toString(conditions.workers()),
        Double.toString(conditions.scale().runtime()),
        Double.toString(conditions.scale().bytes()),
        Integer.toString(samples.size())));
    addSeconds(row, DataFigures.spread(samples, DataSample::dataNanos));
    addSeconds(row, DataFigures.spread(samples, DataSample::latencyNanos));
    row.add(Long.toString(DataFigures.spread(samples, DataSample::memoryBytes).median()));
    row.add(Long.toString(DataFigures.spread(samples, DataSample::remoteBytes).median()));
    text.append(row.stream().map(SchedulingCsv::quoted).collect(Collectors.joining(",")))
        .append(END_OF_LINE);
  }

  private static void addSeconds(List<String> row, Spread nanos) {
    for (long one : new long[] {nanos.min(), nanos.median(), nanos.max()}) {
      row.add(String.format(Locale.ROOT, "%.9f", one / NANOS_A_SECOND));
    }
  }
}
