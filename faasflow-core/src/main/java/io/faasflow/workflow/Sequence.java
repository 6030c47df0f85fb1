package io.faasflow.workflow;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Steps one after the other, each taking what the one before gave. Immutable.
 *
 * <p>A sequence never holds a sequence: appending one appends its steps.
 *
 * @param <I> what the first step takes
 * @param <O> what the last step gives
 */
public final class Sequence<I, O> implements Step<I, O> {
  private final List<Step<?, ?>> steps;
  private final int depth;

  private Sequence(List<Step<?, ?>> steps) {
    this.steps = steps;
    this.depth = Depth.above("sequence", steps);
  }

  static <I, T, O> Sequence<I, O> of(Step<I, T> first, Step<? super T, O> second) {
    Objects.requireNonNull(second, "next");
    List<Step<?, ?>> steps = new ArrayList<>();
    append(steps, first);
    append(steps, second);
    return new Sequence<>(List.copyOf(steps));
  }

  /**
   * A sequence of steps whose types nobody has checked, for readers of definitions. An empty list
   * is allowed here and refused by {@link WorkflowBuilder#build()}.
   */
  public static Sequence<Object, Object> untyped(List<? extends Step<?, ?>> steps) {
    List<Step<?, ?>> flat = new ArrayList<>(steps.size());
    for (Step<?, ?> step : steps) {
      append(flat, step);
    }
    return new Sequence<>(List.copyOf(flat));
  }

  static void append(List<Step<?, ?>> steps, Step<?, ?> step) {
    if (step instanceof Sequence<?, ?> sequence) {
      steps.addAll(sequence.steps);
    } else {
      steps.add(step);
    }
  }

  /** The steps in their order; none of them is a sequence. */
  public List<Step<?, ?>> steps() {
    return steps;
  }

  @Override
  public int depth() {
    return depth;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Sequence<?, ?> that && steps.equals(that.steps);
  }

  @Override
  public int hashCode() {
    return steps.hashCode();
  }

  @Override
  public String toString() {
    return "sequence" + (steps.size() <= 16 ? steps : "[" + steps.size() + " steps]");
  }
}
