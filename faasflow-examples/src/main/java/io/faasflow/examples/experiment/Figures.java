package io.faasflow.examples.experiment;

import java.util.List;
import java.util.function.ToLongFunction;

/**
 * What the runs of a setting took. Immutable.
 *
 * @param setting the setting
 * @param samples one a run, 1 or more
 */
public record Figures(Setting setting, List<Sample> samples) {
  /** Copies the list. */
  public Figures {
    samples = List.copyOf(samples);
  }

  /** How one of the measured quantities lies. */
  public Spread spread(ToLongFunction<Sample> quantity) {
    return Spread.of(samples.stream().mapToLong(quantity));
  }

  /** How the scheduling overhead lies, in nanoseconds. */
  public Spread overheadNanos() {
    return spread(Sample::overheadNanos);
  }
}
