package io.faasflow.observe.opentelemetry;

import io.faasflow.function.FunctionContext;
import io.faasflow.observe.CallScopes;
import io.faasflow.observe.RunEvent;
import io.faasflow.observe.RunListener;
import io.faasflow.run.RunId;
import io.faasflow.run.TaskFailedException;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Traces runs with OpenTelemetry. Thread-safe. One is for one runtime:
 * {@code FaasFlow.builder().listener(new OpenTelemetryListener(openTelemetry))} is all that it takes.
 *
 * <ul>
 *   <li>{@code run WORKFLOW}: a run, from its start to its end. Its parent is the span that is current
 *       where the run is started.
 *   <li>{@code task TASK}: an attempt, while its function is called; a child of the run's span. It is
 *       current meanwhile, so that the function's own spans are its children. A span whose attempt takes
 *       longer than its task may ends then, whatever the function does.
 *   <li>{@code compensate TASK}: an attempt to undo a task; a child of the run's span as well.
 * </ul>
 *
 * <p>Attributes are {@code faasflow.run.id}, {@code faasflow.workflow}, {@code faasflow.plan.version} and
 * {@code faasflow.run.status} of runs; {@code faasflow.run.id}, {@code faasflow.task},
 * {@code faasflow.function}, {@code faasflow.instance} (of each enclosing foreach, outermost first),
 * {@code faasflow.attempt} and {@code faasflow.worker} of attempts; {@code faasflow.cancelled} of those
 * whose output was no longer wanted. What was thrown is an event of its span, whose status is an error. A
 * run that does not complete is an error too.
 *
 * <p>Times are those of OpenTelemetry's clock. What is undone only after its run has ended has no parent.
 */
public final class OpenTelemetryListener implements RunListener, CallScopes {
  private static final AttributeKey<String> RUN = AttributeKey.stringKey("faasflow.run.id");
  private static final AttributeKey<String> WORKFLOW = AttributeKey.stringKey("faasflow.workflow");
  private static final AttributeKey<Long> PLAN = AttributeKey.longKey("faasflow.plan.version");
  private static final AttributeKey<String> STATUS = AttributeKey.stringKey("faasflow.run.status");
  private static final AttributeKey<String> TASK = AttributeKey.stringKey("faasflow.task");
  private static final AttributeKey<String> FUNCTION = AttributeKey.stringKey("faasflow.function");
  private static final AttributeKey<List<Long>> INSTANCE =
      AttributeKey.longArrayKey("faasflow.instance");
  private static final AttributeKey<Long> ATTEMPT = AttributeKey.longKey("faasflow.attempt");
  private static final AttributeKey<String> WORKER = AttributeKey.stringKey("faasflow.worker");
  private static final AttributeKey<Boolean> CANCELLED =
      AttributeKey.booleanKey("faasflow.cancelled");

  /** An attempt whose function is being called. */
  private record Call(RunId run, String task, List<Integer> instance, int attempt) {}

  private final Tracer tracer;

  /** The contexts of active runs. */
  private final Map<RunId, Context> runs = new ConcurrentHashMap<>();

  /** The spans that have not ended: whoever takes one out ends it. */
  private final Map<Call, Span> open = new ConcurrentHashMap<>();

  /** Takes its tracer, named {@code io.faasflow}, from there. */
  public OpenTelemetryListener(OpenTelemetry openTelemetry) {
    tracer = openTelemetry.getTracer("io.faasflow");
  }

  @Override
  public void on(RunEvent event) {
    if (event instanceof RunEvent.RunStarted started) {
      begin(started);
    } else if (event instanceof RunEvent.RunEnded ended) {
      end(ended);
    } else if (event instanceof RunEvent.Attempted attempted
        && attempted.outcome() == RunEvent.Outcome.TIMED_OUT) {
      RunEvent.Site site = attempted.site();
      Span span =
          open.remove(new Call(event.run(), site.task(), site.instance(), attempted.attempt()));
      if (span != null) {
        end(span, attempted.failure());
      }
    }
  }

  /** On the thread that starts the run. */
  private void begin(RunEvent.RunStarted started) {
    Context failed = started.recovers() == null ? null : runs.get(started.recovers());
    Context caller = failed == null ? Context.current() : failed;
    Span span = tracer
        .spanBuilder("run " + started.workflow())
        .setParent(caller)
        .setAttribute(RUN, started.run().toString())
        .setAttribute(WORKFLOW, started.workflow())
        .setAttribute(PLAN, (long) started.planVersion())
        .startSpan();
    runs.put(started.run(), caller.with(span));
  }

  private void end(RunEvent.RunEnded ended) {
    Context context = runs.remove(ended.run());
    if (context != null) {
      Span span = Span.fromContext(context);
      span.setAttribute(STATUS, ended.status().name());
      end(span, ended.failure());
    }
  }

  @Override
  @SuppressWarnings("MustBeClosedChecker") // closed where the call is over
  public CallScope open(FunctionContext call) {
    Context parent = runs.getOrDefault(call.runId(), Context.root());
    Span span = tracer
        .spanBuilder((call.isCompensation() ? "compensate " : "task ") + call.task())
        .setParent(parent)
        .startSpan();
    if (span.isRecording()) {
      span.setAttribute(RUN, call.runId().toString());
      span.setAttribute(TASK, call.task());
      span.setAttribute(FUNCTION, call.function());
      span.setAttribute(ATTEMPT, (long) call.attempt());
      span.setAttribute(WORKER, call.worker());
      if (!call.instance().isEmpty()) {
        span.setAttribute(
            INSTANCE, call.instance().stream().map(Integer::longValue).toList());
      }
    }
    // A compensation has no limit to its time.
    Call key = call.isCompensation()
        ? null
        : new Call(call.runId(), call.task(), call.instance(), call.attempt());
    if (key != null) {
      open.put(key, span);
    }
    Scope current = parent.with(span).makeCurrent();
    return failure -> {
      current.close();
      if (key == null || open.remove(key, span)) {
        if (call.isCancelled()) {
          span.setAttribute(CANCELLED, true);
        }
        end(span, failure);
      }
    };
  }

  private static void end(Span span, @Nullable Throwable failure) {
    try {
      if (failure != null) {
        span.setStatus(StatusCode.ERROR, TaskFailedException.describe(failure));
        span.recordException(failure);
      }
    } finally {
      span.end(); // also where the exception cannot even be looked at
    }
  }

  /** How many runs and attempts have spans that have not ended. */
  int unfinished() {
    return runs.size() + open.size();
  }
}
