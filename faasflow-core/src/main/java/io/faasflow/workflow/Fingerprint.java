package io.faasflow.workflow;

import io.faasflow.container.ContainerImage;
import io.faasflow.function.TaskPolicy;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Hashes a definition. Every value goes in with its length, every list with its size, every choice
 * with its kind, so that two different definitions never feed the digest the same bytes. Maps go in
 * in the order of their keys, because equal maps may have their entries in any order.
 */
final class Fingerprint {
  private final MessageDigest digest;

  private Fingerprint() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform must have SHA-256", e);
    }
  }

  static String of(Workflow<?, ?> workflow) {
    Fingerprint print = new Fingerprint();
    print.text("faasflow-definition-1");
    print.text(workflow.name());
    print.text(workflow.version());
    print.step(workflow.body());
    print.sizes(workflow.inputs());
    print.bindings(workflow.outputs().orElse(null));
    print.policy(workflow.taskDefaults());
    workflow.deadline().ifPresent(deadline -> print.text("deadline " + deadline));
    workflow.onFailure().ifPresent(recovery -> {
      print.text("onFailure");
      print.step(recovery.body());
    });
    return HexFormat.of().formatHex(print.digest.digest());
  }

  private void step(Step<?, ?> step) {
    if (step instanceof Task<?, ?> task) {
      task(task);
    } else if (step instanceof Sequence<?, ?> sequence) {
      text("sequence");
      steps(sequence.steps());
    } else if (step instanceof Parallel<?> parallel) {
      text("parallel");
      steps(parallel.branches());
    } else if (step instanceof Switch<?, ?> choice) {
      choice(choice);
    } else if (step instanceof Foreach<?, ?> foreach) {
      foreach(foreach);
    } else if (step instanceof Dag dag) {
      dag(dag);
    } else if (step instanceof Fallback<?, ?> fallback) {
      text("fallback");
      task(fallback.task());
      step(fallback.otherwise());
    }
  }

  private void steps(List<? extends Step<?, ?>> steps) {
    number(steps.size());
    steps.forEach(this::step);
  }

  private void task(Task<?, ?> task) {
    text("task");
    text(task.name());
    text(task.function());
    text(task.code().getClass().getSimpleName());
    task.image().ifPresent(this::image);
    number(task.reads().size());
    for (Task.Read read : task.reads()) {
      text(read.task().name());
      number(read.optional() ? 1 : 0);
    }
    bindings(task.inputs().orElse(null));
    sizes(task.outputs());
    number(Double.doubleToLongBits(task.resources().cpus()));
    number(task.resources().memoryBytes());
    number(task.resources().slots());
    policy(task.policy());
    task.compensation()
        .ifPresent(undo -> text(
            undo instanceof Compensation.Named named
                ? "compensation " + named.function()
                : "compensation"));
    text(task.expectedRuntime().toString());
    text(task.expectedOutputBytes().toString());
  }

  private void image(ContainerImage image) {
    text(image.name());
    text(image.protocol().text());
    text(image.main().toString());
    text(image.source().toString());
    number(image.environment().size());
    image.environment().forEach((name, value) -> {
      text(name);
      text(value);
    });
    number(image.network() ? 1 : 0);
  }

  /** Nothing for none, so that definitions without keep their fingerprint. */
  private void policy(TaskPolicy policy) {
    if (policy.equals(TaskPolicy.NONE)) {
      return;
    }
    text("policy");
    text(policy.timeout().toString());
    text(policy.totalTimeout().toString());
    number(policy.retry().isPresent() ? 1 : 0);
    policy.retry().ifPresent(retry -> {
      number(retry.maxAttempts());
      text(retry.delay().toString());
      number(Double.doubleToLongBits(retry.factor()));
      text(retry.maxDelay().toString());
      number(Double.doubleToLongBits(retry.jitter()));
      names(retry.on());
      names(retry.notOn());
      number(retry.when().isPresent() ? 1 : 0);
    });
  }

  private void names(Set<String> names) {
    number(names.size());
    new TreeSet<>(names).forEach(this::text);
  }

  private void choice(Switch<?, ?> choice) {
    text("switch");
    number(choice.selector().isPresent() ? 1 : 0);
    number(choice.isOptional() ? 1 : 0);
    number(choice.cases().size());
    for (Switch.Case one : choice.cases()) {
      if (one.test() instanceof Switch.Holds holds) {
        condition(holds.condition());
      } else if (one.test() instanceof Switch.Equal equal) {
        equal(equal.value());
      }
      step(one.branch());
    }
    number(choice.otherwise().isPresent() ? 1 : 0);
    choice.otherwise().ifPresent(this::step);
  }

  private void equal(Object value) {
    if (value instanceof Enum<?> constant) {
      text(constant.getDeclaringClass().getName());
      text(constant.name());
      return;
    }
    text(value.getClass().getName());
    if (value instanceof Double || value instanceof Float) {
      // Not as text: releases of Java before and after 19 print some numbers differently.
      number(Double.doubleToLongBits(((Number) value).doubleValue()));
    } else if (value instanceof String
        || value instanceof Boolean
        || value instanceof Character
        || (value instanceof Number && value.getClass().getName().startsWith("java."))) {
      text(value.toString());
    }
    // Of other values only the type counts: they may print what differs from JVM to JVM.
  }

  private void foreach(Foreach<?, ?> foreach) {
    text("foreach");
    if (foreach.items() instanceof Foreach.Zipped zipped) {
      text("zipped");
      bindings(zipped.collections());
    } else {
      text(foreach.items().getClass().getSimpleName());
    }
    text(foreach.concurrency().toString());
    text(foreach.expectedInstances().toString());
    foreach.tolerance().ifPresent(tolerance -> {
      text("tolerance");
      number(tolerance.failures());
      number(Double.doubleToLongBits(tolerance.share()));
    });
    step(foreach.body());
  }

  private void dag(Dag dag) {
    text("dag");
    number(dag.nodes().size());
    for (Dag.Node node : dag.nodes()) {
      text(node.name());
      step(node.step());
      if (node.next() instanceof Dag.All all) {
        text("all");
        number(all.nodes().size());
        all.nodes().forEach(this::text);
      } else if (node.next() instanceof Dag.FirstMatch match) {
        text("match");
        number(match.choices().size());
        for (Dag.Choice way : match.choices()) {
          number(way.condition().isPresent() ? 1 : 0);
          way.condition().ifPresent(this::condition);
          text(way.node());
        }
      }
    }
  }

  private void condition(Condition condition) {
    text("condition");
    text(condition.expression());
    bindings(condition.where());
  }

  private void bindings(@Nullable Map<String, Binding> bindings) {
    number(bindings == null ? -1 : bindings.size());
    if (bindings != null) {
      new TreeMap<>(bindings).forEach((name, binding) -> {
        text(name);
        if (binding instanceof Binding.From from) {
          text("from");
          number(from.optional() ? 1 : 0);
          number(from.references().size());
          from.references().forEach(reference -> text(reference.toString()));
        } else if (binding instanceof Binding.Constant constant) {
          constant(constant.value());
        }
      });
    }
  }

  private void constant(@Nullable Object value) {
    if (value instanceof List<?> list) {
      text("list");
      number(list.size());
      list.forEach(this::constant);
    } else if (value instanceof Map<?, ?> map) {
      text("map");
      number(map.size());
      Map<String, @Nullable Object> sorted = new TreeMap<>();
      map.forEach((key, element) -> sorted.put(String.valueOf(key), element));
      sorted.forEach((key, element) -> {
        text(key);
        constant(element);
      });
    } else if (value instanceof Double number) {
      text("Double");
      number(Double.doubleToLongBits(number));
    } else {
      text(value == null ? "null" : value.getClass().getSimpleName());
      text(String.valueOf(value));
    }
  }

  private void sizes(Map<String, OptionalLong> sizes) {
    number(sizes.size());
    new TreeMap<>(sizes).forEach((name, size) -> {
      text(name);
      number(size.isPresent() ? 1 : 0);
      number(size.orElse(0));
    });
  }

  /** Char by char, because an encoding would make every unpaired surrogate the same. */
  private void text(String text) {
    number(text.length());
    ByteBuffer chars = ByteBuffer.allocate(text.length() * Character.BYTES);
    text.chars().forEach(c -> chars.putChar((char) c));
    digest.update(chars.array());
  }

  private void number(long number) {
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(number).array());
  }
}
