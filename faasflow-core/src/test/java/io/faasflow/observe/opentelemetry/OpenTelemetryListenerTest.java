package io.faasflow.observe.opentelemetry;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.FaasFlow;
import io.faasflow.WorkflowRun;
import io.faasflow.function.RetryPolicy;
import io.faasflow.partition.HashSpread;
import io.faasflow.run.RunStatus;
import io.faasflow.time.VirtualClock;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.testing.junit5.OpenTelemetryExtension;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class OpenTelemetryListenerTest {
  @RegisterExtension
  static final OpenTelemetryExtension TELEMETRY = OpenTelemetryExtension.create();

  private final Tracer tracer = TELEMETRY.getOpenTelemetry().getTracer("test");
  private final OpenTelemetryListener listener =
      new OpenTelemetryListener(TELEMETRY.getOpenTelemetry());

  @AfterEach
  void nothingIsKept() {
    assertThat(listener.unfinished()).isZero();
  }

  private FaasFlow flow() {
    return FaasFlow.builder().listener(listener).closeTimeout(Duration.ZERO).build();
  }

  private static SpanData span(String name) {
    return spans(name).stream()
        .reduce((a, b) -> {
          throw new AssertionError("several spans " + name);
        })
        .orElseThrow(
            () -> new AssertionError("no span " + name + " among " + TELEMETRY.getSpans()));
  }

  private static List<SpanData> spans(String name) {
    return TELEMETRY.getSpans().stream()
        .filter(span -> span.getName().equals(name))
        .toList();
  }

  private static String text(SpanData span, String key) {
    return span.getAttributes().get(AttributeKey.stringKey(key));
  }

  private static void assertChild(SpanData child, SpanData parent) {
    assertThat(child.getParentSpanId()).as(child.getName()).isEqualTo(parent.getSpanId());
    assertThat(child.getTraceId()).as(child.getName()).isEqualTo(parent.getTraceId());
    assertThat(child.getStartEpochNanos()).isGreaterThanOrEqualTo(parent.getStartEpochNanos());
  }

  /** A task that makes a span of its own. */
  private Task<Integer, Integer> traced(String name) {
    return task(name, x -> {
      tracer.spanBuilder("own of " + name).startSpan().end();
      return x + 1;
    });
  }

  @Test
  void run_spansOfCallerRunTaskAndFunction_areOneTrace() throws Exception {
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("order")
        .sequence(traced("reserve"))
        .sequence(traced("charge"))
        .build();
    Span caller = tracer.spanBuilder("caller").startSpan();
    WorkflowRun<Integer> run;
    try (FaasFlow flow = flow()) {
      run = Context.current().with(caller).wrap(() -> flow.start(workflow, 1)).call();
      assertThat(run.await()).isEqualTo(3);
    }
    caller.end();
    SpanData runs = span("run order");
    assertChild(runs, span("caller"));
    assertThat(text(runs, "faasflow.run.id")).isEqualTo(run.id().toString());
    assertThat(text(runs, "faasflow.workflow")).isEqualTo("order");
    assertThat(text(runs, "faasflow.run.status")).isEqualTo("COMPLETED");
    assertThat(runs.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    for (String task : List.of("reserve", "charge")) {
      SpanData attempt = span("task " + task);
      assertChild(attempt, runs);
      assertChild(span("own of " + task), attempt);
      assertThat(text(attempt, "faasflow.task")).isEqualTo(task);
      assertThat(text(attempt, "faasflow.function")).isEqualTo(task);
      assertThat(text(attempt, "faasflow.worker")).isEqualTo("worker-1");
      assertThat(attempt.getAttributes().get(AttributeKey.longKey("faasflow.attempt")))
          .isEqualTo(1);
      assertThat(attempt.getEndEpochNanos()).isLessThanOrEqualTo(runs.getEndEpochNanos());
    }
    assertThat(TELEMETRY.getSpans()).hasSize(6);
  }

  @Test
  void function_thatHasReturned_leavesNoContextOnItsThread() {
    Task<Integer, Boolean> looks = task("looks", x -> Context.current() == Context.root());
    Workflow<Integer, Boolean> traced =
        Workflow.<Integer>builder("w").sequence(traced("a")).sequence(looks).build();
    try (FaasFlow flow = FaasFlow.builder()
        .listener(event -> {
          if (Context.current() != Context.root()) {
            Span.current().setAttribute("leaked", true);
          }
        })
        .listener(listener)
        .build()) {
      assertThat(flow.run(traced, 1)).as("its own span is current").isFalse();
    }
    assertThat(TELEMETRY.getSpans())
        .allMatch(span -> span.getAttributes().get(AttributeKey.booleanKey("leaked")) == null);
  }

  @Test
  void instancesAndRetries_haveSpansEach() {
    Task<Integer, Integer> flaky = Task.<Integer, Integer>contextTask("flaky", (x, context) -> {
          if (x == 20 && context.attempt() == 1) {
            throw new IOException("try again");
          }
          return x;
        })
        .retry(RetryPolicy.attempts(2).fixedDelay(Duration.ofMillis(1)));
    Workflow<List<Integer>, List<Integer>> workflow =
        Workflow.<List<Integer>>builder("w").foreach(all -> all, flaky).build();
    try (FaasFlow flow = flow()) {
      assertThat(flow.run(workflow, List.of(10, 20))).containsExactly(10, 20);
    }
    List<SpanData> attempts = spans("task flaky");
    assertThat(attempts).hasSize(3);
    assertThat(attempts)
        .extracting(span -> span.getAttributes().get(AttributeKey.longArrayKey("faasflow.instance"))
            + " " + span.getAttributes().get(AttributeKey.longKey("faasflow.attempt")) + " "
            + span.getStatus().getStatusCode())
        .containsExactlyInAnyOrder("[0] 1 UNSET", "[1] 1 ERROR", "[1] 2 UNSET");
    SpanData failed = attempts.stream()
        .filter(span -> span.getStatus().getStatusCode() == StatusCode.ERROR)
        .findFirst()
        .orElseThrow();
    assertThat(failed.getStatus().getDescription()).isEqualTo("java.io.IOException: try again");
    assertThat(failed.getEvents()).extracting(EventData::getName).containsExactly("exception");
  }

  @Test
  void failedRun_isAnErrorAndItsCompensationsAreChildren() throws Exception {
    Task<Integer, Integer> booked = traced("book").compensate((input, output, context) -> {
      tracer.spanBuilder("own of undo").startSpan().end();
      throw new IllegalStateException("cannot undo");
    });
    Task<Integer, Integer> fails = task("fails", x -> {
      throw new IOException("boom");
    });
    try (FaasFlow flow = flow()) {
      assertThat(flow.start(
                  Workflow.<Integer>builder("w")
                      .sequence(booked)
                      .sequence(fails)
                      .build(),
                  1)
              .result()
              .status())
          .isEqualTo(RunStatus.FAILED);
    }
    SpanData run = span("run w");
    assertThat(run.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(run.getStatus().getDescription()).contains("Task 'fails'").contains("boom");
    assertThat(run.getEvents()).extracting(EventData::getName).containsExactly("exception");
    SpanData undo = span("compensate book");
    assertChild(undo, run);
    assertThat(undo.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertChild(span("own of undo"), undo);
  }

  @Test
  void timeout_endsTheSpanThoughTheFunctionGoesOn() throws Exception {
    CountDownLatch mayReturn = new CountDownLatch(1);
    VirtualClock clock = new VirtualClock();
    Task<Integer, Integer> stuck = Task.<Integer, Integer>task("stuck", x -> {
          clock.advance(Duration.ofMillis(20));
          boolean waits = true;
          while (waits) {
            try {
              mayReturn.await();
              waits = false;
            } catch (InterruptedException e) {
              // It does not listen.
            }
          }
          return x;
        })
        .timeout(Duration.ofMillis(20));
    try (clock;
        FaasFlow flow = FaasFlow.builder()
            .clock(clock)
            .listener(listener)
            .closeTimeout(Duration.ZERO)
            .build()) {
      assertThat(flow.start(Workflow.<Integer>builder("w").sequence(stuck).build(), 1)
              .result()
              .status())
          .isEqualTo(RunStatus.FAILED);
      SpanData attempt = span("task stuck");
      assertThat(attempt.getStatus().getDescription()).contains("TaskTimeoutException");
      mayReturn.countDown();
    }
    assertThat(spans("task stuck")).hasSize(1);
  }

  @Test
  void cancelledRun_endsItsSpans() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    Task<Integer, Integer> waits = task("waits", x -> {
      running.countDown();
      new CountDownLatch(1).await();
      return x;
    });
    try (FaasFlow flow = flow()) {
      WorkflowRun<Integer> run =
          flow.start(Workflow.<Integer>builder("w").sequence(waits).build(), 1);
      running.await();
      assertThat(run.cancel()).isTrue();
    }
    assertThat(text(span("run w"), "faasflow.run.status")).isEqualTo("CANCELLED");
    assertThat(
            span("task waits").getAttributes().get(AttributeKey.booleanKey("faasflow.cancelled")))
        .isTrue();
  }

  @Test
  void severalWorkers_oneTrace() {
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("w")
        .sequence(traced("a"))
        .sequence(traced("b"))
        .sequence(traced("c"))
        .sequence(traced("d"))
        .build();
    try (FaasFlow flow = FaasFlow.builder()
        .workers(3)
        .partitioner(new HashSpread())
        .listener(listener)
        .build()) {
      assertThat(flow.run(workflow, 1)).isEqualTo(5);
    }
    SpanData run = span("run w");
    for (String task : List.of("a", "b", "c", "d")) {
      assertChild(span("task " + task), run);
    }
    assertThat(TELEMETRY.getSpans().stream()
            .map(span -> text(span, "faasflow.worker"))
            .filter(worker -> worker != null)
            .distinct())
        .hasSizeGreaterThan(1);
  }
}
