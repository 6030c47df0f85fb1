package io.faasflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.engine.SchedulePattern;
import io.faasflow.run.RunStatus;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Random workflows with random failures, in random orders, with one and several workers and in both
 * patterns: each run ends in one way, which is one that the {@linkplain
 * io.faasflow.reference.ReferenceInterpreter reference interpreter} allows, calls each function as
 * often as that demands, undoes what it has done, and leaves nothing behind.
 *
 * <p>The build runs a part of them. All 100,000, in a few minutes:
 *
 * <pre>./mvnw -pl faasflow-core test -Dtest=RandomFailuresTest -Dfaasflow.random.runs=100000</pre>
 *
 * <p>A failure names its seed. {@code -Dfaasflow.random.runs=1 -Dfaasflow.random.seed=N} runs that
 * workflow alone; where steps are made one at a time, in the very same order, and with {@code
 * -Dfaasflow.random.size=N} the smallest workflow of that seed which fails.
 */
@Timeout(3_600)
class RandomFailuresTest {
  private static final int RUNS = Integer.getInteger("faasflow.random.runs", 1_200);
  private static final long SEED = Long.getLong("faasflow.random.seed", 1);
  private static final int SIZE = Integer.getInteger("faasflow.random.size", 25);

  private final Map<RunStatus, Integer> ends =
      Collections.synchronizedMap(new EnumMap<>(RunStatus.class));

  /** So many seeds of all, from the first one; one at least. */
  private static LongStream seeds(double share) {
    return LongStream.range(SEED, SEED + Math.max(1, Math.round(RUNS * share)));
  }

  @Test
  void runs_inAnyInterleaving_endAsTheReferenceAllows() {
    Optional<AssertionError> failure =
        seeds(0.68).parallel().mapToObj(this::stepped).flatMap(Optional::stream).findAny();
    if (failure.isPresent()) {
      throw failure.get();
    }
    report();
  }

  private Optional<AssertionError> stepped(long seed) {
    try {
      ends.merge(SteppedRuns.run(seed, SIZE), 1, Integer::sum);
      return Optional.empty();
    } catch (Exception | AssertionError e) {
      return Optional.of(smallest(seed, e));
    }
  }

  private static AssertionError smallest(long seed, Throwable failure) {
    for (int size = 1; size < SIZE; size++) {
      try {
        RunStatus ignored = SteppedRuns.run(seed, size);
      } catch (Exception | AssertionError e) {
        return failed(seed, size, e);
      }
    }
    return failed(seed, SIZE, failure);
  }

  private static AssertionError failed(long seed, int size, Throwable failure) {
    return new AssertionError(
        "Failed with -Dfaasflow.random.runs=1 -Dfaasflow.random.seed=" + seed
            + " -Dfaasflow.random.size=" + size + ": " + failure,
        failure);
  }

  @ParameterizedTest
  @CsvSource({
    "1, WORKER_SIDE, false, false",
    "1, WORKER_SIDE, false, true",
    "3, WORKER_SIDE, false, true",
    "3, WORKER_SIDE, true, false",
    "3, WORKER_SIDE, true, true",
    "1, MASTER_SIDE, false, false",
    "3, MASTER_SIDE, false, true",
    "3, MASTER_SIDE, true, false"
  })
  void runs_onThreads_endAsTheReferenceAllows(
      int workers, SchedulePattern pattern, boolean chaos, boolean ownStores) throws Exception {
    Set<Thread> before = threads(thread -> true);
    // Other workflows than above: their functions take no time.
    List<Long> seeds = seeds(0.04).boxed().toList();
    try (ThreadedRuns runs = new ThreadedRuns(workers, pattern, chaos, ownStores, SEED)) {
      runs.run(seeds, SIZE, ends);
    }
    for (Thread thread : threads(thread -> !before.contains(thread))) {
      thread.join(10_000);
      assertThat(thread.isAlive()).as("%s goes on", thread).isFalse();
    }
    report();
  }

  private static Set<Thread> threads(Predicate<Thread> which) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().matches("(faasflow|eager|chaos).*"))
        .filter(which)
        .collect(Collectors.toSet());
  }

  /** That there were runs of all kinds, where there were enough of them. */
  private void report() {
    int runs = ends.values().stream().mapToInt(Integer::intValue).sum();
    if (runs >= 500) {
      assertThat(ends).containsKeys(RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED);
      assertThat(ends.get(RunStatus.COMPLETED)).isGreaterThan(runs / 4);
      assertThat(ends.get(RunStatus.FAILED)).isGreaterThan(runs / 4);
    }
    if (RUNS >= 10_000) {
      System.out.println(runs + " runs ended as they may: " + ends);
    }
  }
}
