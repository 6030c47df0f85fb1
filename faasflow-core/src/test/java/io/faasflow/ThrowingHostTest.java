package io.faasflow;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.faasflow.engine.DirectTransport;
import io.faasflow.engine.WorkerEngine;
import io.faasflow.engine.WorkerLimits;
import io.faasflow.function.RetryPolicy;
import io.faasflow.observe.CallScopes;
import io.faasflow.observe.RunEvent;
import io.faasflow.run.RunId;
import io.faasflow.run.RunStatus;
import io.faasflow.store.CountingStores;
import io.faasflow.store.DataKey;
import io.faasflow.store.DataStore;
import io.faasflow.store.ForwardingStore;
import io.faasflow.store.ForwardingWorkerStore;
import io.faasflow.store.InHeapStore;
import io.faasflow.store.Kept;
import io.faasflow.store.Output;
import io.faasflow.store.WorkerStore;
import io.faasflow.time.VirtualClock;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever the code of a host throws, and where: runs end, and as they should. */
@Timeout(60)
class ThrowingHostTest {
  /** What is thrown. */
  enum Thrown {
    EXCEPTION,
    /** As code of other languages, which know no checked exceptions, throws them. */
    CHECKED,
    ERROR;

    /** Does not return. */
    RuntimeException now() {
      String message = "thrown";
      Thrown.<RuntimeException>throwUnchecked(
          switch (this) {
            case EXCEPTION -> new IllegalStateException(message);
            case CHECKED -> new IOException(message);
            case ERROR -> new NoClassDefFoundError(message);
          });
      return new IllegalStateException("has been thrown");
    }

    @SuppressWarnings("unchecked") // which is the point
    private static <E extends Throwable> void throwUnchecked(Throwable any) throws E {
      throw (E) any;
    }
  }

  private static final Workflow<Integer, Integer> COMPLETES = Workflow.<Integer>builder("completes")
      .sequence(task("a", (Integer x) -> x + 1))
      .build();

  private static Task<Integer, Integer> fails(String name) {
    return task(name, x -> {
      throw new IllegalArgumentException("failed");
    });
  }

  private static Workflow<Integer, Integer> failsAfter(Task<Integer, Integer> first) {
    return Workflow.<Integer>builder("fails")
        .sequence(first)
        .sequence(fails("last"))
        .build();
  }

  private static Workflow<Integer, Integer> isUndone() {
    return failsAfter(
        Task.<Integer, Integer>task("a", x -> x + 1).compensate((input, output, context) -> {}));
  }

  private static FaasFlow.Builder builder() {
    return FaasFlow.builder().closeTimeout(Duration.ZERO);
  }

  private static void assertEnds(FaasFlow.Builder builder) throws Exception {
    try (FaasFlow flow = builder.build()) {
      assertThat(flow.run(COMPLETES, 1)).isEqualTo(2);
      assertFails(flow, isUndone());
    }
  }

