package io.faasflow.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.function.FunctionRegistry;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.partition.AllOnOne;
import io.faasflow.partition.PartitionPlan;
import io.faasflow.partition.WorkerSpec;
import io.faasflow.run.FailureSite;
import io.faasflow.run.RunException;
import io.faasflow.run.RunStatus;
import io.faasflow.store.InHeapStore;
import io.faasflow.time.VirtualClock;
import io.faasflow.workflow.Outputs;
import io.faasflow.workflow.Parallel;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ReadyQueueTest {
  /** What is offered while the last thread that was at work ends is run all the same. */
  @Test
  void work_forWhichNoThreadCanBeStarted_isRun() throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    RejectedExecutionException none = new RejectedExecutionException("no more threads");
    none.setStackTrace(new StackTraceElement[0]); // it is logged often
    Executor exhausted = work -> {
      if (ThreadLocalRandom.current().nextInt(10) < 7) {
        throw none;
      }
      threads.execute(work);
    };
    try (VirtualClock clock = new VirtualClock();
        InHeapStore store = new InHeapStore();
        DirectTransport transport = new DirectTransport()) {
      WorkerEngine engine =
          new WorkerEngine("worker-1", exhausted, transport, store, clock, WorkerLimits.NONE, 0);
      Deployment deployment = deployed(engine);
      RunIds ids = new RunIds(clock);
      for (int i = 0; i < 60_000; i++) {
        EngineRun run = engine.prepare(ids.next(), deployment, i, new Owner(engine));
        engine.begin(run);
        assertThat(run.future().get()).isInstanceOf(Outputs.class);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static Deployment deployed(WorkerEngine engine) {
    @SuppressWarnings({"unchecked", "rawtypes"}) // there is no other array of them
    Task<Integer, Integer>[] branches = IntStream.range(0, 32)
        .mapToObj(i -> Task.<Integer, Integer>task("t" + i, x -> x))
        .toArray(Task[]::new);
    FunctionGraph graph = FunctionGraph.of(
        Workflow.<Integer>builder("w").sequence(Parallel.of(branches)).build());
    List<WorkerSpec> workers = WorkerSpec.workers(1, WorkerSpec.UNLIMITED_SLOTS);
    PartitionPlan plan = new AllOnOne().partition(graph, workers);
    return WorkerEngine.deploy(
        "w#1",
        "w",
        graph,
        plan,
        SchedulePattern.WORKER_SIDE,
        FunctionRegistry.empty(),
        null,
        Containers.NONE,
        null,
        Map.of("worker-1", engine));
  }

  private record Owner(WorkerEngine engine) implements RunOwner {
    @Override
    public List<WorkerEngine> engines() {
      return List.of(engine);
    }

    @Override
    public void ended(RunStatus status, @Nullable RunException failure, @Nullable Object output) {}

    @Override
    public boolean canRecover() {
      return false;
    }

    @Override
    public EngineRun recover(FailureSite site, Throwable cause) {
      throw new AssertionError("It cannot recover");
    }
  }
}
