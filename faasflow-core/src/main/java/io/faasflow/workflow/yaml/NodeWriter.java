package io.faasflow.workflow.yaml;

import io.faasflow.container.ContainerImage;
import io.faasflow.container.ContainerProtocol;
import io.faasflow.function.Resources;
import io.faasflow.function.RetryPolicy;
import io.faasflow.function.TaskPolicy;
import io.faasflow.workflow.Compensation;
import io.faasflow.workflow.Dag;
import io.faasflow.workflow.Fallback;
import io.faasflow.workflow.Foreach;
import io.faasflow.workflow.Parallel;
import io.faasflow.workflow.Sequence;
import io.faasflow.workflow.Step;
import io.faasflow.workflow.Switch;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.TaskCode;
import io.faasflow.workflow.Workflow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.yaml.snakeyaml.nodes.Node;

/** Turns one workflow into nodes of our own format. Not thread-safe; used once. */
final class NodeWriter {
  private final List<String> refused = new ArrayList<>();
  private final DataWriter data = new DataWriter(refused);

  /** What could not be written, and what to do about it. */
  List<String> refused() {
    return refused;
  }

  Node workflow(Workflow<?, ?> workflow) {
    Map<String, Node> keys = new LinkedHashMap<>();
    keys.put(OwnFormat.MARK, YamlNodes.number(OwnFormat.VERSION));
    keys.put("name", YamlNodes.string(workflow.name()));
    keys.put("version", YamlNodes.string(workflow.version()));
    if (!workflow.inputs().isEmpty()) {
      keys.put("input", sizes(workflow.inputs()));
    }
    workflow
        .outputs()
        .ifPresent(outputs -> keys.put("output", data.bindings("the result", outputs)));
    workflow
        .deadline()
        .ifPresent(time -> keys.put("deadline", YamlNodes.string(Quantities.text(time))));
    if (!workflow.taskDefaults().equals(TaskPolicy.NONE)) {
      Map<String, Node> defaults = new LinkedHashMap<>();
      policy("the default", workflow.taskDefaults(), defaults);
      keys.put("defaults", YamlNodes.block(defaults));
    }
    keys.put("steps", steps(workflow.body()));
    workflow.onFailure().ifPresent(recovery -> keys.put("onFailure", steps(recovery.body())));
    return YamlNodes.block(keys);
  }

  private static Node sizes(Map<String, OptionalLong> sizes) {
    Map<String, Node> entries = new LinkedHashMap<>();
    sizes.forEach((name, size) -> entries.put(
        name,
        size.isPresent()
            ? YamlNodes.map(Map.of("size", YamlNodes.number(size.getAsLong())))
            : YamlNodes.nil()));
    return YamlNodes.map(entries);
  }

  private Node steps(Sequence<?, ?> sequence) {
    return YamlNodes.lines(sequence.steps().stream().map(this::step).toList());
  }

  private Node step(Step<?, ?> step) {
    if (step instanceof Sequence<?, ?> sequence) {
      return steps(sequence);
    }
    Map<String, Node> keys = new LinkedHashMap<>();
    if (step instanceof Task<?, ?> task) {
      task(task, keys);
    } else if (step instanceof Parallel<?> parallel) {
      keys.put(
          "parallel",
          YamlNodes.lines(parallel.branches().stream().map(this::step).toList()));
    } else if (step instanceof Switch<?, ?> choice) {
      choice(choice, keys);
    } else if (step instanceof Foreach<?, ?> foreach) {
      foreach(foreach, keys);
    } else if (step instanceof Fallback<?, ?> fallback) {
      task(fallback.task(), keys);
      keys.put("onFailure", step(fallback.otherwise()));
    } else if (step instanceof Dag dag) {
      keys.put("dag", YamlNodes.lines(dag.nodes().stream().map(this::node).toList()));
    }
    return YamlNodes.block(keys);
  }

