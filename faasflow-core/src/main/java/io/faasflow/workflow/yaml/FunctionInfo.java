package io.faasflow.workflow.yaml;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads FaaSFlow's list of functions and their images ({@code function_info.yaml}). It is checked
 * and counted; images are for a container backend.
 *
 * <ul>
 *   <li>{@code workflow}: the name of the workflow; may be missing.
 *   <li>{@code max_containers}: a whole number, 1 or more; may be missing.
 *   <li>{@code functions}: each with a unique {@code name} and an {@code image}, and maybe a {@code
 *       qos_time} (0 or more) and a {@code qos_requirement} (from 0 to 1).
 * </ul>
 */
final class FunctionInfo {
  private static final double MAX_TIME = 1e12;

  private FunctionInfo() {}

  /**
   * Checks a file.
   *
   * @param root the top level of the file
   * @param defaultName the name of the workflow where the file gives none
   * @throws WorkflowFormatException when anything was reported while reading
   */
  static WorkflowFile inspect(YamlMap root, String defaultName) {
    root.unknownKeys(List.of("workflow", "max_containers", "functions"));
    String name = root.optional("workflow").flatMap(FunctionInfo::text).orElse(defaultName);
    root.optional("max_containers").ifPresent(value -> value.asInt(1));
    Optional<YamlValue> functions = root.required("functions");
    List<YamlValue> elements = functions.flatMap(YamlValue::asList).orElse(List.of());
    if (functions.filter(YamlValue::isList).isPresent() && elements.isEmpty()) {
      functions.get().problem("the list of functions is empty", "Add at least one");
    }
    Map<String, Integer> lines = new HashMap<>();
    for (YamlValue element : elements) {
      element.countStep();
      element.asMap().ifPresent(map -> function(map, lines));
    }
    root.self().throwIfProblems();
    return new WorkflowFile(WorkflowFile.Format.FUNCTION_INFO, name, elements.size());
  }

  private static void function(YamlMap map, Map<String, Integer> lines) {
    map.unknownKeys(List.of("name", "image", "qos_requirement", "qos_time"));
    Optional<YamlValue> at = map.required("name");
    Optional<String> name = at.flatMap(FunctionInfo::text);
    if (at.isPresent() && name.isPresent()) {
      Integer first = lines.putIfAbsent(name.get(), at.get().place().line());
      if (first != null) {
        at.get()
            .problem(
                "the name '"
                    + YamlProblems.quoted(name.get())
                    + "' is used before, in line "
                    + first,
                "List each function once");
      }
    }
    map.required("image").ifPresent(FunctionInfo::text);
    range(map, "qos_requirement", 1);
    range(map, "qos_time", MAX_TIME);
  }

  private static Optional<String> text(YamlValue value) {
    Optional<String> text = value.asText();
    if (text.filter(String::isBlank).isPresent()) {
      value.problem("the text is empty", "Write a name");
      return Optional.empty();
    }
    return text;
  }

  private static void range(YamlMap map, String key, double most) {
    Optional<YamlValue> value = map.optional(key);
    double number = value.map(v -> v.asDouble().orElse(0)).orElse(0.0);
    if (value.isPresent() && !(number >= 0 && number <= most)) {
      value
          .get()
          .problem(
              "must be a number from 0 to " + (long) most + ", but is " + number,
              "Correct the number, or leave the key out");
    }
  }
}
