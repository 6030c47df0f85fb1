package io.faasflow.workflow;

import java.util.Arrays;
import java.util.List;

/**
 * Branches that all take the same input and run at the same time. Gives their outputs, keyed by
 * branch. Immutable.
 *
 * @param <I> what every branch takes
 */
public final class Parallel<I> implements Step<I, Outputs> {
  private final List<Step<?, ?>> branches;
  private final int depth;

  private Parallel(List<? extends Step<?, ?>> branches) {
    this.branches = List.copyOf(branches);
    this.depth = Depth.above("parallel", this.branches);
  }

  /** A parallel step of these branches. */
  @SafeVarargs
  @SuppressWarnings("varargs") // the array is copied, never written to
  public static <I> Parallel<I> of(Step<? super I, ?>... branches) {
    return new Parallel<>(Arrays.asList(branches));
  }

  /** A parallel step of branches whose types nobody has checked, for readers of definitions. */
  public static Parallel<Object> untyped(List<? extends Step<?, ?>> branches) {
    return new Parallel<>(branches);
  }

  /** The branches in their order. */
  public List<Step<?, ?>> branches() {
    return branches;
  }

  @Override
  public int depth() {
    return depth;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Parallel<?> that && branches.equals(that.branches);
  }

  @Override
  public int hashCode() {
    return branches.hashCode() * 31 + 1;
  }

  @Override
  public String toString() {
    return "parallel" + branches;
  }
}
