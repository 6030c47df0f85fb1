package io.faasflow.examples.experiment;

import io.faasflow.observe.RunEvent;
import io.faasflow.observe.RunListener;
import io.faasflow.store.Kept;
import java.util.concurrent.atomic.LongAdder;

/**
 * What the functions of a run spent in fetch and save, and how many bytes they moved. Thread-safe; for one run
 * at a time. Values that the workflow only passes on, at the ends of its steps, are no functions' data.
 */
final class DataMeter implements RunListener {
  private final LongAdder nanos = new LongAdder();
  private final LongAdder memoryBytes = new LongAdder();
  private final LongAdder remoteBytes = new LongAdder();

  /**
   * What was measured.
   *
   * @param nanos in fetch and save, of all functions together
   * @param memoryBytes saved to memory
   * @param remoteBytes saved to the remote tier, and fetched from it
   */
  record Measured(long nanos, long memoryBytes, long remoteBytes) {}

  @Override
  public void on(RunEvent event) {
    if (event instanceof RunEvent.Saved saved && isOfFunction(saved.site())) {
      nanos.add(saved.nanos() - saved.startNanos());
      boolean isInMemory = saved.tier().startsWith(Kept.MEMORY);
      (isInMemory ? memoryBytes : remoteBytes).add(Math.max(0, saved.bytes()));
      if (isInMemory && !saved.tier().equals(Kept.MEMORY)) {
        remoteBytes.add(Math.max(0, saved.bytes())); // into both
      }
    } else if (event instanceof RunEvent.Fetched fetched && isOfFunction(fetched.site())) {
      nanos.add(fetched.nanos() - fetched.startNanos());
      remoteBytes.add(Math.max(0, fetched.bytes()));
    }
  }

  /** Steps without a function have names that begin so; but a foreach gives what its functions gave. */
  private static boolean isOfFunction(RunEvent.Site site) {
    return !site.task().startsWith("#") || site.task().startsWith("#foreach");
  }

  /** What was measured since the last call. */
  Measured take() {
    return new Measured(
        nanos.sumThenReset(), memoryBytes.sumThenReset(), remoteBytes.sumThenReset());
  }
}
