package io.faasflow.workflow.yaml;

import io.faasflow.function.Resources;
import io.faasflow.workflow.Binding;
import io.faasflow.workflow.Condition;
import io.faasflow.workflow.Dag;
import io.faasflow.workflow.Foreach;
import io.faasflow.workflow.Parallel;
import io.faasflow.workflow.Sequence;
import io.faasflow.workflow.Step;
import io.faasflow.workflow.Switch;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.TaskCode;
import io.faasflow.workflow.Workflow;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Prints all that a definition says, a line a step, so that a test can compare it as a whole: a
 * task as {@code name = function(inputs) gives outputs costs what}, a virtual one as {@code name =
 * pass}.
 */
final class StepText {
  private final StringBuilder text = new StringBuilder();

  private StepText() {}

  static String of(Workflow<?, ?> workflow) {
    StepText text = new StepText();
    text.line(0, "takes", sizes(workflow.inputs()));
    workflow.body().steps().forEach(step -> text.step(0, step));
    text.line(0, "gives", workflow.outputs().map(StepText::bindings).orElse("the last output"));
    return text.text.toString();
  }

  private void line(int depth, String... words) {
    String line = Stream.of(words).filter(word -> !word.isEmpty()).collect(Collectors.joining(" "));
    text.append("  ".repeat(depth)).append(line).append('\n');
  }

  private void step(int depth, Step<?, ?> step) {
    if (step instanceof Task<?, ?> task) {
      line(depth, task(task));
    } else if (step instanceof Sequence<?, ?> sequence) {
      line(depth, "sequence");
      sequence.steps().forEach(child -> step(depth + 1, child));
    } else if (step instanceof Parallel<?> parallel) {
      line(depth, "parallel");
      parallel.branches().forEach(child -> step(depth + 1, child));
    } else if (step instanceof Foreach<?, ?> foreach) {
      foreach(depth, foreach);
    } else if (step instanceof Switch<?, ?> choice) {
      line(depth, "switch");
      for (Switch.Case one : choice.cases()) {
        line(depth + 1, "when " + condition(((Switch.Holds) one.test()).condition()));
        step(depth + 2, one.branch());
      }
      choice.otherwise().ifPresent(rest -> line(depth + 1, "otherwise"));
      choice.otherwise().ifPresent(rest -> step(depth + 2, rest));
    } else if (step instanceof Dag dag) {
      for (Dag.Node node : dag.nodes()) {
        assertSameName(node);
        step(depth, node.step());
        next(depth + 1, node.next());
      }
    }
  }

  private static void assertSameName(Dag.Node node) {
    Step<?, ?> step = node.step() instanceof Foreach<?, ?> foreach ? foreach.body() : node.step();
    if (!(step instanceof Task<?, ?> task) || !task.name().equals(node.name())) {
      throw new AssertionError("node " + node.name() + " holds " + step);
    }
  }

  private void next(int depth, Dag.Next next) {
    if (next instanceof Dag.FirstMatch match) {
      for (Dag.Choice choice : match.choices()) {
        String when = choice.condition().map(c -> "when " + condition(c)).orElse("otherwise");
        line(depth, when, "-> " + choice.node());
      }
    } else if (!next.targets().isEmpty()) {
      line(depth, "-> " + String.join(", ", next.targets()));
    }
  }

  private void foreach(int depth, Foreach<?, ?> foreach) {
    Map<String, Binding> items = ((Foreach.Zipped) foreach.items()).collections();
    String lists = items.containsKey("") ? binding(items.get("")) : bindings(items);
    String expected = foreach.expectedInstances().isPresent()
        ? "about " + foreach.expectedInstances().getAsInt() + " times"
        : "";
    line(depth, "foreach", lists, expected);
    step(depth + 1, foreach.body());
  }

  private static String task(Task<?, ?> task) {
    boolean pass = task.code() instanceof TaskCode.Pass;
    Map<String, Binding> inputs = task.inputs().orElseThrow();
    String function = pass ? "pass" : task.function();
    String takes = inputs.containsKey("") ? binding(inputs.get("")) : bindings(inputs);
    String gives = task.outputs().isEmpty() ? "" : " gives " + sizes(task.outputs());
    return task.name() + " = " + function + "(" + takes + ")" + gives + costs(task);
  }

  private static String costs(Task<?, ?> task) {
    Resources resources = task.resources();
    return task.expectedRuntime().map(time -> " " + time.toMillis() + " ms").orElse("")
        + (resources.slots() == 0 ? "" : " " + resources.slots() + " slots")
        + (resources.memoryBytes() == 0
            ? ""
            : String.format(Locale.ROOT, " %d MiB", resources.memoryBytes() >> 20));
  }

  private static String sizes(Map<String, OptionalLong> sizes) {
    return sizes.entrySet().stream()
        .map(e -> e.getKey() + (e.getValue().isPresent() ? ":" + e.getValue().getAsLong() : ""))
        .collect(Collectors.joining(", "));
  }

  private static String bindings(Map<String, Binding> bindings) {
    return bindings.entrySet().stream()
        .map(e -> e.getKey() + "=" + binding(e.getValue()))
        .collect(Collectors.joining(", "));
  }

  private static String binding(Binding binding) {
    if (binding instanceof Binding.Constant constant) {
      return "'" + constant.value() + "'";
    }
    Binding.From from = (Binding.From) binding;
    return from.references().stream().map(Object::toString).collect(Collectors.joining(" | "))
        + (from.optional() ? "?" : "");
  }

  private static String condition(Condition condition) {
    return condition + (condition.where().isEmpty() ? "" : " where " + bindings(condition.where()));
  }
}
