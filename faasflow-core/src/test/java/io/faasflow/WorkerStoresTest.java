package io.faasflow;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.function.Resources;
import io.faasflow.observe.RunEvent;
import io.faasflow.partition.HashSpread;
import io.faasflow.run.DataException;
import io.faasflow.run.RunException;
import io.faasflow.run.RunId;
import io.faasflow.store.Composite;
import io.faasflow.store.CountingStores;
import io.faasflow.store.Kept;
import io.faasflow.store.Output;
import io.faasflow.store.WorkerStore;
import io.faasflow.store.WorkerStore.FunctionShare;
import io.faasflow.workflow.Outputs;
import io.faasflow.workflow.Parallel;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a store of a worker is asked, and when. */
@Timeout(60)
class WorkerStoresTest {
  private final CountingStores stores = new CountingStores();

  /** Records what is kept, on top of what counts. */
  private final Map<String, List<Output>> kept = new ConcurrentHashMap<>();

  private WorkerStore recording(String worker) {
    WorkerStore inner = stores.of(worker);
    return new WorkerStore() {
      @Override
      public Kept keep(RunId run, Output output, @Nullable Object value) {
        kept.computeIfAbsent(worker, any -> new ArrayList<>()).add(output);
        return inner.keep(run, output, value);
      }

      @Override
      public Kept reference(RunId run, Output output, Object absent) {
        return inner.reference(run, output, absent);
      }

      @Override
      public void releaseRun(RunId run) {
        inner.releaseRun(run);
      }
    };
  }

  @Test
  void keep_outputWithReadersHere_saysHowMany() {
    Task<Integer, Integer> first = task("first", x -> x + 1);
    Task<Integer, Integer> left = task("left", x -> x + 10);
    Task<Integer, Integer> right = task("right", x -> x + 20);
    Workflow<Integer, Outputs> workflow = Workflow.<Integer>builder("two-readers")
        .sequence(first)
        .sequence(Parallel.of(left, right))
        .build();
    try (FaasFlow flow = FaasFlow.builder().stores(this::recording).build()) {
      Outputs outputs = flow.run(workflow, 1);
      assertThat(outputs.get(left)).isEqualTo(12);
      assertThat(outputs.get(right)).isEqualTo(22);
    }
    assertThat(kept.get("worker-1"))
        .filteredOn(output -> output.task().equals("first"))
        .singleElement()
        .satisfies(output -> {
          assertThat(output.readersHere()).isEqualTo(2);
          assertThat(output.workersElsewhere()).isEmpty();
          assertThat(output.workflow()).isEqualTo("two-readers");
          assertThat(output.forms()).hasSize(1);
        });
    assertThat(stores.live()).isZero();
  }

  @Test
  void forms_ofParallelSteps_putPartsTogetherAgain() {
    Task<Integer, Integer> left = task("left", x -> x + 10);
    Task<Integer, Integer> right = task("right", x -> x + 20);
    Task<Outputs, Integer> sum = task("sum", found -> found.get(left) + found.get(right));
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("forms")
        .sequence(Parallel.of(left, right))
        .sequence(sum)
        .build();
    ConcurrentLinkedQueue<Object> seen = new ConcurrentLinkedQueue<>();
    try (FaasFlow flow = FaasFlow.builder()
        .stores(worker -> new TakingApart(recording(worker), seen))
        .build()) {
      assertThat(flow.run(workflow, 1)).isEqualTo(32);
    }
    assertThat(seen).containsExactly(List.of(11, 21));
  }

  /** Hands out composites that it has put together of their parts. */
  private record TakingApart(WorkerStore inner, ConcurrentLinkedQueue<Object> seen)
      implements WorkerStore {
    @Override
    public Kept keep(RunId run, Output output, @Nullable Object value) {
      if (value instanceof Composite composite) {
        int form = output.forms().indexOf(composite.form());
        seen.add(List.of(composite.parts()));
        return inner.keep(run, output, output.forms().get(form).of(composite.parts()));
      }
      return inner.keep(run, output, value);
    }

    @Override
    public Kept reference(RunId run, Output output, Object absent) {
      return inner.reference(run, output, absent);
    }

    @Override
    public void releaseRun(RunId run) {
      inner.releaseRun(run);
    }
  }

  @Test
  void keep_instancesOfAForeach_areReleasedOneByOne() {
    Task<Integer, Integer> once = task("once", x -> x + 1);
    Task<Integer, Integer> twice = task("twice", x -> x * 2);
    List<Integer> liveAtTheEnd = new ArrayList<>();
    Task<List<Integer>, Integer> sum = task("sum", all -> {
      liveAtTheEnd.add(stores.live());
      return all.stream().mapToInt(Integer::intValue).sum();
    });
    Workflow<List<Integer>, Integer> workflow = Workflow.<List<Integer>>builder("instances")
        .foreach(x -> x, once.then(twice))
        .sequence(sum)
        .build();
    try (FaasFlow flow = FaasFlow.builder().stores(stores).build()) {
      assertThat(flow.run(workflow, List.of(1, 2, 3))).isEqualTo(18);
    }
    // The list of the results, and nothing of the instances.
    assertThat(liveAtTheEnd).containsExactly(1);
    assertThat(stores.kept()).isGreaterThanOrEqualTo(4);
  }

