package io.faasflow.faastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.FaasFlow;
import io.faasflow.WorkflowRun;
import io.faasflow.engine.SchedulePattern;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.observe.RunEvent;
import io.faasflow.partition.AllOnOne;
import io.faasflow.partition.CostModel;
import io.faasflow.partition.HashSpread;
import io.faasflow.partition.LocalitySpread;
import io.faasflow.partition.PartitionPlan;
import io.faasflow.partition.Partitioner;
import io.faasflow.partition.WorkerSpec;
import io.faasflow.store.Blob;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.io.BufferedInputStream;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs whose data FaaStore keeps. */
@Timeout(180)
class FaaStoreRunsTest {
  private static final int FLOWS = 100;
  private static final long[] LIMITS = {0, 1, 3_000, 60_000, 1 << 20, Long.MAX_VALUE / 4};

  @TempDir
  private Path folder;

  private final ExecutorService threads = Executors.newFixedThreadPool(3);

  @AfterEach
  void stopThreads() {
    threads.shutdownNow();
  }

  private static long inTheHeap(Workflow<Long, Long> workflow, long input) {
    try (FaasFlow flow = FaasFlow.local()) {
      return flow.run(workflow, input);
    }
  }

  /** Random workflows, sizes, quotas, plans, patterns, with and without a remote tier. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void run_random_givesWhatTheHeapGivesAndLeavesNothing(int part) {
    for (long seed = part * 1000L; seed < part * 1000L + FLOWS; seed++) {
      Workflow<Long, Long> workflow = RandomFlow.workflow(seed, 300_000);
      compare(workflow, seed);
    }
  }

  /** Few, with values of up to 64 MB. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void run_randomWithLargeValues_givesWhatTheHeapGives(long seed) {
    compare(RandomFlow.workflow(seed, 4 << 20, 64_000_000), seed);
  }

  private void compare(Workflow<Long, Long> workflow, long seed) {
    long expected = inTheHeap(workflow, seed);
    SplittableRandom random = new SplittableRandom(seed);
    int workers = random.nextInt(3) == 0 ? 1 : 1 + random.nextInt(4);
    Partitioner partitioner = switch (random.nextInt(3)) {
      case 0 -> new AllOnOne();
      case 1 -> new LocalitySpread();
      default -> new HashSpread();
    };
    TestTier tier = new TestTier();
    FaaStore.Builder settings = FaaStore.builder()
        .workerLimit(LIMITS[random.nextInt(LIMITS.length)])
        .writeBehind(random.nextInt(2) * 100_000L);
    if (random.nextInt(2) == 0) {
      settings.quota(MemoryQuota.fixed(LIMITS[random.nextInt(LIMITS.length)]));
    }
    boolean hasTier = random.nextInt(4) > 0;
    if (hasTier) {
      settings.remote("far", tier);
    }
    if (random.nextBoolean()) {
      settings.blobsInFiles(folder, 40_000);
    }
    if (random.nextInt(3) > 0) {
      tier.answerOn(threads); // so that functions go on while their outputs are written
    }
    try (FaaStore store = settings.build();
        FaasFlow flow = FaasFlow.builder()
            .workers(workers)
            .partitioner(partitioner)
            .pattern(
                random.nextInt(4) == 0 ? SchedulePattern.MASTER_SIDE : SchedulePattern.WORKER_SIDE)
            .stores(store)
            .build()) {
      List<WorkflowRun<Long>> runs = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        runs.add(flow.start(workflow, seed));
      }
      flow.start(workflow, seed).cancel(); // at any moment; only to leave nothing
      for (WorkflowRun<Long> run : runs) {
        assertThat(run.toFuture().join()).as("seed %d, %s", seed, store).isEqualTo(expected);
      }
      Eventually.until(
          "all is released, seed " + seed + ", " + store.usage() + ", " + tier.isEmpty(),
          () -> store.usage().bytes() == 0 && store.runsKept() == 0 && tier.isEmpty());
    }
  }

  @Test
  void run_thatFails_leavesNothing() {
    TestTier tier = new TestTier();
    Task<Long, byte[]> make = Task.task("make", size -> new byte[size.intValue()]);
    Task<byte[], byte[]> copy = Task.task("copy", byte[]::clone);
    Task<byte[], Long> fails = Task.task("fails", bytes -> {
      throw new IllegalStateException("broken");
    });
    Workflow<Long, Long> workflow = Workflow.<Long>builder("fails")
        .sequence(make)
        .sequence(copy)
        .sequence(fails)
        .build();
    try (FaaStore store =
            FaaStore.builder().workerLimit(50_000).remote("far", tier).build();
        FaasFlow flow = FaasFlow.builder()
            .workers(3)
            .partitioner(new HashSpread())
            .stores(store)
            .build()) {
      for (long size : new long[] {10, 40_000, 100_000}) {
        assertThatThrownBy(() -> flow.run(workflow, size)).hasMessageContaining("broken");
        Eventually.until(
            "all is released",
            () -> store.usage().bytes() == 0 && store.runsKept() == 0 && tier.isEmpty());
      }
    }
  }

  @Test
  void run_withATypeThatNobodyKnows_namesTaskTypeAndCure() {
    record Secret(String word) {}
    Task<String, Secret> make = Task.task("make", Secret::new);
    Task<Secret, String> open = Task.task("open", Secret::word);
    Workflow<String, String> workflow =
        Workflow.<String>builder("secret").sequence(make).sequence(open).build();
    try (FaaStore store = FaaStore.builder().build();
        FaasFlow one = FaasFlow.builder().stores(store).build()) {
      assertThat(one.run(workflow, "x")).isEqualTo("x"); // it does not leave its worker
    }
    try (FaaStore store = FaaStore.builder().build();
        FaasFlow three = spread(store)) {
      assertThatThrownBy(() -> three.run(workflow, "x"))
          .hasMessageContaining("'make'")
          .hasMessageContaining(Secret.class.getName())
          .hasMessageContaining("Codecs.builder()");
    }
    Codecs codecs = Codecs.builder().json("secret", Secret.class).build();
    try (FaaStore store = FaaStore.builder().codecs(codecs).build();
        FaasFlow three = spread(store)) {
      assertThat(three.run(workflow, "x")).isEqualTo("x");
    }
  }

  /** On three workers, so that make and open are on two. */
  private static FaasFlow spread(FaaStore store) {
    return FaasFlow.builder()
        .workers(3)
        .partitioner(new EachElsewhere())
        .stores(store)
        .build();
  }

