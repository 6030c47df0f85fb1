package io.faasflow.examples.generated;

import io.faasflow.function.FunctionContext;
import io.faasflow.function.FunctionRegistry;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Functions for a workflow that nobody has written any for: each gives the outputs that its task
 * declares, in their declared sizes, scaled. Immutable, thread-safe.
 *
 * <p>What a function gives depends on its name and its input only, so that two runs of a workflow
 * have equal results, wherever their functions ran. A value is a text, but where others need more:
 * a list for what a foreach goes through, a boolean or a number for what a condition asks for, a
 * map where names are looked up in it. All lists have the same length: the largest number of
 * instances that the definition expects, or 3. A size that is not declared is 8 bytes.
 */
public final class GeneratedFunctions {
  private final Shapes shapes;
  private final Map<String, Duration> runtimes;
  private final Scale scale;

  private GeneratedFunctions(Shapes shapes, Map<String, Duration> runtimes, Scale scale) {
    this.shapes = shapes;
    this.runtimes = runtimes;
    this.scale = Objects.requireNonNull(scale, "scale");
  }

  /** A registry with all functions that the workflow names. */
  public static FunctionRegistry of(Workflow<?, ?> workflow, Scale scale) {
    Shapes shapes = Shapes.of(workflow);
    Map<String, Duration> runtimes = new LinkedHashMap<>();
    Set<String> functions = new LinkedHashSet<>();
    shapes.tasks().forEach(task -> {
      functions.add(task.function());
      task.expectedRuntime().ifPresent(runtime -> runtimes.put(task.name(), runtime));
    });
    GeneratedFunctions generated = new GeneratedFunctions(shapes, runtimes, scale);
    FunctionRegistry.Builder registry = FunctionRegistry.builder();
    functions.forEach(name -> registry.registerContextual(name, generated::call));
    return registry.build();
  }

  /**
   * An input for a run: what the workflow declares and what its steps read, generated like outputs.
   */
  public static Map<String, Object> input(Workflow<?, ?> workflow, Scale scale) {
    Shapes shapes = Shapes.of(workflow);
    Map<String, Object> input = new LinkedHashMap<>();
    for (String name : shapes.input().names()) {
      input.put(name, shapes.input().named(name).value(Hash.of(name), shapes.listLength(), scale));
    }
    return input;
  }

  private Object call(@Nullable Object input, FunctionContext context) throws InterruptedException {
    Shape shape = Optional.ofNullable(shapes.byTask().get(context.task()))
        .orElseThrow(() -> new IllegalStateException("Task '"
            + context.task()
            + "' is not of the workflow that these functions were generated for"));
    pause(runtimes.getOrDefault(context.task(), Duration.ZERO));
    long seed = Hash.mix(Hash.of(context.function()), Hash.of(input));
    return shape.value(seed, shapes.listLength(), scale);
  }

  private void pause(Duration declared) throws InterruptedException {
    long nanos = (long) (declared.toNanos() * scale.runtime());
    if (nanos > 0) {
      TimeUnit.NANOSECONDS.sleep(nanos);
    }
  }
}
