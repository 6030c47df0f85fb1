package io.faasflow.examples.experiment;

import io.faasflow.examples.experiment.BarChart.Series;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A chart of the median data time of each workflow with each store, at each bandwidth. Immutable. */
public final class DataChart {
  private static final double NANOS_A_MILLISECOND = 1e6;
  private static final double BYTES_A_MEGABYTE = 1e6;

  /** Warm for the remote tier, cool for FaaStore; the lighter, the more bandwidth. */
  private static final List<String> FAR = List.of("#7c2d12", "#c2410c", "#f97316", "#fdba74");

  private static final List<String> NEAR = List.of("#1e3a8a", "#2563eb", "#60a5fa", "#bfdbfe");

  private final Conditions conditions;

  /** A drawer of figures that were measured under these conditions, whatever their bandwidth. */
  public DataChart(Conditions conditions) {
    this.conditions = conditions;
  }

  /**
   * The text of an SVG file with a group of bars for each of these workflows.
   *
   * @param bandwidths all bandwidths, in bytes a second; 1 or more
   */
  public String svg(List<DataFigures> all, List<Double> bandwidths) {
    List<Series> series = new ArrayList<>();
    for (int i = 0; i < bandwidths.size(); i++) {
      String line = ", " + Math.round(bandwidths.get(i) / BYTES_A_MEGABYTE) + " MB/s";
      series.add(new Series("remote only" + line, FAR.get(i % FAR.size())));
      series.add(new Series("FaaStore" + line, NEAR.get(i % NEAR.size())));
    }
    BarChart chart =
        new BarChart("Data time of a run", note(), "fetch and save in ms, median", series);
    Map<String, String> names = new LinkedHashMap<>(); // two files may have workflows of one name
    Map<String, List<Double>> groups = new LinkedHashMap<>();
    for (DataFigures figures : all) {
      names.put(figures.source(), figures.workflow());
      List<Double> values = groups.computeIfAbsent(figures.source(), any -> new ArrayList<>());
      for (List<DataSample> samples : List.of(figures.remoteOnly(), figures.faaStore())) {
        values.add(
            DataFigures.spread(samples, DataSample::dataNanos).median() / NANOS_A_MILLISECOND);
      }
    }
    groups.forEach((source, values) -> {
      while (values.size() < series.size()) {
        values.add(0.0); // not measured yet
      }
      chart.group(names.getOrDefault(source, source), values);
    });
    return chart.svg();
  }

  private String note() {
    return "Time in fetch and save, summed over all functions; "
        + conditions.workers()
        + " workers, sizes times "
        + conditions.scale().bytes()
        + ", "
        + conditions.runs()
        + " runs each";
  }
}