  private void task(Task<?, ?> task, Map<String, Node> keys) {
    boolean pass = task.code() instanceof TaskCode.Pass;
    if (!pass
        && !(task.code() instanceof TaskCode.Named)
        && !(task.code() instanceof TaskCode.Contained)) {
      refused.add(
          task + " runs Java code: register that as a function, and name it with Task.named(\""
              + task.name()
              + "\")");
    }
    keys.put(pass ? "pass" : "task", YamlNodes.string(task.name()));
    if (!task.function().equals(task.name())) {
      if (pass) {
        refused.add(task + " passes data on and names a function '" + task.function()
            + "', which it never calls: remove function(...)");
      }
      keys.put("function", YamlNodes.string(task.function()));
    }
    task.image().ifPresent(image -> keys.put("image", image(image)));
    task.inputs().ifPresent(inputs -> keys.put("with", data.bindings(task.toString(), inputs)));
    if (!task.outputs().isEmpty()) {
      keys.put("output", outputs(task.outputs()));
    }
    task.expectedRuntime()
        .ifPresent(runtime -> keys.put("runtime", YamlNodes.string(Quantities.text(runtime))));
    OptionalLong bytes = task.expectedOutputBytes();
    // The sum of the outputs' sizes says itself.
    if (bytes.isPresent()
        && !bytes.equals(Task.pass("").outputs(task.outputs()).expectedOutputBytes())) {
      keys.put("size", YamlNodes.number(bytes.getAsLong()));
    }
    if (!task.resources().equals(Resources.NONE)) {
      keys.put("resources", resources(task.resources()));
    }
    policy(task.toString(), task.policy(), keys);
    task.compensation().ifPresent(undo -> {
      if (undo instanceof Compensation.Named named) {
        keys.put("compensate", YamlNodes.string(named.function()));
      } else {
        refused.add(task + " is undone by Java code: register that as a function, and name it with"
            + " compensateBy(...)");
      }
    });
  }

  private void policy(String owner, TaskPolicy policy, Map<String, Node> keys) {
    policy
        .timeout()
        .ifPresent(time -> keys.put("timeout", YamlNodes.string(Quantities.text(time))));
    policy
        .totalTimeout()
        .ifPresent(time -> keys.put("totalTimeout", YamlNodes.string(Quantities.text(time))));
    policy.retry().ifPresent(retry -> {
      if (retry.when().isPresent()) {
        refused.add("the retry of " + owner + " asks Java code when to try again: name the"
            + " exceptions with on(...) and notOn(...) instead");
      }
      keys.put("retry", retry(retry));
    });
  }

  private static Node retry(RetryPolicy retry) {
    RetryPolicy usual = RetryPolicy.attempts(retry.maxAttempts());
    if (retry.equals(usual)) {
      return YamlNodes.number(retry.maxAttempts());
    }
    Map<String, Node> keys = new LinkedHashMap<>();
    keys.put("attempts", YamlNodes.number(retry.maxAttempts()));
    keys.put("delay", YamlNodes.string(Quantities.text(retry.delay())));
    keys.put("factor", YamlNodes.number(retry.factor()));
    keys.put("maxDelay", YamlNodes.string(Quantities.text(retry.maxDelay())));
    keys.put("jitter", YamlNodes.number(retry.jitter()));
    if (!retry.on().isEmpty()) {
      keys.put("on", YamlNodes.list(retry.on().stream().map(YamlNodes::string).toList()));
    }
    if (!retry.notOn().isEmpty()) {
      keys.put(
          "notOn", YamlNodes.list(retry.notOn().stream().map(YamlNodes::string).toList()));
    }
    return YamlNodes.block(keys);
  }

  private static Node image(ContainerImage image) {
    if (image.equals(ContainerImage.of(image.name()))) {
      return YamlNodes.string(image.name());
    }
    Map<String, Node> keys = new LinkedHashMap<>();
    keys.put("name", YamlNodes.string(image.name()));
    if (image.protocol() != ContainerProtocol.OPENWHISK) {
      keys.put("protocol", YamlNodes.string(image.protocol().text()));
    }
    image.main().ifPresent(main -> keys.put("main", YamlNodes.string(main)));
    image.source().ifPresent(source -> keys.put("source", YamlNodes.string(source)));
    if (!image.environment().isEmpty()) {
      Map<String, Node> variables = new LinkedHashMap<>();
      image.environment().forEach((name, value) -> variables.put(name, YamlNodes.string(value)));
      keys.put("environment", YamlNodes.map(variables));
    }
    if (image.network()) {
      keys.put("network", YamlNodes.bool(true));
    }
    return YamlNodes.block(keys);
  }

  private static Node outputs(Map<String, OptionalLong> outputs) {
    return outputs.values().stream().anyMatch(OptionalLong::isPresent)
        ? sizes(outputs)
        : YamlNodes.list(outputs.keySet().stream().map(YamlNodes::string).toList());
  }

