package io.faasflow.run;

/**
 * How far a run is. Immutable. Each instance of a foreach that has begun counts; instances of one
 * that has not begun are not known yet, so that the total can grow.
 *
 * @param done tasks and instances that are done or skipped
 * @param total those that are known
 */
public record Progress(long done, long total) {
  /** The sum of two. */
  public Progress plus(Progress other) {
    return new Progress(done + other.done, total + other.total);
  }
}
