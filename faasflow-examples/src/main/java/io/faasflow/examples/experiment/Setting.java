package io.faasflow.examples.experiment;

import io.faasflow.engine.SchedulePattern;
import io.faasflow.partition.GreedyMerge;
import io.faasflow.partition.HashSpread;
import io.faasflow.partition.LocalitySpread;
import io.faasflow.partition.Partitioner;
import java.util.List;
import java.util.stream.Stream;

/**
 * What is compared: who schedules, and who places. Immutable.
 *
 * @param pattern who decides what runs next
 * @param partitioner what places functions on workers
 */
public record Setting(SchedulePattern pattern, Partitioner partitioner) {
  /** Master-side and worker-side, each with our partitioner, FaaSFlow's, and a hash. */
  public static List<Setting> all() {
    return Stream.of(SchedulePattern.MASTER_SIDE, SchedulePattern.WORKER_SIDE)
        .flatMap(pattern -> partitioners().stream().map(one -> new Setting(pattern, one)))
        .toList();
  }

  /** The partitioners that are compared, ours first. */
  public static List<Partitioner> partitioners() {
    return List.of(new LocalitySpread(), new GreedyMerge(), new HashSpread());
  }

  /** {@code master-side} or {@code worker-side}. */
  public String patternName() {
    return pattern == SchedulePattern.MASTER_SIDE ? "master-side" : "worker-side";
  }

  @Override
  public String toString() {
    return patternName() + ", " + partitioner.name();
  }
}
