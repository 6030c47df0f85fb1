package io.faasflow.engine;

import io.faasflow.graph.Input;
import io.faasflow.graph.Operation;
import io.faasflow.graph.Value;
import java.util.LinkedHashSet;
import java.util.Set;

/** What a node reads, for the release of data. */
final class Reads {
  private Reads() {}

  /** The ids of the nodes of this graph whose values an operation, or its body, reads. */
  static int[] of(Operation operation) {
    Set<Integer> ids = new LinkedHashSet<>();
    addReads(operation, 0, ids);
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }

  private static void addReads(Operation operation, int level, Set<Integer> ids) {
    if (operation instanceof Operation.End end) {
      addReads(end.result(), level, ids);
    } else if (operation instanceof Operation.Run run) {
      addReads(run.input(), level, ids);
      run.reads().forEach(value -> add(value, level, ids));
    } else if (operation instanceof Operation.Join join) {
      join.branches().forEach(value -> add(value, level, ids));
    } else if (operation instanceof Operation.Choose choose) {
      if (choose.selector().isPresent()) {
        add(choose.flow(), level, ids);
      }
      choose
          .tests()
          .forEach(test -> test.sources().values().forEach(one -> addReads(one, level, ids)));
    } else if (operation instanceof Operation.Merge merge) {
      merge.candidates().forEach(value -> add(value, level, ids));
    } else if (operation instanceof Operation.Loop loop) {
      addReads(loop.items(), level, ids);
      loop.body().nodes().forEach(inner -> addReads(inner.operation(), level + 1, ids));
    }
  }

  private static void addReads(Input input, int level, Set<Integer> ids) {
    if (input instanceof Input.Flow flow) {
      add(flow.value(), level, ids);
    } else if (input instanceof Input.Gathered gathered) {
      gathered.values().forEach(value -> add(value, level, ids));
    } else if (input instanceof Input.Bound bound) {
      addReads(bound.source(), level, ids);
    } else if (input instanceof Input.Named named) {
      named.entries().forEach(entry -> addReads(entry.source(), level, ids));
    }
  }

  private static void addReads(Input.Source source, int level, Set<Integer> ids) {
    if (source instanceof Input.FirstOf first) {
      first.candidates().forEach(candidate -> add(candidate.value(), level, ids));
    }
  }

  private static void add(Value value, int level, Set<Integer> ids) {
    if (value.level() == level) {
      ids.add(value.node());
    }
  }
}
