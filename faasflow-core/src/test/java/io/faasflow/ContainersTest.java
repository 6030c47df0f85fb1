package io.faasflow;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.container.ComingCalls;
import io.faasflow.container.ContainerBackend;
import io.faasflow.container.ContainerCall;
import io.faasflow.container.ContainerFunction;
import io.faasflow.container.ContainerImage;
import io.faasflow.container.ContainerUsage;
import io.faasflow.container.MissingBackendException;
import io.faasflow.engine.DirectTransport;
import io.faasflow.engine.Message;
import io.faasflow.engine.SimulatedNetwork;
import io.faasflow.engine.WorkerTransport;
import io.faasflow.function.FunctionContext;
import io.faasflow.function.FunctionRegistry;
import io.faasflow.function.Resources;
import io.faasflow.function.RetryPolicy;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.observe.RunTimeline;
import io.faasflow.observe.TimelineRecorder;
import io.faasflow.run.RunId;
import io.faasflow.run.TaskFailedException;
import io.faasflow.run.TaskFailure;
import io.faasflow.run.TaskTimeoutException;
import io.faasflow.store.CountingStores;
import io.faasflow.time.FlowClock;
import io.faasflow.time.VirtualClock;
import io.faasflow.workflow.Foreach;
import io.faasflow.workflow.Outputs;
import io.faasflow.workflow.Step;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the runtime does with tasks that have an image. */
@Timeout(60)
class ContainersTest {
  /** Notes what it is asked, and answers with the image's name and the input. */
  private static class Backend implements ContainerBackend {
    final ConcurrentLinkedQueue<String> log = new ConcurrentLinkedQueue<>();
    final ConcurrentLinkedQueue<ComingCalls> coming = new ConcurrentLinkedQueue<>();

    @Override
    public ContainerFunction function(ContainerImage image, Resources resources, String worker) {
      return new ContainerFunction() {
        @Override
        public Object apply(Object input, FunctionContext context) throws Exception {
          return call(image, resources, worker, input);
        }

        @Override
        public void prewarm(ComingCalls calls) {
          log.add("prewarm " + image.name());
          coming.add(calls);
        }
      };
    }

    Object call(ContainerImage image, Resources resources, String worker, Object input)
        throws Exception {
      log.add("call " + image.name() + " " + resources.memoryBytes() + " " + worker);
      return image.name() + "(" + input + ")";
    }
  }

  private static Task<Object, Object> contained(String name) {
    return Task.<Object, Object>named(name).image("image/" + name);
  }

  @Test
  void task_withAnImage_isCalledThroughTheBackend() {
    Backend backend = new Backend();
    Workflow<Object, Object> workflow = Workflow.<Object>builder("w")
        .sequence(contained("a").resources(Resources.NONE.withMemoryBytes(99)))
        .build();
    try (FaasFlow flow = FaasFlow.builder().containers(backend).build()) {
      assertThat(flow.run(workflow, 1)).isEqualTo("image/a(1)");
      assertThat(backend.log)
          .containsExactly("call image/a 99 " + flow.workers().get(0));
    }
  }

  @Test
  void usage_ofACall_reachesTimelineAndStore() {
    ContainerUsage usage = new ContainerUsage(Duration.ofMillis(3), OptionalLong.of(70), 1, 2);
    ContainerBackend backend = (image, resources, worker) -> new ContainerFunction() {
      @Override
      public Object apply(Object input, FunctionContext context) throws Exception {
        ((ContainerCall) context).used(usage);
        if (context.attempt() == 1) {
          throw new IOException("once");
        }
        return input;
      }

      @Override
      public void prewarm(ComingCalls calls) {}
    };
    Workflow<Object, Object> workflow = Workflow.<Object>builder("w")
        .sequence(contained("a").retry(RetryPolicy.attempts(2)))
        .build();
    TimelineRecorder recorder = new TimelineRecorder(1, 10);
    CountingStores stores = new CountingStores();
    try (FaasFlow flow =
        FaasFlow.builder().containers(backend).listener(recorder).stores(stores).build()) {
      assertThat(flow.run(workflow, 1)).isEqualTo(1);
    }
    assertThat(recorder.timelines().get(0).containers())
        .containsExactly(new RunTimeline.InContainers("a", 2, usage.plus(usage)));
    assertThat(stores.observed()).containsExactly("a 70", "a 70");
  }

