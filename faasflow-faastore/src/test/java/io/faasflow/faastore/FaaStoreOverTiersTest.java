package io.faasflow.faastore;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.FaasFlow;
import io.faasflow.faastore.disk.DiskTier;
import io.faasflow.faastore.redis.RedisProcess;
import io.faasflow.partition.HashSpread;
import io.faasflow.workflow.Workflow;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Random workflows whose data really leave: to a Redis server, to a disk. */
@Timeout(180)
class FaaStoreOverTiersTest {
  private static final int FLOWS = 15;
  private static final long LIMIT = 3_000; // so that much has to leave, and some stays

  private static void compare(FaaStore store, FaasFlow flow, long seed) {
    Workflow<Long, Long> workflow = RandomFlow.workflow(seed, 300_000);
    long expected;
    try (FaasFlow inHeap = FaasFlow.local()) {
      expected = inHeap.run(workflow, seed);
    }
    assertThat(flow.run(workflow, seed)).as("seed %d, %s", seed, store).isEqualTo(expected);
  }

  private static FaasFlow threeWorkers(FaaStore store) {
    return FaasFlow.builder()
        .workers(3)
        .partitioner(new HashSpread())
        .stores(store)
        .build();
  }

  private static void compareAll(String name, RemoteTier tier) {
    try (FaaStore store =
            FaaStore.builder().workerLimit(LIMIT).remote(name, tier).build();
        FaasFlow flow = threeWorkers(store)) {
      for (long seed = 0; seed < FLOWS; seed++) {
        compare(store, flow, seed);
      }
      assertThat(store.usage().savedToRemote()).isPositive();
      assertThat(store.usage().movedToRemote()).isPositive();
      Eventually.until(
          "nothing is left", () -> store.usage().bytes() == 0 && store.runsKept() == 0);
    }
  }

  private static long folders(Path directory) {
    return FileTree.of(directory).filter(Files::isDirectory).count();
  }

  @Test
  void run_overADisk_givesWhatTheHeapGives(@TempDir Path directory) {
    try (DiskTier tier = DiskTier.open(directory)) {
      long before = folders(directory);
      compareAll("disk", tier);
      Eventually.until("no folder is left", () -> folders(directory) == before);
    }
  }

  @Test
  void run_ofOneWorkerOverADisk_leavesNothingThere(@TempDir Path directory) {
    try (DiskTier tier = DiskTier.open(directory);
        FaaStore store = FaaStore.builder().workerLimit(0).remote("disk", tier).build();
        FaasFlow flow = FaasFlow.builder().stores(store).build()) {
      long before = folders(directory);
      for (long seed = 0; seed < 5; seed++) {
        compare(store, flow, seed);
      }
      assertThat(store.usage().movedToRemote()).isPositive();
      Eventually.until("no folder is left", () -> folders(directory) == before);
    }
  }

  @Test
  void run_overRedis_givesWhatTheHeapGives() {
    try (RedisProcess redis = RedisProcess.inMemory();
        RemoteTier tier = redis.tier().connect()) {
      compareAll("redis", tier);
    }
  }

  @Test
  void run_whileRedisIsKilledAndComesBack_completes() throws Exception {
    try (RedisProcess redis = RedisProcess.durable();
        RemoteTier tier = redis.tier().timeout(Duration.ofSeconds(50)).connect();
        FaaStore store =
            FaaStore.builder().workerLimit(LIMIT).remote("redis", tier).build();
        FaasFlow flow = threeWorkers(store)) {
      AtomicBoolean end = new AtomicBoolean();
      AtomicInteger done = new AtomicInteger();
      ExecutorService threads = Executors.newFixedThreadPool(2);
      try {
        List<Future<?>> all = new ArrayList<>();
        for (int thread = 0; thread < 2; thread++) {
          long first = 100L * thread;
          all.add(threads.submit(() -> {
            for (long seed = first; !end.get(); seed++) {
              compare(store, flow, seed);
              done.incrementAndGet();
            }
          }));
        }
        for (int crash = 0; crash < 3; crash++) {
          int before = done.get();
          Eventually.until("runs go on", () -> done.get() > before + 2);
          redis.kill();
          redis.start();
        }
        int before = done.get();
        Eventually.until("runs go on", () -> done.get() > before + 2);
        end.set(true);
        for (Future<?> one : all) {
          one.get(60, TimeUnit.SECONDS);
        }
      } finally {
        end.set(true);
        threads.shutdownNow();
      }
      Eventually.until(
          "nothing is left", () -> store.usage().bytes() == 0 && store.runsKept() == 0);
    }
  }
}
