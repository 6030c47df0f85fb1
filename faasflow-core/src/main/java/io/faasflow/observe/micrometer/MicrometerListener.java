package io.faasflow.observe.micrometer;

import io.faasflow.observe.RunEvent;
import io.faasflow.observe.RunListener;
import io.faasflow.run.RunId;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
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
 * with what runs. Attempts that are over only after their run are left out.
 */
public final class MicrometerListener implements RunListener {
  private static final String WORKFLOW = "workflow";
  private static final String TASK = "task";

  private final MeterProvider<Timer> attempts;
  private final MeterProvider<Timer> queued;
  private final MeterProvider<Counter> ended;

  /** The workflows of active runs. */
  private final Map<RunId, String> active = new ConcurrentHashMap<>();

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
      String workflow = active.get(attempted.run());
      if (workflow != null) {
        count(workflow, attempted);
      }
    } else if (event instanceof RunEvent.RunStarted started) {
      active.put(started.run(), started.workflow());
    } else if (event instanceof RunEvent.RunEnded run) {
      active.remove(run.run());
      ended.withTags(WORKFLOW, run.workflow(), "status", tag(run.status())).increment();
    }
  }

  private void count(String workflow, RunEvent.Attempted attempted) {
    String task = attempted.site().task();
    attempts
        .withTags(WORKFLOW, workflow, TASK, task, "outcome", tag(attempted.outcome()))
        .record(attempted.nanos() - attempted.startNanos(), TimeUnit.NANOSECONDS);
    queued
        .withTags(WORKFLOW, workflow, TASK, task)
        .record(attempted.startNanos() - attempted.readyNanos(), TimeUnit.NANOSECONDS);
  }

  private static String tag(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
