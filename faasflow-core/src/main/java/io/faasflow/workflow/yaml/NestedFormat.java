package io.faasflow.workflow.yaml;

import io.faasflow.workflow.Binding;
import io.faasflow.workflow.Sequence;
import io.faasflow.workflow.Workflow;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads FaaSFlow's nested format: a tree of steps, each with a {@code name} and a {@code type}.
 *
 * <ul>
 *   <li>{@code pass}: {@code steps}, one after the other. {@code parallel}: {@code branches}, at
 *       the same time. {@code switch}: {@code choices}, each with a {@code condition} and the step
 *       to {@code go} to; the last condition may be {@code default}; when none holds, nothing runs.
 *       {@code foreach}: a {@code task}, any step, once for each item. {@code function}: the
 *       function {@code source} (default: the name), which saves the names of its {@code output}.
 *   <li>Every step may have {@code inputMappings} and {@code outputMappings}: lists of {@code
 *       target} and {@code source}.
 *   <li>The workflow has the name of the outermost step, unless that is {@code main}.
 *   <li>Functions and foreach steps have names that are unique in the file.
 * </ul>
 *
 * <h2>INPUT and LOCAL</h2>
 *
 * <ul>
 *   <li>The outermost {@code INPUT} is what the run takes. A step with {@code inputMappings} has
 *       exactly their targets as its {@code INPUT}, and its {@code LOCAL} begins with them. A step
 *       without shares {@code INPUT} and {@code LOCAL} with the step around it. A function without
 *       takes all of {@code INPUT}.
 *   <li>{@code LOCAL.x} is the {@code x} that was saved last, in the order of the steps. What was
 *       not saved here is looked up in {@code LOCAL} of the step around, and in the end in the
 *       input of the run.
 *   <li>A step with {@code outputMappings} adds exactly their targets to {@code LOCAL} of the step
 *       around it, any other step all that was saved in it. The outermost step does so to the
 *       result.
 *   <li>Branches of a parallel step do not see each other; afterwards the one that is listed last
 *       wins. After a switch, a name is what the branch that ran has saved, else what it was
 *       before.
 *   <li>In the {@code inputMappings} of a foreach, a source with {@code [*]} gives one element to
 *       each instance ({@code LOCAL.pages[*]} a page, {@code LOCAL.pages[*].number} its number),
 *       any other the same value to all; several such lists must be equally long. In its {@code
 *       outputMappings}, {@code LOCAL[*].x} is the list of what the instances saved as {@code x},
 *       null where one saved none. Without, the foreach adds such a list for every name that its
 *       task saves.
 *   <li>In a condition, what is missing is false.
 * </ul>
 */
final class NestedFormat {
  private NestedFormat() {}

  /**
   * Reads a workflow.
   *
   * @param root the top level of the file, which is a step
   * @param defaultName the name of the workflow where the file gives none
   * @throws WorkflowFormatException when anything was reported while reading
   * @throws io.faasflow.workflow.InvalidWorkflowException from the builder; the caller adds
   *     positions, for names that were noted by {@link YamlValue#defines}
   */
  static Workflow<Map<String, Object>, Object> read(YamlMap root, String defaultName) {
    NestedScope run = NestedScope.ofRun();
    Optional<NestedStepReader.Made> made =
        new NestedStepReader().step(root, new NestedStepReader.Site(run, 0, 0));
    root.self().throwIfProblems();
    if (made.isEmpty()) {
      root.self().problem("the workflow has no steps", "Add at least one function");
      root.self().throwIfProblems();
    }
    Map<String, OptionalLong> inputs = new LinkedHashMap<>();
    run.runInputs().forEach(name -> inputs.put(name, OptionalLong.empty()));
    Map<String, Binding> outputs = new LinkedHashMap<>();
    made.orElseThrow()
        .exports()
        .forEach((name, found) -> outputs.put(name, found.binding(0, false)));
    return untyped(Workflow.<Map<String, Object>>builder(name(root, defaultName))
        .sequence(Sequence.untyped(List.of(made.orElseThrow().step())))
        .inputs(inputs)
        .outputs(outputs)
        .build());
  }

  private static String name(YamlMap root, String defaultName) {
    return root.optional("name")
        .flatMap(YamlValue::asText)
        .filter(name -> !name.equals("main"))
        .orElse(defaultName);
  }

  @SuppressWarnings("unchecked") // the caller takes whatever the result is
  private static Workflow<Map<String, Object>, Object> untyped(
      Workflow<Map<String, Object>, ?> workflow) {
    return (Workflow<Map<String, Object>, Object>) workflow;
  }
}
