package io.faasflow.workflow.yaml;

import io.faasflow.container.ContainerImage;
import io.faasflow.function.Resources;
import io.faasflow.workflow.Task;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Reads the tasks of our own format. */
final class TaskReader {
  private static final List<String> PASS_KEYS =
      List.of("pass", "with", "output", "runtime", "size", "resources");
  private static final List<String> TASK_KEYS = List.of(
      "task",
      "function",
      "image",
      "with",
      "output",
      "runtime",
      "size",
      "resources",
      "timeout",
      "totalTimeout",
      "retry",
      "compensate");

  private TaskReader() {}

  /**
   * A task, which is counted and noted.
   *
   * @param map has a key {@code task} or {@code pass}
   * @param more other keys that the map may have
   */
  static Optional<Task<Object, Object>> read(YamlMap map, List<String> more) {
    boolean pass = map.has("pass");
    List<String> allowed = new ArrayList<>(pass ? PASS_KEYS : TASK_KEYS);
    allowed.addAll(more);
    if (pass && map.has("function")) {
      map.problemAt(
          "function",
          "a pass gives what it takes, without a function",
          "Remove it, or write 'task:' in place of 'pass:'");
      allowed.add("function");
    }
    map.unknownKeys(allowed);
    YamlValue nameValue = map.optional(pass ? "pass" : "task").orElseThrow();
    nameValue.countStep();
    Optional<String> name = name(nameValue);
    name.ifPresent(nameValue::defines);
    Task<Object, Object> task = pass ? Task.pass(name.orElse("?")) : Task.named(name.orElse("?"));
    if (!pass) {
      Optional<String> function = map.optional("function").flatMap(TaskReader::name);
      task = function.isPresent() ? task.function(function.get()) : task;
    }
    Optional<ContainerImage> image = map.optional("image").flatMap(ImageReader::read);
    task = image.isPresent() && !pass ? task.image(image.get()) : task;
    task = withData(task, map);
    if (!pass) {
      task = task.policy(PolicyReader.read(map));
      Optional<String> undo = map.optional("compensate").flatMap(TaskReader::name);
      task = undo.isPresent() ? task.compensateBy(undo.get()) : task;
    }
    return name.isPresent() ? Optional.of(task) : Optional.empty();
  }

  private static Task<Object, Object> withData(Task<Object, Object> plain, YamlMap map) {
    Task<Object, Object> task = plain;
    Optional<YamlValue> inputs = map.optional("with");
    if (inputs.isPresent()) {
      task = task.inputs(DataReader.bindings(inputs.get()));
    }
    Optional<YamlValue> outputs = map.optional("output");
    if (outputs.isPresent()) {
      task = Task.untyped(task.outputs(outputs(outputs.get())));
    }
    Optional<YamlValue> runtime = map.optional("runtime");
    if (runtime.isPresent()) {
      var duration = Quantities.duration(runtime.get());
      task = duration.isPresent() ? task.expectedRuntime(duration.get()) : task;
    }
    Optional<YamlValue> size = map.optional("size");
    if (size.isPresent()) {
      OptionalLong bytes = Quantities.size(size.get());
      task = bytes.isPresent() ? task.expectedOutputBytes(bytes.getAsLong()) : task;
    }
    Optional<YamlMap> resources = map.optional("resources").flatMap(YamlValue::asMap);
    return resources.isPresent() ? task.resources(resources(resources.get())) : task;
  }

  /** A string that is not blank. */
  static Optional<String> name(YamlValue value) {
    Optional<String> name = value.asString();
    if (name.isPresent() && name.get().isBlank()) {
      value.problem("the name is empty", "Write a name");
      return Optional.empty();
    }
    return name;
  }

  private static Map<String, OptionalLong> outputs(YamlValue value) {
    if (!value.isList()) {
      if (!value.isMap()) {
        value.problem(
            "must name the outputs, but is " + value.kind(),
            "Write a list of names, or a map from names to sizes");
        return Map.of();
      }
      return Quantities.sizes(value);
    }
    Map<String, OptionalLong> outputs = new LinkedHashMap<>();
    List<YamlValue> names = value.asList().orElseThrow();
    if (names.isEmpty()) {
      value.problem("the list is empty", "Name at least one output, or leave the key out");
    }
    for (YamlValue element : names) {
      Optional<String> name = element.asString();
      if (name.isPresent() && outputs.put(name.get(), OptionalLong.empty()) != null) {
        element.problem(
            "the output '" + YamlProblems.quoted(name.get()) + "' is named twice", "Remove one");
      }
    }
    return outputs;
  }

  private static Resources resources(YamlMap map) {
    map.unknownKeys(List.of("cpus", "memory", "slots"));
    Resources resources = Resources.NONE;
    Optional<YamlValue> cpus = map.optional("cpus");
    if (cpus.isPresent()) {
      OptionalDouble number = cpus.get().asDouble();
      if (number.isPresent()) {
        try {
          resources = resources.withCpus(number.getAsDouble());
        } catch (IllegalArgumentException e) {
          cpus.get().problem(e, "Write a number of cores such as 0.5");
        }
      }
    }
    Optional<YamlValue> memory = map.optional("memory");
    if (memory.isPresent()) {
      OptionalLong bytes = Quantities.size(memory.get());
      resources = bytes.isPresent() ? resources.withMemoryBytes(bytes.getAsLong()) : resources;
    }
    Optional<YamlValue> slots = map.optional("slots");
    if (slots.isPresent()) {
      OptionalInt number = slots.get().asInt(0);
      resources = number.isPresent() ? resources.withSlots(number.getAsInt()) : resources;
    }
    return resources;
  }
}