  private static Node resources(Resources resources) {
    Map<String, Node> keys = new LinkedHashMap<>();
    if (Double.compare(resources.cpus(), 0) != 0) { // not "!=", which would lose -0.0
      keys.put("cpus", YamlNodes.number(resources.cpus()));
    }
    if (resources.memoryBytes() != 0) {
      String text = Quantities.text(resources.memoryBytes());
      keys.put(
          "memory",
          text.endsWith("B") ? YamlNodes.string(text) : YamlNodes.number(resources.memoryBytes()));
    }
    if (resources.slots() != 0) {
      keys.put("slots", YamlNodes.number(resources.slots()));
    }
    return YamlNodes.map(keys);
  }

  private void choice(Switch<?, ?> choice, Map<String, Node> keys) {
    if (choice.selector().isPresent()) {
      refused.add("a switch whose first case leads to "
          + choice.cases().get(0).branch()
          + " compares what Java code selects: let a task give the value, and write conditions"
          + " with Switch.choose()");
    }
    List<Node> cases = new ArrayList<>();
    for (Switch.Case one : choice.cases()) {
      Map<String, Node> way = new LinkedHashMap<>();
      if (one.test() instanceof Switch.Holds holds) {
        data.condition("a switch", holds.condition(), way);
      }
      way.put("do", step(one.branch()));
      cases.add(YamlNodes.block(way));
    }
    keys.put("switch", YamlNodes.lines(cases));
    choice.otherwise().ifPresent(rest -> keys.put("otherwise", step(rest)));
    if (choice.isOptional()) {
      keys.put("optional", YamlNodes.bool(true));
    }
  }

  private void foreach(Foreach<?, ?> foreach, Map<String, Node> keys) {
    Foreach.Items items = foreach.items();
    if (items instanceof Foreach.Zipped zipped) {
      var single = zipped.collections().size() == 1 ? zipped.collections().get("") : null;
      keys.put(
          "foreach",
          single != null
              ? data.binding("a foreach", single)
              : YamlNodes.map(Map.of("each", data.bindings("a foreach", zipped.collections()))));
    } else {
      keys.put("foreach", YamlNodes.nothing());
      if (items instanceof Foreach.Selected) {
        refused.add("a foreach whose body is " + foreach.body()
            + " goes through what Java code selects: let a task give the collection, and use"
            + " Foreach.each or a reference");
      }
    }
    keys.put("do", step(foreach.body()));
    foreach.concurrency().ifPresent(most -> keys.put("concurrency", YamlNodes.number(most)));
    foreach.expectedInstances().ifPresent(most -> keys.put("instances", YamlNodes.number(most)));
    foreach.tolerance().ifPresent(tolerance -> {
      if (tolerance.failures() > 0 && tolerance.share() > 0) {
        refused.add("the tolerance of a foreach whose body is " + foreach.body()
            + " has both a number and a share: use one of them");
      }
      keys.put(
          "tolerate",
          tolerance.share() > 0
              ? YamlNodes.string(Quantities.text(tolerance.share()))
              : YamlNodes.number(tolerance.failures()));
    });
  }

  private Node node(Dag.Node node) {
    Map<String, Node> keys = new LinkedHashMap<>();
    if (node.step() instanceof Task<?, ?> task && task.name().equals(node.name())) {
      task(task, keys);
    } else if (node.step() instanceof Fallback<?, ?> fallback
        && fallback.task().name().equals(node.name())) {
      task(fallback.task(), keys);
      keys.put("onFailure", step(fallback.otherwise()));
    } else {
      keys.put("node", YamlNodes.string(node.name()));
      keys.put("do", step(node.step()));
    }
    if (node.next() instanceof Dag.FirstMatch match) {
      List<Node> ways = new ArrayList<>();
      for (Dag.Choice choice : match.choices()) {
        Map<String, Node> way = new LinkedHashMap<>();
        choice
            .condition()
            .ifPresent(condition -> data.condition("node '" + node.name() + "'", condition, way));
        way.put("go", YamlNodes.string(choice.node()));
        ways.add(YamlNodes.map(way));
      }
      keys.put("switch", YamlNodes.lines(ways));
    } else if (!node.next().targets().isEmpty()) {
      List<Node> targets = node.next().targets().stream().map(YamlNodes::string).toList();
      keys.put("next", targets.size() == 1 ? targets.get(0) : YamlNodes.list(targets));
    }
    return YamlNodes.block(keys);
  }
}
