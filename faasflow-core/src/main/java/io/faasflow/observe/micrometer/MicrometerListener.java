package io.faasflow.observe.micrometer;

import io.faasflow.observe.RunEvent;
import io.faasflow.observe.RunListener;
import io.faasflow.run.RunId;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Counts and times runs in a Micrometer registry. Thread-safe. One is for one runtime.
 *
 * <ul>
 *   <li>{@code faasflow.task}: a timer of attempts, by {@code workflow}, {@code task} and
 *       {@code outcome} (completed, failed, timed_out);
 *   <li>{@code faasflow.task.queued}: a timer of how long attempts waited to begin, by
 *       {@code workflow} and {@code task};
 *   <li>{@code faasflow.runs}: a counter of runs that have ended, by {@code workflow} and
 *       {@code status} (completed, failed, cancelled, timed_out);
 *   <li>{@code faasflow.runs.active}: a gauge of runs that have not.
 * </ul>
 *
 * <p>Tags are names out of definitions, never of runs or instances, so that a registry does not grow
 * with what runs. Attempts that are over only after their run are left out. Meters are looked up once: one
 * that is taken out of the registry is not registered again.
 */
public final class MicrometerListener implements RunListener {
  private static final String WORKFLOW = "workflow";
  private static final String TASK = "task";

  private final MeterProvider<Timer> attempts;
  private final MeterProvider<Timer> queued;
  private final MeterProvider<Counter> ended;

  private final Map<String, WorkflowMeters> workflows = new ConcurrentHashMap<>();
  private final Map<RunId, WorkflowMeters> active = new ConcurrentHashMap<>();

  /** The meters of the tasks of a workflow. */
  private final class WorkflowMeters {
    private final String workflow;
    private final Map<String, TaskMeters> tasks = new ConcurrentHashMap<>();

    WorkflowMeters(String workflow) {
      this.workflow = workflow;
    }

    TaskMeters of(String task) {
      // Not at once computeIfAbsent, which would make a function each time.
      TaskMeters known = tasks.get(task);
      return known != null
          ? known
          : tasks.computeIfAbsent(
              task, name -> new TaskMeters(Tags.of(WORKFLOW, workflow, TASK, name)));
    }
  }

  /** The meters of a task; those of an outcome are registered when there is one. */
  private final class TaskMeters {
    private final Tags tags;
    private final Timer waiting;
    private final Map<RunEvent.Outcome, Timer> byOutcome = new ConcurrentHashMap<>();

    TaskMeters(Tags tags) {
      this.tags = tags;
      this.waiting = queued.withTags(tags);
    }

    void count(RunEvent.Attempted attempted) {
      waiting.record(attempted.startNanos() - attempted.readyNanos(), TimeUnit.NANOSECONDS);
      timer(attempted.outcome())
          .record(attempted.nanos() - attempted.startNanos(), TimeUnit.NANOSECONDS);
    }

    private Timer timer(RunEvent.Outcome outcome) {
      Timer known = byOutcome.get(outcome);
      return known != null
          ? known
          : byOutcome.computeIfAbsent(
              outcome, any -> attempts.withTags(tags.and("outcome", tag(outcome))));
    }
  }

  /** Registers the gauge at once, and the other meters as they are needed. */
  public MicrometerListener(MeterRegistry registry) {
    Objects.requireNonNull(registry, "registry");
    attempts =
        Timer.builder("faasflow.task").description("Attempts of tasks").withRegistry(registry);
    queued = Timer.builder("faasflow.task.queued")
        .description("How long attempts of tasks waited to begin")
        .withRegistry(registry);
    ended =
        Counter.builder("faasflow.runs").description("Runs that have ended").withRegistry(registry);
    Gauge.builder("faasflow.runs.active", active, Map::size)
        .description("Runs that have not ended")
        .register(registry);
  }

  @Override
  public void on(RunEvent event) {
    if (event instanceof RunEvent.Attempted attempted) {
      WorkflowMeters meters = active.get(attempted.run());
      if (meters != null) {
        meters.of(attempted.site().task()).count(attempted);
      }
    } else if (event instanceof RunEvent.RunStarted started) {
      active.put(started.run(), workflows.computeIfAbsent(started.workflow(), WorkflowMeters::new));
    } else if (event instanceof RunEvent.RunEnded run) {
      active.remove(run.run());
      ended.withTags(WORKFLOW, run.workflow(), "status", tag(run.status())).increment();
    }
  }

  private static String tag(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
