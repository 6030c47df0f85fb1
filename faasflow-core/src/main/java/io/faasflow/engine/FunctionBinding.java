package io.faasflow.engine;

import io.faasflow.function.CompensationFunction;
import io.faasflow.function.ContextFunction;
import io.faasflow.function.FunctionInterceptor;
import io.faasflow.function.TaskFunction;
import io.faasflow.graph.Node;
import io.faasflow.graph.Operation;
import io.faasflow.workflow.Compensation;
import io.faasflow.workflow.Outputs;
import io.faasflow.workflow.ReadFunction;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.TaskCode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The code that a task stands for on a worker: its own, the registry's, or what calls a container; with
 * what tests put around it. At most one of the three functions is there; none: the input is the output.
 * Immutable.
 *
 * @param plain a function that needs no context
 * @param inContext any other that reads its input alone, or whose reads are in its {@link Invocation}
 * @param reading a function that reads more than its input
 * @param isReadIntercepted whether {@code inContext} reads more than its input
 * @param next warms containers before the function is called; null: there are none to warm
 * @param compensation what undoes the task; null: nothing does
 */
record FunctionBinding(
    @Nullable TaskFunction<@Nullable Object, @Nullable Object> plain,
    @Nullable ContextFunction<@Nullable Object, @Nullable Object> inContext,
    @Nullable ReadFunction<@Nullable Object, @Nullable Object> reading,
    boolean isReadIntercepted,
    @Nullable Warming next,
    @Nullable CompensationFunction<@Nullable Object, @Nullable Object> compensation) {
  /** Of what runs no function here. */
  static final FunctionBinding NONE = new FunctionBinding(null, null, null, false, null, null);

  static FunctionBinding of(
      Operation.Run run, Program program, Node node, Program.Setting setting) {
    Task<?, ?> task = run.task();
    ContextFunction<@Nullable Object, @Nullable Object> function = function(task, setting);
    ReadFunction<@Nullable Object, @Nullable Object> reading =
        task.code() instanceof TaskCode.Reading found ? any(found) : null;
    boolean isPlain = function instanceof TaskFunction;
    return new FunctionBinding(
        isPlain ? (TaskFunction<@Nullable Object, @Nullable Object>) function : null,
        isPlain ? null : function,
        function == null ? reading : null,
        function != null && reading != null,
        function == null && reading == null
            ? null
            : setting.contained().warming(program, node, setting),
        intercepted(task, compensation(task, setting), setting));
  }

  /** What the function gives; throws what it throws. */
  @Nullable
  Object call(
      Frame frame,
      NodeCode code,
      Operation.Run run,
      @Nullable Object input,
      @Nullable Attempts attempts,
      int attempt)
      throws Exception {
    Outputs read = reading != null || isReadIntercepted ? read(frame, run) : null;
    if (attempts != null && !attempts.isRunning(attempt)) {
      // The next attempt may be done by now, and what this one reads released.
      throw new IllegalStateException("The time of the attempt was up before its function began");
    }
    if (next != null) {
      next.begin(frame);
    }
    if (plain != null) {
      return plain.apply(input);
    }
    if (inContext != null) {
      return inContext.apply(
          input, new Invocation(frame, code, run.task(), attempts, attempt, read));
    }
    return reading == null ? input : reading.apply(input, Objects.requireNonNull(read));
  }

  /** What a task reads besides its input. */
  private static Outputs read(Frame frame, Operation.Run run) {
    return Objects.requireNonNull(run.layout()).outputs(Inputs.values(frame, run.reads()));
  }

  /** The function of a task; null for what has none, or reads more than its input. */
  private static @Nullable ContextFunction<@Nullable Object, @Nullable Object> function(
      Task<?, ?> task, Program.Setting setting) {
    ContextFunction<@Nullable Object, @Nullable Object> found = own(task, setting);
    FunctionInterceptor interceptor = setting.interceptor();
    if (interceptor != null && !(task.code() instanceof TaskCode.Pass)) {
      if (task.code() instanceof TaskCode.Reading reading) {
        ReadFunction<@Nullable Object, @Nullable Object> reader = any(reading);
        found = (input, context) ->
            reader.apply(input, Objects.requireNonNull(((Invocation) context).read()));
      }
      found = interceptor.intercept(task.name(), task.function(), found);
    }
    if (found == null && setting.contained().image(task) != null) {
      setting.contained().isMissing(task);
    } else if (found == null && task.code() instanceof TaskCode.Named) {
      setting.unbound().add(task.function());
    }
    return found;
  }

  @SuppressWarnings("unchecked") // the builder's types, or the author of the YAML, answer for it
  private static @Nullable ContextFunction<@Nullable Object, @Nullable Object> own(
      Task<?, ?> task, Program.Setting setting) {
    ContextFunction<?, ?> found = null;
    if (task.code() instanceof TaskCode.Inline inline) {
      found = inline.function();
    } else if (setting.contained().image(task) != null) {
      found = setting.contained().find(task, setting.worker());
    } else if (task.code() instanceof TaskCode.Named) {
      found = setting.registry().find(task.function()).orElse(null);
    }
    return (ContextFunction<@Nullable Object, @Nullable Object>) found;
  }

  /** What undoes a task; null: nothing does. */
  private static @Nullable CompensationFunction<@Nullable Object, @Nullable Object> compensation(
      Task<?, ?> task, Program.Setting setting) {
    Compensation undo = task.compensation().orElse(null);
    if (undo instanceof Compensation.Inline inline) {
      return inline.function();
    }
    if (undo == null) {
      return null;
    }
    String name = ((Compensation.Named) undo).function();
    ContextFunction<@Nullable Object, @Nullable Object> found = named(name, setting);
    FunctionInterceptor interceptor = setting.interceptor();
    ContextFunction<@Nullable Object, @Nullable Object> called =
        interceptor == null ? found : interceptor.intercept(name, name, found);
    if (called == null) {
      setting.unbound().add(name);
      return null;
    }
    return (input, output, context) -> {
      Map<String, @Nullable Object> both = new LinkedHashMap<>();
      both.put("input", input);
      both.put("output", output);
      called.apply(both, ((UndoContext) context).as(name));
    };
  }

  private static @Nullable CompensationFunction<@Nullable Object, @Nullable Object> intercepted(
      Task<?, ?> task,
      @Nullable CompensationFunction<@Nullable Object, @Nullable Object> found,
      Program.Setting setting) {
    FunctionInterceptor interceptor = setting.interceptor();
    return found == null || interceptor == null
        ? found
        : interceptor.interceptCompensation(task.name(), found);
  }

  @SuppressWarnings("unchecked") // as above
  private static @Nullable ContextFunction<@Nullable Object, @Nullable Object> named(
      String function, Program.Setting setting) {
    return (ContextFunction<@Nullable Object, @Nullable Object>)
        setting.registry().find(function).orElse(null);
  }

  @SuppressWarnings("unchecked") // as above
  private static ReadFunction<@Nullable Object, @Nullable Object> any(TaskCode.Reading reading) {
    return (ReadFunction<@Nullable Object, @Nullable Object>) reading.function();
  }
}
