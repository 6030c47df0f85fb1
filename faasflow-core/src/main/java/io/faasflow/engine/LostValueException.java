package io.faasflow.engine;

import io.faasflow.run.DataException;

/**
 * A value that was saved is not in the store. Either the store has lost it, or the run is
 * over, which this worker is still to hear. So it is no failure of the task: no fallback may run for it,
 * and no instance be given up. It fails the run, if there still is one.
 */
final class LostValueException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final DataException failure;

  LostValueException(String whose) {
    this(new DataException(
        "The output of " + whose
            + " is not in the store any more. Check the store's limits and expiry",
        null));
  }

  LostValueException(DataException failure) {
    super(failure.getMessage(), failure);
    this.failure = failure;
  }

  /** What the caller of the run is told. */
  DataException failure() {
    return failure;
  }
}
