package io.faasflow.workflow;

import java.util.List;

/** Measures nesting while a construct is made, so that nothing later recurses without a bound. */
final class Depth {
  private Depth() {}

  static int above(String construct, List<? extends Step<?, ?>> children) {
    int deepest = 0;
    for (Step<?, ?> child : children) {
      deepest = Math.max(deepest, child.depth());
    }
    if (deepest >= Step.MAX_DEPTH) {
      throw new IllegalArgumentException("A "
          + construct
          + " here would nest constructs more than "
          + Step.MAX_DEPTH
          + " deep. Flatten the workflow, or move an inner part into a function");
    }
    return deepest + 1;
  }
}
