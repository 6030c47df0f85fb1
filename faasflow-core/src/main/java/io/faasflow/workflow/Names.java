package io.faasflow.workflow;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Which names a step defines, and which it reads. */
final class Names {
  private Names() {}

  /** The names of all tasks and nodes in a step. */
  static Set<String> readable(Step<?, ?> step) {
    Set<String> names = new LinkedHashSet<>();
    addReadable(step, names);
    return names;
  }

  private static void addReadable(Step<?, ?> step, Set<String> names) {
    if (step instanceof Task<?, ?> task) {
      names.add(task.name());
    } else if (step instanceof Dag dag) {
      dag.nodes().forEach(node -> names.add(node.name()));
    }
    for (Step<?, ?> child : children(step)) {
      addReadable(child, names);
    }
  }

  /** The names of tasks and nodes that a step or a part of it reads. */
  static Set<String> read(Step<?, ?> step) {
    Set<String> names = new LinkedHashSet<>();
    addRead(step, names);
    return names;
  }

  private static void addRead(Step<?, ?> step, Set<String> names) {
    if (step instanceof Task<?, ?> task) {
      task.reads().forEach(read -> names.add(read.task().name()));
      task.inputs().ifPresent(inputs -> addReads(inputs.values(), names));
    } else if (step instanceof Switch<?, ?> choice) {
      for (Switch.Case one : choice.cases()) {
        if (one.test() instanceof Switch.Holds holds) {
          addReads(holds.condition(), names);
        }
      }
    } else if (step instanceof Foreach<?, ?> foreach
        && foreach.items() instanceof Foreach.Zipped zipped) {
      addReads(zipped.collections().values(), names);
    } else if (step instanceof Dag dag) {
      for (Dag.Node node : dag.nodes()) {
        if (node.next() instanceof Dag.FirstMatch match) {
          match.choices().forEach(c -> c.condition().ifPresent(x -> addReads(x, names)));
        }
      }
    }
    for (Step<?, ?> child : children(step)) {
      addRead(child, names);
    }
  }

  static void addReads(Condition condition, Set<String> names) {
    addReads(condition.bindings().values(), names);
  }

  private static void addReads(Collection<Binding> bindings, Set<String> names) {
    for (Binding binding : bindings) {
      if (binding instanceof Binding.From from) {
        for (DataRef reference : from.references()) {
          if (reference.root() instanceof DataRef.Output output) {
            names.add(output.task());
          }
        }
      }
    }
  }

  /** The steps directly inside of a step. */
  static Collection<? extends Step<?, ?>> children(Step<?, ?> step) {
    if (step instanceof Sequence<?, ?> sequence) {
      return sequence.steps();
    }
    if (step instanceof Parallel<?> parallel) {
      return parallel.branches();
    }
    if (step instanceof Switch<?, ?> choice) {
      return choice.branches();
    }
    if (step instanceof Foreach<?, ?> foreach) {
      return Set.of(foreach.body());
    }
    if (step instanceof Fallback<?, ?> fallback) {
      return List.of(fallback.task(), fallback.otherwise());
    }
    return step instanceof Dag dag ? dag.steps() : Set.<Step<?, ?>>of();
  }

  /** The task whose output is the output of the step, if there is one. */
  static Optional<Task<?, ?>> exit(Step<?, ?> step) {
    Step<?, ?> last = step;
    while (last instanceof Sequence<?, ?> || last instanceof Foreach<?, ?>) {
      if (last instanceof Foreach<?, ?> foreach) {
        last = foreach.body();
      } else {
        var steps = ((Sequence<?, ?>) last).steps();
        if (steps.isEmpty()) {
          return Optional.empty();
        }
        last = steps.get(steps.size() - 1);
      }
    }
    if (last instanceof Fallback<?, ?> fallback) {
      return Optional.of(fallback.task());
    }
    return last instanceof Task<?, ?> task ? Optional.of(task) : Optional.empty();
  }
}
