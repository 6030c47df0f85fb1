package io.faasflow.faastore;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.FaasFlow;
import io.faasflow.faastore.redis.RedisProcess;
import io.faasflow.partition.HashSpread;
import io.faasflow.run.FaasFlowException;
import io.faasflow.run.RunException;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Redis keeps nothing over its crashes: runs complete with what they should give, or fail and say why. */
@Timeout(300)
class FaaStoreRedisLossTest {
  private static final long LIMIT = 3_000; // so that much has to leave
  private static final int CRASHES = 4;

  private final AtomicInteger completed = new AtomicInteger();

  private void run(FaasFlow flow, long seed) {
    Workflow<Long, Long> workflow = RandomFlow.workflow(seed, 300_000, 5_000_000);
    long expected;
    try (FaasFlow inHeap = FaasFlow.local()) {
      expected = inHeap.run(workflow, seed);
    }
    try {
      assertThat(flow.run(workflow, seed)).as("seed %d", seed).isEqualTo(expected);
      completed.incrementAndGet();
    } catch (RunException e) {
      // It says what was lost, in our words, and not only what some library happened to meet.
      assertThat(Stream.iterate(e.getCause(), one -> one != null, Throwable::getCause))
          .as("causes of %s", e)
          .hasAtLeastOneElementOfType(FaasFlowException.class);
    }
  }

  @Test
  void run_redisForgetsAllAgainAndAgain_isRightOrFailsWithTheCause() throws Exception {
    try (RedisProcess redis = RedisProcess.inMemory();
        RemoteTier tier = redis.tier().timeout(Duration.ofMinutes(1)).connect();
        FaaStore store =
            FaaStore.builder().workerLimit(LIMIT).remote("redis", tier).build();
        FaasFlow flow = FaasFlow.builder()
            .workers(3)
            .partitioner(new HashSpread())
            .stores(store)
            .build()) {
      AtomicBoolean end = new AtomicBoolean();
      ExecutorService threads = Executors.newFixedThreadPool(2);
      try {
        List<Future<?>> all = new ArrayList<>();
        for (int thread = 0; thread < 2; thread++) {
          long first = 1000L * thread;
          all.add(threads.submit(() -> {
            for (long seed = first; !end.get(); seed++) {
              run(flow, seed);
            }
          }));
        }
        for (int crash = 0; crash < CRASHES; crash++) {
          awaitTwoMore(all);
          redis.kill();
          redis.start();
        }
        awaitTwoMore(all);
        end.set(true);
        for (Future<?> one : all) {
          one.get(2, TimeUnit.MINUTES);
        }
      } finally {
        end.set(true);
        threads.shutdownNow();
      }
      Eventually.until(
          "nothing is left", () -> store.usage().bytes() == 0 && store.runsKept() == 0);
    }
  }

  /** Runs complete after each crash; who meets a wrong result ends, and is heard at once. */
  private void awaitTwoMore(List<Future<?>> runners) {
    int before = completed.get();
    Eventually.until(
        "runs complete",
        () -> completed.get() >= before + 2 || runners.stream().anyMatch(Future::isDone));
  }
}
