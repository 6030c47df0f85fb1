package io.faasflow.examples.experiment;

import io.faasflow.engine.SchedulePattern;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What the runs of a workflow took, in each setting. Immutable.
 *
 * @param workflow the name of the workflow
 * @param source the file that it was read from
 * @param functions how many functions it has; those in a foreach count once
 * @param settings the figures of each setting
 */
public record WorkflowFigures(
    String workflow, String source, int functions, List<Figures> settings) {
  /** Copies the list. */
  public WorkflowFigures {
    settings = List.copyOf(settings);
  }

  /**
   * Which share of the master's overhead worker-side scheduling saves with the same partitioner:
   * 0.75 when it takes a quarter of it, negative when it takes more. By medians.
   *
   * @param figures figures of this workflow
   * @return empty for the master-side pattern itself, and where there is nothing to compare with
   */
  public OptionalDouble saving(Figures figures) {
    if (figures.setting().pattern() == SchedulePattern.MASTER_SIDE) {
      return OptionalDouble.empty();
    }
    String partitioner = figures.setting().partitioner().name();
    return settings.stream()
        .filter(one -> one.setting().pattern() == SchedulePattern.MASTER_SIDE)
        .filter(one -> one.setting().partitioner().name().equals(partitioner))
        .mapToLong(one -> one.overheadNanos().median())
        .filter(nanos -> nanos > 0)
        .mapToDouble(nanos -> 1 - (double) figures.overheadNanos().median() / nanos)
        .findFirst();
  }
}
