package io.faasflow.observe;

import io.faasflow.function.FunctionContext;
import io.faasflow.run.RunId;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Lets each log line of a function say to which run and task it belongs: by SLF4J's {@link MDC}, which
 * holds the keys below while user code is called. What they were before on that thread they are again
 * afterwards. Thread-safe.
 *
 * <p>Threads that a function starts by itself do not have them.
 */
public final class LogContext implements CallScopes {
  /** The key of the run's id. */
  public static final String RUN = "faasflow.run";

  /** The key of the workflow's name. */
  public static final String WORKFLOW = "faasflow.workflow";

  /** The key of the task's name. */
  public static final String TASK = "faasflow.task";

  /**
   * The key of the instance of each enclosing foreach, outermost first: {@code [3]}. It is not there
   * outside of any foreach.
   */
  public static final String INSTANCE = "faasflow.instance";

  /** The key of the attempt, from 1. */
  public static final String ATTEMPT = "faasflow.attempt";

  @Override
  public CallScope open(FunctionContext call) {
    return scope(call.runId(), call.workflow(), call.task(), call.instance(), call.attempt());
  }

  /**
   * Writes lines about a task, with the keys on this thread.
   *
   * @param attempt from 1
   */
  public static void about(
      RunId run,
      String workflow,
      String task,
      List<Integer> instance,
      int attempt,
      Runnable lines) {
    write(scope(run, workflow, task, instance, attempt), lines);
  }

  /** Writes lines about a run, with its key on this thread and without the others. */
  public static void about(RunId run, Runnable lines) {
    write(new Scope(run.toString(), null, null, null, null), lines);
  }

  private static Scope scope(
      RunId run, String workflow, String task, List<Integer> instance, int attempt) {
    return new Scope(
        run.toString(),
        workflow,
        task,
        instance.isEmpty() ? null : instance.toString(),
        Integer.toString(attempt));
  }

  private static void write(Scope scope, Runnable lines) {
    try {
      lines.run();
    } finally {
      scope.close(null);
    }
  }

  /** What the keys were before. */
  private static final class Scope implements CallScope {
    private final @Nullable String run;
    private final @Nullable String workflow;
    private final @Nullable String task;
    private final @Nullable String instance;
    private final @Nullable String attempt;

    Scope(
        @Nullable String run,
        @Nullable String workflow,
        @Nullable String task,
        @Nullable String instance,
        @Nullable String attempt) {
      this.run = exchange(RUN, run);
      this.workflow = exchange(WORKFLOW, workflow);
      this.task = exchange(TASK, task);
      this.instance = exchange(INSTANCE, instance);
      this.attempt = exchange(ATTEMPT, attempt);
    }

    private static @Nullable String exchange(String key, @Nullable String value) {
      String before = MDC.get(key);
      set(key, value);
      return before;
    }

    private static void set(String key, @Nullable String value) {
      if (value == null) {
        MDC.remove(key);
      } else {
        MDC.put(key, value);
      }
    }

    @Override
    public void close(@Nullable Throwable failure) {
      set(RUN, run);
      set(WORKFLOW, workflow);
      set(TASK, task);
      set(INSTANCE, instance);
      set(ATTEMPT, attempt);
    }
  }
}
