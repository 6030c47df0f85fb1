package io.faasflow.container;

import io.faasflow.function.Resources;

/**
 * Runs functions in containers. An SPI: give an implementation to {@code
 * FaasFlow.builder().containers(...)}. Thread-safe.
 */
public interface ContainerBackend {
  /**
   * What the engine of a worker calls for a task that has an image. Asked when a workflow is deployed,
   * perhaps several times for the same; starts no container yet.
   *
   * @param image of what containers are made
   * @param resources what one container may take; zero stands for what the backend gives by default
   * @param worker the name of the worker whose container it is
   * @throws IllegalArgumentException when the backend can run nothing of the kind; says why
   */
  ContainerFunction function(ContainerImage image, Resources resources, String worker);
}
