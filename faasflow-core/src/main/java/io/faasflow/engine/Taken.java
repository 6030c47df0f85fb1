package io.faasflow.engine;

import org.jspecify.annotations.Nullable;

/**
 * What a function took, for its compensation: the function may end after its run has, when the value can
 * no longer be had. Only the thread that calls the function touches it.
 */
final class Taken {
  @Nullable
  Object input;
}
