package io.faasflow.examples.cli;

import io.faasflow.function.FunctionRegistry;
import io.faasflow.workflow.Workflow;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A built-in workflow. Immutable.
 *
 * @param workflow the workflow
 * @param description what it does, in a line
 * @param input makes the workflow's input of what the user has written
 * @param report prints the result
 */
record Example<I, O>(
    Workflow<I, O> workflow, String description, Reader<I> input, Reports<O> report) {
  /**
   * What the user has written behind the name.
   *
   * @param paths the arguments
   * @param inputs the values of {@code --input}
   * @param top the value of {@code --top}
   * @param folder where relative paths begin
   */
  record Arguments(
      List<String> paths, Map<String, @Nullable Object> inputs, OptionalInt top, Path folder) {}

  /** Makes an input of arguments; throws a {@link UsageException} when it cannot. */
  @FunctionalInterface
  interface Reader<I> {
    I read(Arguments arguments) throws IOException;
  }

  /** Makes the report that the arguments ask for. */
  @FunctionalInterface
  interface Reports<O> {
    Job.Report<O> of(Arguments arguments);
  }

  String name() {
    return workflow.name();
  }

  Job<I, O> job(Arguments arguments) throws IOException {
    return new Job<>(
        workflow, input.read(arguments), FunctionRegistry.empty(), report.of(arguments));
  }
}