  @Test
  void end_ofARun_isToldOnceBeforeItsCallerIs() throws Exception {
    List<String> ends = new ArrayList<>();
    Backend backend = new Backend() {
      @Override
      Object call(ContainerImage image, Resources resources, String worker, Object input)
          throws Exception {
        if (input.equals(2)) {
          throw new IllegalArgumentException("not two");
        }
        return super.call(image, resources, worker, input);
      }

      @Override
      public void ended(RunId run, Object output) {
        ends.add(run + " " + output);
        throw new AssertionError("which changes nothing");
      }
    };
    Workflow<Object, Object> plain =
        Workflow.<Object>builder("plain").sequence(contained("a")).build();
    Workflow<Object, Object> recovering = Workflow.<Object>builder("recovering")
        .sequence(contained("b"))
        .onFailure(task("give", (TaskFailure failure) -> (Object) "recovered"))
        .build();
    try (FaasFlow flow = FaasFlow.builder().containers(backend).build()) {
      WorkflowRun<Object> first = flow.start(plain, 1);
      assertThat(first.await()).isEqualTo("image/a(1)");
      assertThat(ends).containsExactly(first.id() + " image/a(1)");
      ends.clear();

      WorkflowRun<Object> second = flow.start(plain, 2);
      assertThatThrownBy(second::await).hasRootCauseMessage("not two");
      assertThat(ends).containsExactly(second.id() + " null");
      ends.clear();

      WorkflowRun<Object> third = flow.start(recovering, 2);
      assertThat(third.await()).isEqualTo("recovered");
      assertThat(ends).hasSize(2).allMatch(end -> end.endsWith(" recovered"));
      assertThat(ends.get(1)).as("the recovery is a run of its own").startsWith(third.id() + " ");
    }
  }

  @Test
  void task_beforeOneWithAnImage_warmsItFirst() {
    Backend backend = new Backend();
    Task<Object, Object> first = task("first", (Object x) -> {
      backend.log.add("call first");
      return x;
    });
    Workflow<Object, Object> workflow = Workflow.<Object>builder("w")
        .sequence(first)
        .sequence(contained("second"))
        .sequence(contained("third"))
        .sequence(Task.reading(first).task("fourth", (Object x, Outputs read) -> {
          backend.log.add("call fourth");
          return x;
        }))
        .sequence(contained("fifth"))
        .build();
    try (FaasFlow flow = FaasFlow.builder().containers(backend).build()) {
      flow.run(workflow, 1);
      String worker = flow.workers().get(0);
      assertThat(backend.log)
          .containsExactly(
              "prewarm image/second",
              "call first",
              "prewarm image/third",
              "call image/second 0 " + worker,
              "call image/third 0 " + worker,
              "prewarm image/fifth",
              "call fourth",
              "call image/fifth 0 " + worker);
    }
  }

  @Test
  void task_beforeBranchesAndLoops_warmsWhatSurelyFollows() {
    Backend backend = new Backend();
    Workflow<Object, Object> workflow = Workflow.<Object>builder("w")
        .sequence(task("first", (Object x) -> x))
        .sequence(Task.<Object>pass("between"))
        .parallel(contained("left"), contained("right"))
        .sequence(Task.task("list", both -> List.<Object>of(1, 2)))
        .foreach(items -> items, contained("each"))
        .sequence(Task.task("choose", items -> (Object) items.size()))
        .switchOn(size -> size, s -> s.when(2, contained("taken")).otherwise(contained("notTaken")))
        .build();
    try (FaasFlow flow = FaasFlow.builder().containers(backend).build()) {
      assertThat(flow.run(workflow, 1)).isEqualTo("image/taken(2)");
      assertThat(backend.log)
          .filteredOn(line -> line.startsWith("prewarm"))
          .containsOnly("prewarm image/left", "prewarm image/right", "prewarm image/each");
      assertThat(backend.log).first().isIn("prewarm image/left", "prewarm image/right");
    }
  }

