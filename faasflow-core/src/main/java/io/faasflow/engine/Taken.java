package io.faasflow.engine;

import org.jspecify.annotations.Nullable;

/**
 * What a function took, for its compensation and for those who are told of its failure: later the value
 * may not be had any more. Only the thread that calls the function touches it.
 */
final class Taken {
  private @Nullable Object input;
  private boolean isThere;

  void take(@Nullable Object value) {
    input = value;
    isThere = true;
  }

  /** Whether there was an input. */
  boolean isThere() {
    return isThere;
  }

  @Nullable
  Object input() {
    return input;
  }
}
