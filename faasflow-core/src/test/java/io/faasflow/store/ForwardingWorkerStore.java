package io.faasflow.store;

import io.faasflow.run.RunId;
import org.jspecify.annotations.Nullable;

/** Keeps what another store of a worker keeps; for tests that change a part of that. */
public class ForwardingWorkerStore implements WorkerStore {
  private final WorkerStore store;

  public ForwardingWorkerStore(WorkerStore store) {
    this.store = store;
  }

  @Override
  public Kept keep(RunId run, Output output, @Nullable Object value) {
    return store.keep(run, output, value);
  }

  @Override
  public Kept reference(RunId run, Output output, Object absent) {
    return store.reference(run, output, absent);
  }

  @Override
  public void releaseRun(RunId run) {
    store.releaseRun(run);
  }
}