  @Test
  void foreach_beforeOneWithAnImage_warmsItFirst() throws Exception {
    Backend backend = new Backend();
    Step<Object, Object> inner = Foreach.of(
            x -> Collections.nCopies(2, x), task("innermost", (Object x) -> x))
        .then(contained("behindInner"));
    Workflow<Object, Object> workflow = Workflow.<Object>builder("w")
        .foreach(
            x -> List.<Object>of(1),
            task("called", (Object x) -> {
                  backend.log.add("call called");
                  return x;
                })
                .then(inner))
        .sequence(contained("behind"))
        .build();
    try (FaasFlow flow = FaasFlow.builder().containers(backend).build()) {
      WorkflowRun<Object> run = flow.start(workflow, 1);
      run.await();
      assertThat(backend.coming)
          .containsExactly(
              new ComingCalls(run.id(), "behind", List.of(), 1),
              new ComingCalls(run.id(), "behindInner", List.of(0), 1));
      assertThat(backend.log)
          .startsWith("prewarm image/behind", "call called", "prewarm image/behindInner");
    }
  }

  @Test
  void task_withAFallback_warmsWhatFollowsEitherWay() {
    for (boolean fails : List.of(true, false)) {
      Backend backend = new Backend();
      Workflow<Object, Object> workflow = Workflow.<Object>builder("w")
          .sequence(task("first", (Object x) -> {
                backend.log.add("call first");
                if (fails) {
                  throw new IllegalStateException("as it should");
                }
                return x;
              })
              .onFailure(contained("fallback")))
          .sequence(contained("second"))
          .build();
      try (FaasFlow flow = FaasFlow.builder().containers(backend).build()) {
        flow.run(workflow, 1);
        assertThat(backend.log).startsWith("prewarm image/second", "call first");
        assertThat(backend.log).doesNotContain("prewarm image/fallback");
      }
    }
  }

  private static <R> Foreach<Object, R> over(int items, Step<Object, R> body) {
    return Foreach.of(x -> Collections.nCopies(items, x), body);
  }

  @Test
  void task_beforeLoops_tellsOfTheCallsThatComeAtOnce() throws Exception {
    Backend backend = new Backend();
    Step<Object, ?> later = Task.task("before", (Object x) -> x).then(contained("later"));
    Workflow<Object, Object> workflow = Workflow.<Object>builder("w")
        .sequence(task("first", (Object x) -> x))
        .parallel(
            contained("alone"),
            over(5, contained("expected")).expectedInstances(4),
            over(5, contained("concurrent")).expectedInstances(4).concurrency(2),
            over(5, contained("limited")).expectedInstances(4),
            over(2, over(2, contained("inner")).expectedInstances(3)).expectedInstances(2),
            over(2, over(2, contained("many")).expectedInstances(1 << 20))
                .expectedInstances(1 << 20),
            over(0, contained("none")).expectedInstances(0),
            over(2, over(1, later).expectedInstances(9)).expectedInstances(9))
        .sequence(Task.task("end", all -> (Object) "end"))
        .build();
    try (FaasFlow flow =
        FaasFlow.builder().containers(backend).concurrency("limited", 3).build()) {
      WorkflowRun<Object> run = flow.start(workflow, 1);
      assertThat(run.await()).isEqualTo("end");
      assertThat(backend.coming)
          .containsExactlyInAnyOrder(
              new ComingCalls(run.id(), "alone", List.of(), 1),
              new ComingCalls(run.id(), "expected", List.of(), 4),
              new ComingCalls(run.id(), "concurrent", List.of(), 2),
              new ComingCalls(run.id(), "limited", List.of(), 3),
              new ComingCalls(run.id(), "inner", List.of(), 6),
              new ComingCalls(run.id(), "many", List.of(), Integer.MAX_VALUE),
              new ComingCalls(run.id(), "none", List.of(), 1),
              new ComingCalls(run.id(), "later", List.of(0, 0), 1),
              new ComingCalls(run.id(), "later", List.of(1, 0), 1));
    }
  }

