package io.faasflow.examples.experiment;

import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToLongFunction;

/**
 * What the data of a workflow's runs took at one bandwidth. Immutable.
 *
 * @param workflow the name of the workflow
 * @param source the file that it was read from
 * @param bytesPerSecond the bandwidth of the remote tier's line
 * @param remoteOnly runs whose data all went through the remote tier
 * @param faaStore runs whose data FaaStore kept
 */
public record DataFigures(
    String workflow,
    String source,
    double bytesPerSecond,
    List<DataSample> remoteOnly,
    List<DataSample> faaStore) {
  /** Copies the lists. */
  public DataFigures {
    remoteOnly = List.copyOf(remoteOnly);
    faaStore = List.copyOf(faaStore);
  }

  /** How a quantity lies in some of these samples. */
  public static Spread spread(List<DataSample> samples, ToLongFunction<DataSample> quantity) {
    return Spread.of(samples.stream().mapToLong(quantity));
  }

  /**
   * Which share of a quantity FaaStore saves, by medians: 0.95 when it takes a twentieth, negative when it
   * takes more; empty where there is nothing to compare with.
   */
  public OptionalDouble saved(ToLongFunction<DataSample> quantity) {
    long before = spread(remoteOnly, quantity).median();
    long after = spread(faaStore, quantity).median();
    return before <= 0 ? OptionalDouble.empty() : OptionalDouble.of(1 - (double) after / before);
  }
}
