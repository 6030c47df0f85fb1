package io.faasflow.workflow.yaml;

import io.faasflow.function.TaskPolicy;
import io.faasflow.run.TaskFailure;
import io.faasflow.workflow.Binding;
import io.faasflow.workflow.Step;
import io.faasflow.workflow.Workflow;
import io.faasflow.workflow.WorkflowBuilder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads our own format: the top level. */
final class OwnFormat {
  static final int VERSION = 1;
  static final String MARK = "faasflow";
  private static final List<String> KEYS = List.of(
      MARK, "name", "version", "input", "output", "deadline", "defaults", "steps", "onFailure");

  private OwnFormat() {}

  /**
   * Reads a workflow.
   *
   * @param root the top level of the file, which has a key {@code faasflow}
   * @throws WorkflowFormatException when anything is wrong that the builder does not check
   * @throws io.faasflow.workflow.InvalidWorkflowException from the builder
   */
  static Workflow<Map<String, Object>, Object> read(YamlMap root) {
    YamlValue mark = root.required(MARK).orElseThrow();
    OptionalLong format = mark.asLong();
    if (format.isPresent() && format.getAsLong() != VERSION) {
      mark.problem(
          "version " + format.getAsLong() + " of the format is not known to this library",
          "Write 'faasflow: " + VERSION + "', or use a newer version of the library");
      mark.throwIfProblems(); // other versions have other keys
    }
    root.unknownKeys(KEYS);
    Optional<String> name = root.required("name").flatMap(TaskReader::name);
    WorkflowBuilder<Map<String, Object>, Map<String, Object>> start =
        Workflow.builder(name.orElse("?"));
    root.optional("version").flatMap(TaskReader::name).ifPresent(start::version);
    root.optional("input").map(Quantities::sizes).ifPresent(start::inputs);
    Optional<Map<String, Binding>> outputs = root.optional("output").map(DataReader::bindings);
    PolicyReader.time(root, "deadline").ifPresent(start::deadline);
    root.optional("defaults").flatMap(YamlValue::asMap).ifPresent(defaults -> {
      defaults.unknownKeys(PolicyReader.KEYS);
      TaskPolicy policy = PolicyReader.read(defaults);
      start.taskDefaults(none -> policy);
    });
    var steps = root.required("steps").map(value -> new StepReader().body(value));
    Optional<Step<?, ?>> onFailure = root.optional("onFailure").map(new StepReader()::onFailure);
    root.self().throwIfProblems();
    WorkflowBuilder<Map<String, Object>, Object> builder = start.sequence(steps.orElseThrow());
    outputs.ifPresent(builder::outputs);
    onFailure.ifPresent(step -> builder.onFailure(untyped(step)));
    return builder.build();
  }

  @SuppressWarnings("unchecked") // the types of what is read from a file are checked as it runs
  private static Step<TaskFailure, Object> untyped(Step<?, ?> step) {
    return (Step<TaskFailure, Object>) step;
  }
}
