package io.faasflow.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.run.RunId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every {@link DataStore} does. A store joins by a subclass that makes one. Values are strings,
 * numbers, lists and maps, so that a store which serialises can take part.
 */
public abstract class DataStoreContract {
  private static final RunId RUN = new RunId(1L << 16, 1);
  private static final RunId OTHER_RUN = new RunId(1L << 16, 2);
  private static final DataKey KEY = new DataKey(RUN, 7);
  private static final int THREADS = 4;

  private DataStore store;

  /** A new, empty store; the suite closes it. */
  protected abstract DataStore newStore();

  @BeforeEach
  void open() {
    store = newStore();
  }

  @AfterEach
  void close() {
    store.close();
  }

  private Object value(DataKey key) {
    return store.fetch(key).orElseThrow().value();
  }

  @Test
  void fetch_neverSaved_isEmpty() {
    assertThat(store.fetch(KEY)).isEmpty();
  }

  @Test
  void fetch_saved_givesTheValueAsOftenAsAsked() {
    store.save(KEY, List.of("a", 1, Map.of("k", "v")), 1);
    for (int i = 0; i < 3; i++) {
      assertThat(value(KEY)).isEqualTo(List.of("a", 1, Map.of("k", "v")));
    }
  }

  @Test
  void fetch_savedNull_isNotEmpty() {
    store.save(KEY, null, 1);
    Optional<DataStore.Stored> found = store.fetch(KEY);
    assertThat(found).isPresent();
    assertThat(found.orElseThrow().value()).isNull();
    store.release(KEY);
    assertThat(store.fetch(KEY)).isEmpty();
  }

  @Test
  void fetch_otherKeys_areOtherValues() {
    DataKey otherNode = new DataKey(RUN, 8);
    DataKey otherRun = new DataKey(OTHER_RUN, 7);
    store.save(KEY, "a", 1);
    store.save(otherNode, "b", 1);
    store.save(otherRun, "c", 1);
    assertThat(value(KEY)).isEqualTo("a");
    assertThat(value(otherNode)).isEqualTo("b");
    assertThat(value(otherRun)).isEqualTo("c");
    assertThat(store.fetch(new DataKey(OTHER_RUN, 8))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void save_anyNodeId_isAKey(int node) {
    DataKey key = new DataKey(RUN, node);
    store.save(key, "x", 1);
    assertThat(value(key)).isEqualTo("x");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 10})
  void release_byAllReaders_dropsTheValueAtTheLast(int readers) {
    store.save(KEY, "x", readers);
    for (int i = 1; i < readers; i++) {
      store.release(KEY);
      assertThat(value(KEY)).isEqualTo("x");
    }
    store.release(KEY);
    assertThat(store.fetch(KEY)).isEmpty();
  }

  @Test
  void release_moreOftenThanReaders_isIgnored() {
    DataKey other = new DataKey(RUN, 8);
    store.save(KEY, "x", 1);
    store.save(other, "y", 1);
    store.release(KEY);
    store.release(KEY);
    store.release(new DataKey(OTHER_RUN, 1));
    assertThat(value(other)).isEqualTo("y");
    store.save(KEY, "again", 1);
    assertThat(value(KEY)).isEqualTo("again");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
  void save_withoutReaders_isRefused(int readers) {
    assertThatThrownBy(() -> store.save(KEY, "x", readers))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(String.valueOf(readers));
    assertThat(store.fetch(KEY)).isEmpty();
  }

  @Test
  void save_sameKeyAgain_replacesValueAndReaders() {
    store.save(KEY, "old", 1);
    store.save(KEY, "new", 2);
    assertThat(value(KEY)).isEqualTo("new");
    store.release(KEY);
    assertThat(value(KEY)).isEqualTo("new");
    store.release(KEY);
    assertThat(store.fetch(KEY)).isEmpty();
  }

  @Test
  void save_nullOverAValue_replacesIt() {
    store.save(KEY, "old", 1);
    store.save(KEY, null, 1);
    assertThat(value(KEY)).isNull();
  }

  @Test
  void releaseRun_severalTimes_dropsThatRunOnly() {
    DataKey kept = new DataKey(OTHER_RUN, 7);
    for (int node = 0; node < 100; node++) {
      store.save(new DataKey(RUN, node), node, 1 + node % 3);
    }
    store.save(kept, "kept", 1);
    for (int i = 0; i < 3; i++) {
      store.releaseRun(RUN);
      for (int node = 0; node < 100; node++) {
        assertThat(store.fetch(new DataKey(RUN, node))).isEmpty();
      }
      assertThat(value(kept)).isEqualTo("kept");
    }
  }

  @Test
  void save_afterReleaseRun_isKeptUntilTheNext() {
    store.save(KEY, "x", 1);
    store.releaseRun(RUN);
    store.save(KEY, "late", 1);
    assertThat(value(KEY)).isEqualTo("late");
    store.releaseRun(RUN);
    assertThat(store.fetch(KEY)).isEmpty();
  }

  @Test
  void close_twice_dropsEverything() {
    store.save(KEY, "x", 1);
    store.close();
    assertThatCode(store::close).doesNotThrowAnyException();
  }

  @Test
  void release_byManyThreads_dropsEachValueExactlyWhenAllAreDone() throws Exception {
    int keys = 500;
    for (int round = 0; round < 5; round++) {
      for (int node = 0; node < keys; node++) {
        store.save(new DataKey(RUN, node), node, THREADS + 1);
      }
      inParallel(thread -> {
        for (int node = 0; node < keys; node++) {
          DataKey key = new DataKey(RUN, node);
          assertThat(value(key)).isEqualTo(node); // this thread's release is still to come
          store.release(key);
        }
      });
      for (int node = 0; node < keys; node++) {
        DataKey key = new DataKey(RUN, node);
        assertThat(value(key)).isEqualTo(node);
        store.release(key);
        assertThat(store.fetch(key)).isEmpty();
      }
    }
  }

  @Test
  void save_whileTheRunsLastOtherValueIsReleased_isNeverLost() throws Exception {
    // The race: a release that empties the run against a save into it.
    inParallel(thread -> {
      for (int i = 0; i < 2_000; i++) {
        DataKey key = new DataKey(RUN, thread);
        store.save(key, i, 1);
        assertThat(value(key)).isEqualTo(i);
        store.release(key);
        assertThat(store.fetch(key)).isEmpty();
      }
    });
  }

  @Test
  void releaseRun_whileOtherRunsAreUsed_leavesThemAlone() throws Exception {
    inParallel(thread -> {
      RunId run = new RunId(1L << 16, 100 + thread);
      for (int i = 0; i < 1_000; i++) {
        DataKey key = new DataKey(run, i % 10);
        store.save(key, i, 2);
        assertThat(value(key)).isEqualTo(i);
        if (i % 7 == 0) {
          store.releaseRun(run);
          assertThat(store.fetch(key)).isEmpty();
        }
      }
    });
  }

  /** What one of several threads does. */
  private interface Part {
    void run(int thread) throws Exception;
  }

  private static void inParallel(Part part) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      CountDownLatch ready = new CountDownLatch(THREADS);
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        int thread = i;
        all.add(threads.submit(() -> {
          ready.countDown();
          ready.await();
          part.run(thread);
          return null;
        }));
      }
      for (Future<?> one : all) {
        one.get(60, TimeUnit.SECONDS);
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
