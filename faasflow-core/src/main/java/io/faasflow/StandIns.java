package io.faasflow;

import io.faasflow.engine.Steps;
import io.faasflow.function.CompensationFunction;
import io.faasflow.function.ContextFunction;
import io.faasflow.function.FunctionContext;
import io.faasflow.function.FunctionInterceptor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What stands in for the functions of a {@link LocalExecutor}, and the record of their invocations.
 * Confined to the thread that has the turn of the {@link Steps}.
 */
final class StandIns implements FunctionInterceptor {
  /** When a function fails, and with what. */
  private record Fault(
      @Nullable String task,
      Predicate<FunctionContext> where,
      Supplier<? extends Exception> failure) {
    boolean applies(FunctionContext context) {
      return (task == null || task.equals(context.task())) && where.test(context);
    }
  }

  /** What was called in a run. A function that outlives its run goes on with the record of its run. */
  private static final class Calls {
    private final List<LocalRun.Invocation> invocations = new ArrayList<>();
    private final List<LocalRun.Compensated> compensations = new ArrayList<>();
    private int moments;
  }

  private final Steps steps;
  private final long seed;
  private final Map<String, ContextFunction<@Nullable Object, @Nullable Object>> ofTasks =
      new HashMap<>();
  private final Map<String, ContextFunction<@Nullable Object, @Nullable Object>> ofFunctions =
      new HashMap<>();
  private final Map<String, CompensationFunction<@Nullable Object, @Nullable Object>>
      ofCompensations = new HashMap<>();
  private final Map<String, Duration> durations = new HashMap<>();
  private final List<Fault> faults = new ArrayList<>();
  private Calls current = new Calls();
  private int runs;

  StandIns(Steps steps, long seed) {
    this.steps = steps;
    this.seed = seed;
  }

  void ofTask(String task, ContextFunction<@Nullable Object, @Nullable Object> stub) {
    ofTasks.put(task, stub);
  }

  void ofFunction(String function, ContextFunction<@Nullable Object, @Nullable Object> stub) {
    ofFunctions.put(function, stub);
  }

  void ofCompensation(String task, CompensationFunction<@Nullable Object, @Nullable Object> stub) {
    ofCompensations.put(task, stub);
  }

  void takes(String task, Duration time) {
    durations.put(task, time);
  }

  void fail(
      @Nullable String task,
      Predicate<FunctionContext> where,
      Supplier<? extends Exception> failure) {
    faults.add(new Fault(task, where, failure));
  }

  /**
   * The names of tasks, of functions and of tasks that are compensated that are spoken of, for a look
   * whether they exist.
   */
  void addNames(Set<String> tasks, Set<String> functions, Set<String> compensated) {
    tasks.addAll(ofTasks.keySet());
    tasks.addAll(durations.keySet());
    faults.stream().map(Fault::task).filter(Objects::nonNull).forEach(tasks::add);
    functions.addAll(ofFunctions.keySet());
    compensated.addAll(ofCompensations.keySet());
  }

  void beginRun() {
    current = new Calls();
    runs++;
  }

  List<LocalRun.Invocation> invocations() {
    return current.invocations;
  }

  List<LocalRun.Compensated> compensations() {
    return current.compensations;
  }

  /** From 0 to 1, for an attempt of an instance of a task: not for when it happens to run. */
  double chance(FunctionContext context, int salt) {
    long hash = seed;
    for (int part : List.of(
        runs, context.task().hashCode(), context.instance().hashCode(), context.attempt(), salt)) {
      hash = hash * 31 + part;
    }
    return new SplittableRandom(hash).nextDouble();
  }

  /** How many faults there are. */
  int faults() {
    return faults.size();
  }

  @Override
  public @Nullable ContextFunction<@Nullable Object, @Nullable Object> intercept(
      String task,
      String function,
      @Nullable ContextFunction<@Nullable Object, @Nullable Object> original) {
    if (original == null && !ofTasks.containsKey(task) && !ofFunctions.containsKey(function)) {
      return null;
    }
    return (input, context) -> record(original, input, context);
  }

  @Override
  public CompensationFunction<@Nullable Object, @Nullable Object> interceptCompensation(
      String task, CompensationFunction<@Nullable Object, @Nullable Object> original) {
    return (input, output, context) -> {
      Calls of = current;
      Throwable failure = null;
      try {
        ofCompensations.getOrDefault(task, original).undo(input, output, context);
      } catch (Throwable e) {
        failure = e;
        throw e;
      } finally {
        of.compensations.add(new LocalRun.Compensated(
            task, context.instance(), context.attempt(), context.worker(), input, output, failure));
      }
    };
  }

  private @Nullable Object record(
      @Nullable ContextFunction<@Nullable Object, @Nullable Object> original,
      @Nullable Object input,
      FunctionContext context)
      throws Exception {
    Calls of = current;
    int began = ++of.moments;
    int index = of.invocations.size();
    of.invocations.add(invocation(began, began, input, null, null, context));
    try {
      Object output = call(original, input, context);
      of.invocations.set(index, invocation(began, ++of.moments, input, output, null, context));
      return output;
    } catch (Throwable e) {
      of.invocations.set(index, invocation(began, ++of.moments, input, null, e, context));
      throw e;
    }
  }

  private @Nullable Object call(
      @Nullable ContextFunction<@Nullable Object, @Nullable Object> original,
      @Nullable Object input,
      FunctionContext context)
      throws Exception {
    Duration time = durations.get(context.task());
    if (time != null) {
      steps.sleep(time);
    }
    for (Fault fault : faults) {
      if (fault.applies(context)) {
        throw Objects.requireNonNull(
            fault.failure().get(), "what an injected failure is to throw must not be null");
      }
    }
    ContextFunction<@Nullable Object, @Nullable Object> called = ofTasks.get(context.task());
    if (called == null) {
      called = ofFunctions.get(context.function());
    }
    if (called == null) {
      called = Objects.requireNonNull(original);
    }
    return called.apply(input, context);
  }

  private static LocalRun.Invocation invocation(
      int began,
      int ended,
      @Nullable Object input,
      @Nullable Object output,
      @Nullable Throwable failure,
      FunctionContext context) {
    return new LocalRun.Invocation(
        began,
        ended,
        context.task(),
        context.function(),
        context.instance(),
        context.attempt(),
        context.worker(),
        input,
        output,
        failure);
  }
}