  @Test
  void task_beforeOnesOnAnotherWorker_hasThemWarmedThereMeanwhile() throws Exception {
    CountDownLatch warmed = new CountDownLatch(2);
    CountDownLatch ended = new CountDownLatch(1);
    List<Runnable> hints = new CopyOnWriteArrayList<>();
    Backend backend = new Backend() {
      @Override
      public ContainerFunction function(ContainerImage image, Resources resources, String worker) {
        ContainerFunction function = super.function(image, resources, worker);
        return new ContainerFunction() {
          @Override
          public Object apply(Object input, FunctionContext context) throws Exception {
            return function.apply(input, context);
          }

          @Override
          public void prewarm(ComingCalls calls) {
            log.add("prewarm " + image.name() + " " + worker + " " + calls);
            warmed.countDown();
          }
        };
      }
    };
    Workflow<Object, Object> workflow = Workflow.<Object>builder("w")
        .sequence(task("first", (Object x) -> {
          assertThat(warmed.await(30, TimeUnit.SECONDS)).isTrue();
          return x;
        }))
        .parallel(contained("left"), contained("right"))
        .sequence(Task.task("list", both -> List.<Object>of(1, 2)))
        .foreach(items -> items, contained("each"))
        .sequence(Task.task("choose", items -> (Object) items.size()))
        .switchOn(size -> size, s -> s.when(2, contained("taken")).otherwise(contained("notTaken")))
        .build();
    DirectTransport direct = new DirectTransport();
    WorkerTransport noting = new WorkerTransport() {
      @Override
      public void register(String worker, Consumer<Message> receiver) {
        direct.register(worker, receiver);
      }

      @Override
      public int send(String worker, Message message) {
        int bytes = direct.send(worker, message);
        if (message instanceof Message.Prewarm) {
          hints.add(() -> assertThat(direct.send(worker, message)).isZero());
        } else if (message instanceof Message.EndRun) {
          ended.countDown();
        }
        return bytes;
      }

      @Override
      public void close() {
        direct.close();
      }
    };
    RunId id;
    try (FlowClock clock = FlowClock.system();
        WorkerTransport transport =
            new SimulatedNetwork(noting, clock, Duration.ofMillis(1), Double.POSITIVE_INFINITY);
        FaasFlow flow = FaasFlow.builder()
            .containers(backend)
            .workers(2)
            .partitioner(
                new OnSecondWorker(List.of("left", "right", "each", "choose", "taken", "notTaken")))
            .transport(transport)
            .build()) {
      WorkflowRun<Object> run = flow.start(workflow, 1);
      id = run.id();
      assertThat(run.await()).isEqualTo("image/taken(2)");
      assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
      hints.forEach(Runnable::run); // too late to be of use
    }
    assertThat(hints).hasSize(2);
    assertThat(backend.log)
        .filteredOn(line -> line.startsWith("prewarm"))
        .containsExactlyInAnyOrder(
            "prewarm image/left worker-2 " + new ComingCalls(id, "left", List.of(), 1),
            "prewarm image/right worker-2 " + new ComingCalls(id, "right", List.of(), 1),
            "prewarm image/each worker-2 " + new ComingCalls(id, "each", List.of(), 1));
  }

