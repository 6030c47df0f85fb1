package io.faasflow.container;

import io.faasflow.function.Resources;
import io.faasflow.run.RunId;
import org.jspecify.annotations.Nullable;

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

  /**
   * A run has ended, on all workers, and nobody will read what its functions gave but for its output:
   * the backend frees what it keeps for the run. Called once for each run, whether or not it had
   * anything in containers, before its caller is told. Functions that could not be stopped may still be
   * at work.
   *
   * @param output what the run's caller is given, and may read for as long as he has it; null also
   *     where it has failed
   */
  default void ended(RunId run, @Nullable Object output) {}
}
