package io.faasflow.observe;

import io.faasflow.run.RunId;
import io.faasflow.run.TaskFailedException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/**
 * Writes runs and attempts of tasks into recordings of Java Flight Recorder, next to what the JVM did
 * meanwhile. Thread-safe; costs next to nothing while nothing is recorded.
 *
 * <p>{@code io.faasflow.Run} lasts from the start of a run to its end; a run that began before the
 * recording is not in it. {@code io.faasflow.TaskAttempt} is written at the end of an attempt, on the
 * thread that ran it or watched over its time; its times are fields of their own, which follow the
 * runtime's clock.
 */
public final class JfrListener implements RunListener {
  private static final int MOST_FAILURE_CHARACTERS = 600;

  /** Begun and not ended yet: as many as there are active runs. */
  private final Map<RunId, RunFlight> begun = new ConcurrentHashMap<>();

  @Override
  public void on(RunEvent event) {
    if (event instanceof RunEvent.Attempted attempted) {
      write(attempted);
    } else if (event instanceof RunEvent.RunStarted started) {
      RunFlight flight = new RunFlight();
      if (flight.isEnabled()) {
        flight.run = started.run().toString();
        flight.workflow = started.workflow();
        flight.planVersion = started.planVersion();
        begun.put(started.run(), flight);
        flight.begin();
      }
    } else if (event instanceof RunEvent.RunEnded ended) {
      RunFlight flight = begun.remove(ended.run());
      if (flight != null) {
        flight.status = ended.status().name();
        flight.commit();
      }
    }
  }

  private static void write(RunEvent.Attempted attempted) {
    AttemptFlight flight = new AttemptFlight();
    if (!flight.isEnabled()) {
      return;
    }
    RunEvent.Site site = attempted.site();
    Throwable failure = attempted.failure();
    flight.run = attempted.run().toString();
    flight.task = site.task();
    flight.function = site.function();
    flight.instance = site.instance().isEmpty() ? "" : site.instance().toString();
    flight.worker = site.worker();
    flight.attempt = attempted.attempt();
    flight.outcome = attempted.outcome().name();
    flight.queued = attempted.startNanos() - attempted.readyNanos();
    flight.took = attempted.nanos() - attempted.startNanos();
    flight.outputBytes = attempted.outputBytes();
    flight.failure = failure == null
        ? null
        : Markup.cut(TaskFailedException.describe(failure), MOST_FAILURE_CHARACTERS);
    flight.commit();
  }

  /** What both kinds of events have. */
  @Category("FaaSFlow")
  @StackTrace(false)
  abstract static class Flight extends Event {
    @Label("Run id")
    String run = "";
  }

  /** A run. */
  @Name("io.faasflow.Run")
  @Label("Run")
  @Description("A run of a workflow, from its start to its end")
  static final class RunFlight extends Flight {
    @Label("Workflow")
    String workflow = "";

    @Label("Plan version")
    int planVersion;

    @Label("Status")
    String status = "";
  }

  /** An attempt of a task. */
  @Name("io.faasflow.TaskAttempt")
  @Label("Task attempt")
  @Description("An attempt of a task; written when it is over")
  static final class AttemptFlight extends Flight {
    @Label("Task")
    String task = "";

    @Label("Function")
    String function = "";

    @Label("Instance")
    @Description("The instance of each enclosing foreach, outermost first")
    String instance = "";

    @Label("Worker")
    String worker = "";

    @Label("Attempt")
    int attempt;

    @Label("Outcome")
    String outcome = "";

    @Label("Queued")
    @Description("From when it could have begun to when it began")
    @Timespan(Timespan.NANOSECONDS)
    long queued;

    @Label("Took")
    @Timespan(Timespan.NANOSECONDS)
    long took;

    @Label("Output size")
    @Description("-1 where it is not known")
    @DataAmount(DataAmount.BYTES)
    long outputBytes;

    @Label("Failure")
    @Nullable
    String failure;
  }
}