  @Test
  void task_onAnotherWorker_warmsAndCallsThere() {
    Backend backend = new Backend();
    Workflow<Object, Object> workflow = Workflow.<Object>builder("w")
        .parallel(contained("a"), contained("b"), contained("c"), contained("d"))
        .sequence(Task.task("end", all -> (Object) "done"))
        .build();
    try (FaasFlow flow = FaasFlow.builder()
        .containers(backend)
        .workers(3)
        .partitioner(new io.faasflow.partition.HashSpread())
        .build()) {
      assertThat(flow.run(workflow, 1)).isEqualTo("done");
      for (String name : List.of("a", "b", "c", "d")) {
        String worker =
            flow.plan(workflow).assignment(FunctionGraph.of(workflow)).get(name);
        assertThat(backend.log).contains("call image/" + name + " 0 " + worker);
      }
    }
  }

  @Test
  void workflow_withImagesAndNoBackend_namesTheTasksAndTheCure() {
    Workflow<Object, Object> workflow = Workflow.<Object>builder("w")
        .sequence(contained("a"))
        .sequence(contained("b"))
        .build();
    try (FaasFlow flow = FaasFlow.local()) {
      assertThatThrownBy(() -> flow.run(workflow, 1))
          .isInstanceOfSatisfying(
              MissingBackendException.class, e -> assertThat(e.tasks()).containsExactly("a", "b"))
          .hasMessageContainingAll(
              "Workflow 'w' cannot run", "'a', 'b'", "FaasFlow.builder().containers(...)");
    }
  }

  @Test
  void function_thatTheHostWantsContained_isCalledThere() {
    Backend backend = new Backend();
    Workflow<Object, Object> workflow = Workflow.<Object>builder("w")
        .sequence(Task.<Object, Object>named("a").function("f"))
        .sequence(contained("f"))
        .build();
    FaasFlow.Builder builder = FaasFlow.builder()
        .functions(FunctionRegistry.builder().register("f", x -> "in process").build())
        .contained("f", ContainerImage.of("host/f"));
    try (FaasFlow flow = builder.containers(backend).build()) {
      assertThat(flow.run(workflow, 1)).isEqualTo("image/f(host/f(1))");
    }
    assertThatThrownBy(() -> builder.contained("f", ContainerImage.of("other")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'f' has image 'host/f' already");
    try (FaasFlow flow =
        FaasFlow.builder().contained("f", ContainerImage.of("host/f")).build()) {
      assertThatThrownBy(() -> flow.run(workflow, 1))
          .isInstanceOf(MissingBackendException.class)
          .hasMessageContaining("'a', 'f'");
    }
  }

  @Test
  void localExecutor_stubsTasksWithImages() {
    Workflow<Object, Object> workflow =
        Workflow.<Object>builder("w").sequence(contained("a")).build();
    try (LocalExecutor executor = LocalExecutor.create()) {
      assertThatThrownBy(() -> executor.run(workflow, 1))
          .isInstanceOf(MissingBackendException.class);
      executor.stub("a", x -> Map.of("stubbed", x));
      assertThat(executor.run(workflow, 1).outputOrThrow()).isEqualTo(Map.of("stubbed", 1));
    }
  }

  @Test
  void timeout_ofATaskWithAnImage_interruptsTheCall() throws InterruptedException {
    VirtualClock clock = new VirtualClock();
    CountDownLatch interrupted = new CountDownLatch(1);
    Backend backend = new Backend() {
      @Override
      Object call(ContainerImage image, Resources resources, String worker, Object input)
          throws Exception {
        clock.advance(Duration.ofMillis(50));
        try {
          new CountDownLatch(1).await(30, TimeUnit.SECONDS);
          return "never";
        } catch (InterruptedException e) {
          interrupted.countDown();
          throw e;
        }
      }
    };
    Workflow<Object, Object> workflow = Workflow.<Object>builder("w")
        .sequence(contained("a").timeout(Duration.ofMillis(50)))
        .build();
    try (clock;
        FaasFlow flow = FaasFlow.builder().clock(clock).containers(backend).build()) {
      assertThatThrownBy(() -> flow.run(workflow, 1))
          .isInstanceOf(TaskFailedException.class)
          .hasCauseInstanceOf(TaskTimeoutException.class);
      assertThat(interrupted.await(30, TimeUnit.SECONDS)).isTrue();
    }
  }
}
