package io.faasflow.workflow;

/**
 * A part of a workflow that takes an {@code I} and gives an {@code O}. Immutable; a step may be part
 * of several workflows, but stands in each at one place only.
 *
 * <p>The set is closed: {@link Task}, and the constructs that hold other steps: {@link Sequence},
 * {@link Parallel}, {@link Switch}, {@link Foreach}, {@link Dag} and {@link Fallback}. Each nests in
 * each.
 *
 * @param <I> what it takes
 * @param <O> what it gives
 */
public sealed interface Step<I, O>
    permits Task, Sequence, Parallel, Switch, Foreach, Dag, Fallback {
  /** How deep constructs may nest in each other. */
  int MAX_DEPTH = 200;

  /**
   * This step and then the next, which takes what this one gives.
   *
   * @param next the step to follow
   * @return a sequence of the two
   */
  default <P> Sequence<I, P> then(Step<? super O, P> next) {
    return Sequence.of(this, next);
  }

  /** How many constructs are nested in each other here: 0 for a task. At most {@link #MAX_DEPTH}. */
  int depth();
}
