package io.faasflow.examples.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.run.RunId;
import io.faasflow.store.DataKey;
import io.faasflow.store.InHeapStore;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MeteredStoreTest {
  private static final RunId RUN = new RunId(1L << 16, 1);
  private static final int INPUT = 0;

  private final InHeapStore heap = new InHeapStore();
  private final MeteredStore store = new MeteredStore(heap);

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void bytes_anyValue_isWhatItHolds() {
    assertThat(MeteredStore.bytes(null)).isZero();
    assertThat(MeteredStore.bytes("abc")).isEqualTo(3);
    assertThat(MeteredStore.bytes("\u00e4\u20ac")).isEqualTo(5);
    assertThat(MeteredStore.bytes(3)).isEqualTo(8);
    assertThat(MeteredStore.bytes(Arrays.asList("ab", null, List.of("c", true))))
        .isEqualTo(11);
    assertThat(MeteredStore.bytes(Map.of("key", "value"))).isEqualTo(8);
  }

  @Test
  void take_valueForTwoWorkers_countsItTwiceHoweverOftenItIsFetched() {
    DataKey key = new DataKey(RUN, 3);
    store.save(key, "12345", 2);
    for (int i = 0; i < 5; i++) {
      assertThat(store.fetch(key)).isPresent();
    }
    assertThat(store.take(INPUT)).isEqualTo(new MeteredStore.Bytes(10, 0));
    assertThat(store.take(INPUT)).isEqualTo(new MeteredStore.Bytes(0, 0));
  }

  @Test
  void take_inputOfTheRun_isCountedApart() {
    store.save(new DataKey(RUN, INPUT), "input", 1);
    store.save(new DataKey(RUN, 1), "out", 1);
    store.save(new DataKey(RUN, 2), "never fetched", 1);
    assertThat(store.fetch(new DataKey(RUN, INPUT))).isPresent();
    assertThat(store.fetch(new DataKey(RUN, 1))).isPresent();
    assertThat(store.fetch(new DataKey(RUN, 9))).isEmpty();
    assertThat(store.take(INPUT)).isEqualTo(new MeteredStore.Bytes(3, 5));
  }

  @Test
  void release_goesThroughToTheStore() {
    store.save(new DataKey(RUN, 1), "a", 1);
    store.save(new DataKey(RUN, 2), "b", 1);
    store.release(new DataKey(RUN, 1));
    assertThat(heap.size()).isEqualTo(1);
    store.releaseRun(RUN);
    assertThat(heap.size()).isZero();
  }
}
