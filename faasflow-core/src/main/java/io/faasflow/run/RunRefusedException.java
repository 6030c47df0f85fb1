package io.faasflow.run;

/** A run was not accepted: as many are active, and as many wait, as the runtime allows. */
public final class RunRefusedException extends FaasFlowException {
  private static final long serialVersionUID = 1L;

  /**
   * @param workflow the name of its workflow
   * @param active how many runs may be active
   * @param queued how many may wait
   */
  public RunRefusedException(String workflow, int active, int queued) {
    super(
        "A run of workflow '"
            + workflow
            + "' was refused: "
            + active
            + " runs are active and "
            + queued
            + " wait, which is the limit. Start it later, or allow more with maxActiveRuns or"
            + " maxQueuedRuns",
        null);
  }
}