  @Test
  void release_ofARunThatFailed_leavesNothing() {
    Task<Integer, Integer> first = task("first", x -> x + 1);
    Task<Integer, Integer> fails = task("fails", x -> {
      throw new IllegalStateException("broken");
    });
    Workflow<Integer, Integer> workflow =
        Workflow.<Integer>builder("fails").sequence(first).sequence(fails).build();
    try (FaasFlow flow = FaasFlow.builder().stores(stores).build()) {
      assertThatThrownBy(() -> flow.run(workflow, 1)).isInstanceOf(RunException.class);
      assertThat(stores.kept()).isEqualTo(1);
      assertThat(stores.live()).isZero();
    }
  }

  @Test
  void release_ofWhatAFunctionGaveThatCameTooLate_leavesNothing() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Task<Integer, Integer> stubborn = task("stubborn", x -> {
      begun.countDown();
      boolean open = false;
      while (!open) {
        try {
          open = goOn.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
          // It ignores that it is not wanted any more.
        }
      }
      return x;
    });
    Task<Integer, Integer> next = task("next", x -> x);
    Workflow<Integer, Integer> workflow =
        Workflow.<Integer>builder("late").sequence(stubborn).sequence(next).build();
    try (FaasFlow flow = FaasFlow.builder().stores(stores).build()) {
      WorkflowRun<Integer> run = flow.start(workflow, 1);
      assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
      run.cancel();
      goOn.countDown();
    }
    assertThat(stores.live()).isZero();
  }

  @Test
  void deploy_tellsTheFunctionsOfEachWorker() {
    Task<Integer, Integer> small = Task.<Integer, Integer>task("small", x -> x)
        .resources(Resources.NONE.withMemoryBytes(1_000))
        .function("f");
    Task<Integer, Integer> body = Task.<Integer, Integer>task("body", x -> x)
        .resources(Resources.NONE.withMemoryBytes(2_000));
    Workflow<Integer, List<Integer>> workflow = Workflow.<Integer>builder("shares")
        .sequence(small)
        .foreach(List::of, body)
        .build();
    try (FaasFlow flow =
        FaasFlow.builder().stores(stores).concurrency("body", 2).build()) {
      assertThat(flow.run(workflow, 1)).containsExactly(1);
      assertThat(stores.shares("worker-1"))
          .contains(new FunctionShare("f", 1_000, 1))
          .anySatisfy(share -> {
            assertThat(share.function()).isEqualTo("body");
            assertThat(share.memoryBytes()).isEqualTo(2_000);
            assertThat(share.instances()).isBetween(1, 2);
          });
    }
  }

  @Test
  void keep_thatThrows_failsTheRunAndNamesTheTask() {
    Task<Integer, Integer> first = task("first", x -> x + 1);
    Task<Integer, Integer> second = task("second", x -> x + 1);
    Workflow<Integer, Integer> workflow =
        Workflow.<Integer>builder("full").sequence(first).sequence(second).build();
    try (FaasFlow flow =
        FaasFlow.builder().stores(worker -> new Broken(stores.of(worker))).build()) {
      assertThatThrownBy(() -> flow.run(workflow, 1))
          .hasRootCauseMessage("no room")
          .cause()
          .isInstanceOf(DataException.class)
          .hasMessageContaining("The output of 'first' could not be kept in the store");
    }
  }

  /** Takes nothing. */
  private record Broken(WorkerStore inner) implements WorkerStore {
    @Override
    public Kept keep(RunId run, Output output, @Nullable Object value) {
      throw new IllegalStateException("no room");
    }

    @Override
    public Kept reference(RunId run, Output output, Object absent) {
      return inner.reference(run, output, absent);
    }

    @Override
    public void releaseRun(RunId run) {
      inner.releaseRun(run);
    }
  }

  @Test
  void events_ofKeptOutputs_sayTierAndSize() {
    ConcurrentLinkedQueue<RunEvent.Saved> saved = new ConcurrentLinkedQueue<>();
    Task<Integer, Integer> first = task("first", x -> x + 1);
    Task<Integer, Integer> second = task("second", x -> x + 1);
    Workflow<Integer, Integer> workflow =
        Workflow.<Integer>builder("events").sequence(first).sequence(second).build();
    try (FaasFlow flow = FaasFlow.builder()
        .workers(2)
        .partitioner(new HashSpread())
        .stores(stores)
        .listener(event -> {
          if (event instanceof RunEvent.Saved one) {
            saved.add(one);
          }
        })
        .build()) {
      assertThat(flow.run(workflow, 1)).isEqualTo(3);
    }
    assertThat(saved)
        .anySatisfy(event -> assertThat(event.site().task()).isEqualTo("first"))
        .allSatisfy(event -> assertThat(event.tier()).isEqualTo(Kept.MEMORY));
  }
}
