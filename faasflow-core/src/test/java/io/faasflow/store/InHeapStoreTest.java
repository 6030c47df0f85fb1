package io.faasflow.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.run.RunId;
import org.junit.jupiter.api.Test;

class InHeapStoreTest extends DataStoreContract {
  private static final RunId RUN = new RunId(5L << 16, 0);

  @Override
  protected DataStore newStore() {
    return new InHeapStore();
  }

  @Test
  void fetch_saved_givesTheVeryObject() {
    try (InHeapStore store = new InHeapStore()) {
      Object value = new Object();
      store.save(new DataKey(RUN, 1), value, 1);
      assertThat(store.fetch(new DataKey(RUN, 1)).orElseThrow().value()).isSameAs(value);
    }
  }

  @Test
  void size_afterReleasesAndClose_countsWhatIsKept() {
    InHeapStore store = new InHeapStore();
    store.save(new DataKey(RUN, 1), "a", 1);
    store.save(new DataKey(RUN, 2), null, 2);
    store.save(new DataKey(new RunId(6L << 16, 0), 1), "b", 1);
    assertThat(store.size()).isEqualTo(3);
    store.release(new DataKey(RUN, 1));
    store.release(new DataKey(RUN, 2));
    assertThat(store.size()).isEqualTo(2);
    assertThat(store).hasToString("InHeapStore[2 outputs]");
    store.release(new DataKey(RUN, 2));
    assertThat(store.size()).isEqualTo(1);
    store.close();
    assertThat(store.size()).isZero();
  }
}