  private static void assertFails(FaasFlow flow, Workflow<Integer, Integer> workflow)
      throws InterruptedException {
    WorkflowResult<Integer> result = flow.start(workflow, 1).result();
    assertThat(result.status()).isEqualTo(RunStatus.FAILED);
    assertThat(result.failure().orElseThrow()).hasRootCauseMessage("failed");
    assertThat(flow.activeRuns()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void listeners(Thrown thrown) throws Exception {
    assertEnds(builder().listener(event -> {
      throw thrown.now();
    }));
    assertEnds(builder().listener(event -> {
      if (event instanceof RunEvent.RunEnded) {
        throw thrown.now();
      }
    }));
  }

  @ParameterizedTest
  @EnumSource
  void callScopes(Thrown thrown) throws Exception {
    CallScopes onOpen = call -> {
      throw thrown.now();
    };
    CallScopes onClose = call -> failure -> {
      throw thrown.now();
    };
    assertEnds(builder().around(onOpen));
    assertEnds(builder().around(onClose));
  }

  @ParameterizedTest
  @EnumSource
  void stores_atTheEndOfARun(Thrown thrown) throws Exception {
    CountingStores stores = new CountingStores();
    assertEnds(builder().stores(worker -> new ForwardingWorkerStore(stores.of(worker)) {
      @Override
      public void releaseRun(RunId run) {
        throw thrown.now();
      }
    }));
  }

  @ParameterizedTest
  @EnumSource
  void stores_thatAreToForgetAWorkflow(Thrown thrown) {
    WorkerStore broken = new ForwardingWorkerStore(new CountingStores().of("worker-1")) {
      @Override
      public void undeploy(String deployment) {
        throw thrown.now();
      }
    };
    try (VirtualClock clock = new VirtualClock();
        DirectTransport transport = new DirectTransport()) {
      WorkerEngine engine = new WorkerEngine(
          "worker-1", Runnable::run, transport, broken, clock, WorkerLimits.NONE, 0);
      assertThatCode(() -> engine.undeploy("w#1")).doesNotThrowAnyException();
    }
  }

  @ParameterizedTest
  @EnumSource
  void stores_thatKeepNothing_failTheRun(Thrown thrown) throws Exception {
    CountingStores stores = new CountingStores();
    WorkerStore broken = new ForwardingWorkerStore(stores.of("worker-1")) {
      @Override
      public Kept keep(RunId run, Output output, @Nullable Object value) {
        throw thrown.now();
      }
    };
    Workflow<Integer, Integer> twoTasks = Workflow.<Integer>builder("two-tasks")
        .sequence(task("a", (Integer x) -> x + 1))
        .sequence(task("b", (Integer x) -> x + 1))
        .build();
    try (FaasFlow flow = builder().stores(worker -> broken).build()) {
      WorkflowResult<Integer> result = flow.start(twoTasks, 1).result();
      assertThat(result.failure().orElseThrow()).hasRootCauseMessage("thrown");
    }
  }

  /** On another worker than the run's home, where the failure is put into the store. */
  @ParameterizedTest
  @EnumSource
  void store_ofFailuresElsewhere(Thrown thrown) throws Exception {
    try (InHeapStore heap = new InHeapStore()) {
      DataStore saves = new ForwardingStore(heap) {
        @Override
        public void save(DataKey key, @Nullable Object value, int readers) {
          if (value instanceof Throwable) {
            throw thrown.now();
          }
          super.save(key, value, readers);
        }
      };
      DataStore fetches = new ForwardingStore(heap) {
        @Override
        public Optional<Stored> fetch(DataKey key) {
          if (key.node() < 0) {
            throw thrown.now();
          }
          return super.fetch(key);
        }
      };
      Workflow<Integer, Integer> failsThere =
          Workflow.<Integer>builder("fails-there").sequence(fails("there")).build();
      for (DataStore store : List.of(saves, fetches)) {
        try (FaasFlow flow = builder()
            .workers(2)
            .partitioner(new OnSecondWorker(List.of("there")))
            .store(store)
            .build()) {
          WorkflowResult<Integer> result = flow.start(failsThere, 1).result();
          assertThat(result.failure().orElseThrow()).hasMessageContaining("failed on worker-2");
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void retryConditions(Thrown thrown) throws Exception {
    RetryPolicy retry = RetryPolicy.attempts(3).when(failure -> {
      throw thrown.now();
    });
    try (FaasFlow flow = builder().build()) {
      assertFails(flow, failsAfter(fails("a").retry(retry)));
      assertFails(
          flow,
          failsAfter(Task.<Integer, Integer>task("a", x -> x + 1)
              .retry(retry)
              .compensate((input, output, context) -> {
                throw new IOException("not undone");
              })));
    }
  }

  @ParameterizedTest
  @EnumSource
  void retryCondition_ofAnAttemptWhoseTimeIsUp(Thrown thrown) throws Exception {
    CountDownLatch began = new CountDownLatch(1);
    Workflow<Integer, Integer> hangs = Workflow.<Integer>builder("hangs")
        .sequence(Task.<Integer, Integer>task("a", x -> {
              began.countDown();
              new CountDownLatch(1).await();
              return x;
            })
            .timeout(Duration.ofHours(1))
            .retry(RetryPolicy.attempts(3).when(failure -> {
              throw thrown.now();
            })))
        .build();
    try (VirtualClock clock = new VirtualClock();
        FaasFlow flow = builder().clock(clock).build()) {
      WorkflowRun<Integer> run = flow.start(hangs, 1);
      began.await();
      clock.advance(Duration.ofHours(1));
      assertThat(run.result().failure().orElseThrow())
          .hasMessageContaining("did not end within its timeout");
    }
  }
}
