package io.faasflow.engine;

import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Input;
import io.faasflow.graph.Node;
import io.faasflow.graph.Operation;
import io.faasflow.store.Composite;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The forms of the values that a workflow makes of others: of what parallel steps give, and of what tasks
 * take or read. In the order of the graph, so that each worker that compiles it finds the same.
 */
final class Forms {
  private final List<Composite.Form> found = new ArrayList<>();

  private Forms() {}

  static List<Composite.Form> of(FunctionGraph graph) {
    Forms forms = new Forms();
    forms.addAll(graph);
    return List.copyOf(forms.found);
  }

  private void addAll(FunctionGraph graph) {
    for (Node node : graph.nodes()) {
      Operation operation = node.operation();
      if (operation instanceof Operation.Run run) {
        add(run.input());
        add(run.layout());
      } else if (operation instanceof Operation.Join join) {
        add(join.layout());
      } else if (operation instanceof Operation.End end) {
        add(end.result());
      } else if (operation instanceof Operation.Loop loop) {
        add(loop.items());
        addAll(loop.body());
      }
    }
  }

  private void add(Input input) {
    if (input instanceof Input.Gathered gathered) {
      add(gathered.layout());
    }
  }

  private void add(Composite.@Nullable Form form) {
    if (form != null) {
      found.add(form);
    }
  }
}
