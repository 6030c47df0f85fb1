package io.faasflow.container;

import io.faasflow.function.FunctionContext;

/**
 * The context of a call whose caller wants to know what it took. Part of the SPI: an engine gives one to
 * {@link ContainerFunction#apply}, unless something stands between the two. Confined to the call.
 */
public interface ContainerCall extends FunctionContext {
  /** What the call took. For the function, at most once, before it returns or throws. */
  void used(ContainerUsage usage);
}
