package io.faasflow;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.engine.SchedulePattern;
import io.faasflow.function.RetryPolicy;
import io.faasflow.observe.RunEvent;
import io.faasflow.observe.TimelineRecorder;
import io.faasflow.partition.HashSpread;
import io.faasflow.run.RunStatus;
import io.faasflow.time.VirtualClock;
import io.faasflow.workflow.Outputs;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ListenerTest {
  private final List<RunEvent> events = Collections.synchronizedList(new ArrayList<>());

  private FaasFlow.Builder builder() {
    return FaasFlow.builder().closeTimeout(Duration.ZERO).listener(events::add);
  }

  private <E extends RunEvent> List<E> of(Class<E> type) {
    synchronized (events) {
      return events.stream().filter(type::isInstance).map(type::cast).toList();
    }
  }

  private static Workflow<Integer, Object> everything() {
    return Workflow.<Integer>builder("everything")
        .sequence(task("first", (Integer x) -> x + 1))
        .parallel(
            task("left", (Integer x) -> "left"), task("right", (Integer x) -> new byte[1_000]))
        .switchOn(
            found -> 1,
            s -> s.when(1, task("taken", found -> 1)).otherwise(task("other", found -> 2)))
        .foreach(x -> List.of(1, 2, 3), task("item", (Integer x) -> "abc"))
        .sequence(Task.<Object, Object>task("last", x -> x))
        .build();
  }

  @Test
  void events_ofARun_sayWhatRanWhereAndWhen() {
    try (FaasFlow flow = builder().build()) {
      flow.run(everything(), 1);
    }
    assertThat(events.get(0)).isInstanceOf(RunEvent.RunStarted.class);
    assertThat(events.get(events.size() - 1))
        .isInstanceOfSatisfying(
            RunEvent.RunEnded.class,
            end -> assertThat(end.status()).isEqualTo(RunStatus.COMPLETED));
    List<RunEvent.Attempted> attempts = of(RunEvent.Attempted.class);
    assertThat(attempts)
        .extracting(a -> a.site().task())
        .containsExactlyInAnyOrder(
            "first", "left", "right", "taken", "item", "item", "item", "last");
    assertThat(attempts).allSatisfy(a -> {
      assertThat(a.readyNanos()).isLessThanOrEqualTo(a.startNanos());
      assertThat(a.startNanos()).isLessThanOrEqualTo(a.nanos());
      assertThat(a.outcome()).isEqualTo(RunEvent.Outcome.COMPLETED);
      assertThat(a.site().worker()).isEqualTo("worker-1");
      assertThat(a.attempt()).isEqualTo(1);
    });
    assertThat(attempts)
        .filteredOn(a -> a.site().task().equals("right"))
        .extracting(RunEvent.Attempted::outputBytes)
        .containsExactly(1_000L);
    assertThat(attempts)
        .filteredOn(a -> a.site().task().equals("item"))
        .extracting(a -> a.site().instance())
        .containsExactlyInAnyOrder(List.of(0), List.of(1), List.of(2));
    assertThat(of(RunEvent.Skipped.class))
        .extracting(s -> s.site().task())
        .containsExactly("other");
    assertThat(of(RunEvent.InstanceEnded.class)).hasSize(3);
    assertThat(of(RunEvent.ForeachEnded.class)).singleElement().satisfies(loop -> {
      assertThat(loop.instances()).isEqualTo(3);
      assertThat(loop.outputBytes()).isEqualTo(9);
      assertThat(loop.startNanos()).isLessThanOrEqualTo(loop.nanos());
    });
  }

  @Test
  void events_onSeveralWorkers_haveTheSameTasksAndWhatWasMoved() {
    for (SchedulePattern pattern : SchedulePattern.values()) {
      events.clear();
      try (FaasFlow flow =
          builder().workers(3).partitioner(new HashSpread()).pattern(pattern).build()) {
        flow.run(everything(), 1);
      }
      assertThat(of(RunEvent.Attempted.class)).hasSize(8);
      assertThat(of(RunEvent.Skipped.class)).hasSize(1);
      assertThat(of(RunEvent.Saved.class)).isNotEmpty();
      assertThat(of(RunEvent.Fetched.class))
          .isNotEmpty()
          .allSatisfy(fetched -> assertThat(of(RunEvent.Saved.class))
              .anyMatch(saved -> saved.site().node() == fetched.site().node()
                  && saved.bytes() == fetched.bytes()
                  && !saved.site().worker().equals(fetched.site().worker())));
    }
  }

  @Test
  void events_ofRetriesAndTimeouts_nameEachAttempt() {
    VirtualClock clock = new VirtualClock();
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("flaky")
        .sequence(Task.<Integer, Integer>contextTask("flaky", (x, context) -> {
              if (context.attempt() == 1) {
                throw new IOException("first");
              }
              if (context.attempt() == 2) {
                clock.advance(Duration.ofMillis(20));
                new CountDownLatch(1).await(); // until it is interrupted
              }
              return x;
            })
            .timeout(Duration.ofMillis(20))
            .retry(RetryPolicy.attempts(3).fixedDelay(Duration.ZERO)))
        .build();
    try (clock;
        FaasFlow flow = builder().clock(clock).build()) {
      assertThat(flow.run(workflow, 5)).isEqualTo(5);
    }
    assertThat(of(RunEvent.Attempted.class))
        .extracting(RunEvent.Attempted::attempt, RunEvent.Attempted::outcome)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(1, RunEvent.Outcome.FAILED),
            org.assertj.core.groups.Tuple.tuple(2, RunEvent.Outcome.TIMED_OUT),
            org.assertj.core.groups.Tuple.tuple(3, RunEvent.Outcome.COMPLETED));
    assertThat(of(RunEvent.Attempted.class).get(0).failure()).hasMessage("first");
  }

  @Test
  void listener_thatThrows_changesNothing() {
    try (FaasFlow flow = FaasFlow.builder()
        .listener(event -> {
          throw new IllegalStateException("a broken listener");
        })
        .listener(event -> {
          throw new StackOverflowError();
        })
        .listener(events::add)
        .build()) {
      flow.run(everything(), 1);
      assertThat(flow.activeRuns()).isEmpty();
    }
    assertThat(of(RunEvent.RunEnded.class)).hasSize(1);
    assertThat(of(RunEvent.Attempted.class)).hasSize(8);
  }

  @Test
  void listener_thatStartsARun_doesNotHoldUpItsOwn() throws Exception {
    Workflow<Integer, Integer> next = Workflow.<Integer>builder("next")
        .sequence(task("a", (Integer x) -> x + 1))
        .build();
    CompletableFuture<FaasFlow> runtime = new CompletableFuture<>();
    CompletableFuture<WorkflowRun<Integer>> started = new CompletableFuture<>();
    try (FaasFlow flow = FaasFlow.builder()
        .maxActiveRuns(1)
        .listener(event -> {
          if (event instanceof RunEvent.RunEnded && !started.isDone()) {
            started.complete(runtime.join().start(next, 1));
          }
        })
        .build()) {
      runtime.complete(flow);
      flow.run(everything(), 1);
      assertThat(started.get().await()).isEqualTo(2);
    }
  }

  @Test
  void taskThatIsReadyWhenTheClockBegins_hasWaitedSince() throws Exception {
    CountDownLatch holds = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    Task<Integer, Integer> first = Task.<Integer, Integer>task("first", x -> {
          holds.countDown();
          mayEnd.await();
          return x;
        })
        .function("shared");
    Task<Integer, Integer> second = first.as("second");
    VirtualClock clock = new VirtualClock();
    TimelineRecorder recorder = new TimelineRecorder(1, 10);
    try (FaasFlow flow = FaasFlow.builder()
        .clock(clock)
        .listener(recorder)
        .concurrency("shared", 1)
        .build()) {
      WorkflowRun<Outputs> run =
          flow.start(Workflow.<Integer>builder("w").parallel(first, second).build(), 1);
      holds.await();
      clock.advance(Duration.ofSeconds(5));
      mayEnd.countDown();
      run.await();
    }
    assertThat(recorder.timelines().get(0).entries())
        .extracting(entry -> entry.ready() + " " + entry.start())
        .containsExactlyInAnyOrder("PT0S PT0S", "PT0S PT5S");
  }
}
