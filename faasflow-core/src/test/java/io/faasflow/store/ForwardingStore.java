package io.faasflow.store;

import io.faasflow.run.RunId;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Does what another store does; for tests that change a part of that. */
public class ForwardingStore implements DataStore {
  private final DataStore store;

  protected ForwardingStore(DataStore store) {
    this.store = store;
  }

  @Override
  public void save(DataKey key, @Nullable Object value, int readers) {
    store.save(key, value, readers);
  }

  @Override
  public Optional<Stored> fetch(DataKey key) {
    return store.fetch(key);
  }

  @Override
  public void release(DataKey key) {
    store.release(key);
  }

  @Override
  public void releaseRun(RunId run) {
    store.releaseRun(run);
  }

  @Override
  public void close() {
    store.close();
  }
}