  /** Puts neighbours on different workers, and the end where the beginning is. */
  private static final class EachElsewhere implements Partitioner {
    @Override
    public String name() {
      return "each elsewhere";
    }

    @Override
    public PartitionPlan partition(FunctionGraph graph, List<WorkerSpec> workers, CostModel costs) {
      List<String> names = new ArrayList<>();
      graph
          .nodes()
          .forEach(node -> names.add(workers
              .get(node.equals(graph.end()) ? 0 : node.id() % workers.size())
              .name()));
      return new PartitionPlan(1, names);
    }
  }

  @Test
  void run_withBlobs_readsThemOnAnotherWorker(@TempDir Path directory) throws Exception {
    Path file = Files.write(directory.resolve("data"), new byte[300_000]);
    Task<String, Blob> load = Task.task("load", path -> Blob.of("image/png", Path.of(path)));
    Task<Blob, String> count = Task.task("count", blob -> {
      try (InputStream in = blob.open()) {
        return blob.contentType() + " " + in.readAllBytes().length;
      }
    });
    Workflow<String, String> workflow =
        Workflow.<String>builder("blobs").sequence(load).sequence(count).build();
    try (FaaStore store = FaaStore.builder().build();
        FaasFlow flow = spread(store)) {
      assertThat(flow.run(workflow, file.toString())).isEqualTo("image/png 300000");
    }
  }

