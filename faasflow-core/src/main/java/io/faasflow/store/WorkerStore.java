package io.faasflow.store;

import io.faasflow.run.RunId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * SPI: the store of one worker, for those that want every output, also the ones that no other worker
 * reads: to account for them, to limit them, to move them elsewhere.
 *
 * <p>An engine {@linkplain #keep keeps} an output before it triggers any reader, and triggers those on
 * other workers when it is {@linkplain Kept#readable readable}. What it gets stands in
 * the output's place until all readers on this worker are done, when it is released. A worker that
 * reads an output of another one asks for a {@linkplain #reference reference}, once, and treats it
 * alike. In the end the engine releases the run. Functions that could not be stopped may still keep
 * outputs of a run that was released; another {@link #releaseRun} follows each of them.
 *
 * <p>Implementations are thread-safe.
 */
public interface WorkerStore {
  /**
   * Takes an output. Readers elsewhere can read it when {@link Kept#readable} has completed; readers here
   * at once.
   *
   * @param output which one, and who reads it
   * @param value the output; may be null
   * @return what stands for it on this worker; where there are readers only elsewhere, nobody asks it
   *     for its value, and nobody releases it
   */
  Kept keep(RunId run, Output output, @Nullable Object value);

  /**
   * Stands for an output of another worker. Moves no data yet.
   *
   * @param output which one; its readers are those on this worker
   * @param absent what the value is where there is no such output
   */
  Kept reference(RunId run, Output output, Object absent);

  /**
   * A run is over, on all workers: drops everything that this worker has of it, and what it has put
   * where others read it. May be called several times.
   */
  void releaseRun(RunId run);

  /**
   * Functions of a workflow will run on this worker, till {@link #undeploy}.
   *
   * @param deployment the id of the deployed workflow and plan
   */
  default void deploy(String deployment, String workflow, List<FunctionShare> functions) {}

  /** The functions of a deployment will not run here any more. */
  default void undeploy(String deployment) {}

  /**
   * An execution of a function on this worker was seen to use memory of its own, in a container.
   *
   * @param memoryPeakBytes the most that it had
   */
  default void observed(String function, long memoryPeakBytes) {}

  /**
   * What a worker has of a function.
   *
   * @param function the function's name
   * @param memoryBytes the memory that an instance is given; 0: not declared
   * @param instances how many instances may run at a time: an estimate for a foreach without a limit
   */
  record FunctionShare(String function, long memoryBytes, int instances) {}
}
