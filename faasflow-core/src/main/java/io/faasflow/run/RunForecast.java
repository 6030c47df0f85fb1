package io.faasflow.run;

import java.time.Duration;
import java.util.Optional;

/**
 * How far a run is, weighed by time, and how long it may still take. Immutable.
 *
 * @param share the share of the work that is done, from 0 to 1. It never shrinks, and is 1 when the run
 *     has completed, and not before
 * @param remaining an estimate of the time until the run ends; zero when it has. Empty while it waits to
 *     begin and while it is being undone, and where nothing is known yet: when no runtimes are estimated
 *     and no task is done
 */
public record RunForecast(double share, Optional<Duration> remaining) {
  /** The share in whole percent, from 0 to 100, rounded down. */
  public int percent() {
    return (int) (100 * share);
  }
}