  /** Whatever becomes of a blob: it is handed on, made into another, and outlives its run. */
  @Test
  void run_withLargeBlobs_readsThemWhereverTheyGo() throws Exception {
    TestTier tier = new TestTier();
    Task<Integer, Blob> make = Task.task("make", size -> Blob.of("a/b", new byte[size]));
    Task<Blob, Blob> hand = Task.task("hand", blob -> blob);
    Task<Blob, Blob> wrap = Task.task(
        "wrap", blob -> Blob.of("c/d", blob.length(), () -> new BufferedInputStream(blob.open())));
    Task<Blob, Blob> last = Task.task("last", blob -> blob);
    Workflow<Integer, Blob> workflow = Workflow.<Integer>builder("large-blobs")
        .sequence(make)
        .sequence(hand)
        .sequence(wrap)
        .sequence(last)
        .build();
    try (FaaStore store =
            FaaStore.builder().remote("far", tier).blobsInFiles(folder, 100_000).build();
        FaasFlow flow = spread(store)) {
      Blob result = flow.run(workflow, 300_000);
      assertThat(result.isInMemory()).isFalse();
      try (InputStream in = result.open()) {
        assertThat(in.readAllBytes()).isEqualTo(new byte[300_000]);
      }
    }
    assertThat(folder).isEmptyDirectory();
  }

  /** The quota does not count what only other workers read: so it must not stay. */
  @Test
  void run_withAForeachThatIsReadElsewhere_doesNotKeepItsResults() {
    ConcurrentLinkedQueue<WeakReference<byte[]>> made = new ConcurrentLinkedQueue<>();
    Task<Integer, byte[]> body = Task.task("body", size -> {
      byte[] bytes = new byte[size];
      made.add(new WeakReference<>(bytes));
      return bytes;
    });
    Task<List<byte[]>, Integer> count = Task.task("count", all -> {
      Eventually.until("the results have gone from where they were made", () -> {
        System.gc();
        return made.stream().allMatch(one -> one.get() == null);
      });
      return all.size();
    });
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("results")
        .foreach((Integer n) -> Collections.nCopies(n, 10_000), body)
        .sequence(count)
        .build();
    try (FaaStore store = FaaStore.builder().build();
        FaasFlow flow = spread(store)) {
      assertThat(flow.run(workflow, 3)).isEqualTo(3);
    }
  }

  private static RunEvent.Saved saved(Iterable<RunEvent> events, String task) {
    for (RunEvent event : events) {
      if (event instanceof RunEvent.Saved saved && saved.site().task().equals(task)) {
        return saved;
      }
    }
    throw new AssertionError("Nothing was saved by " + task);
  }

  @Test
  void events_sayWhereOutputsWentAndWhy() {
    ConcurrentLinkedQueue<RunEvent> events = new ConcurrentLinkedQueue<>();
    Task<Long, byte[]> make = Task.task("make", size -> new byte[size.intValue()]);
    Task<byte[], Integer> count = Task.task("count", bytes -> bytes.length);
    Workflow<Long, Integer> workflow =
        Workflow.<Long>builder("events").sequence(make).sequence(count).build();
    TestTier tier = new TestTier();
    try (FaaStore store = FaaStore.builder()
            .workerLimit(1_000)
            .writeBehind(0)
            .remote("far", tier)
            .build();
        FaasFlow flow = FaasFlow.builder().stores(store).listener(events::add).build()) {
      assertThat(flow.run(workflow, 10L)).isEqualTo(10);
      assertThat(saved(events, "make")).satisfies(saved -> {
        assertThat(saved.tier()).isEqualTo("memory");
        assertThat(saved.bytes()).isEqualTo(10);
        assertThat(saved.reason()).contains("there is room");
      });
      assertThat(events).noneMatch(RunEvent.Fetched.class::isInstance);
      events.clear();
      assertThat(flow.run(workflow, 2_000L)).isEqualTo(2_000);
      assertThat(events)
          .filteredOn(RunEvent.Fetched.class::isInstance)
          .singleElement()
          .satisfies(one -> {
            assertThat(((RunEvent.Fetched) one).tier()).isEqualTo("far");
            assertThat(((RunEvent.Fetched) one).bytes()).isEqualTo(2_000);
          });
    }
  }
}
