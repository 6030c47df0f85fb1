package io.faasflow.examples.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.graph.FunctionGraph;
import io.faasflow.workflow.yaml.WorkflowReader;
import java.util.List;
import org.junit.jupiter.api.Test;

class FunctionTimesTest {
  private static final String DIAMOND = """
      functions:
      - {name: first, source: first, next: {type: pass, nodes: [left, right]}}
      - {name: left, source: left, next: {type: pass, nodes: [last]}}
      - {name: right, source: right, next: {type: pass, nodes: [last]}}
      - {name: last, source: last}
      """;

  private static final String SWITCH = """
      functions:
      - name: choose
        source: VIRTUAL
        next: {type: switch, conditions: [INPUT.a, default], nodes: [cheap, dear]}
      - {name: cheap, source: cheap, next: {type: pass, nodes: [last]}}
      - {name: dear, source: dear, next: {type: pass, nodes: [last]}}
      - {name: last, source: last}
      """;

  private static final String FOREACH = """
      faasflow: 1
      name: foreach
      steps:
      - task: first
      - foreach: INPUT.items
        do:
        - task: one
        - parallel:
          - task: two
          - task: three
      %s- task: last
      """;

  private static final String NESTED = """
      faasflow: 1
      name: nested
      steps:
      - foreach: INPUT.rows
        do:
        - task: row
        - foreach: ITEM
          do: {task: cell}
      """;

  private final FunctionTimes times = new FunctionTimes();

  private static FunctionGraph graph(String yaml) {
    return FunctionGraph.of(WorkflowReader.create().readText(yaml, "test.yaml"));
  }

  @Test
  void criticalPath_parallelBranches_takesTheLongerOne() {
    times.add("first", List.of(), 10);
    times.add("left", List.of(), 100);
    times.add("right", List.of(), 200);
    times.add("last", List.of(), 1);
    assertThat(times.criticalPathNanos(graph(DIAMOND))).isEqualTo(211);
  }

  @Test
  void criticalPath_skippedBranch_takesNoTime() {
    times.add("cheap", List.of(), 5);
    times.add("last", List.of(), 1);
    assertThat(times.criticalPathNanos(graph(SWITCH))).isEqualTo(6);
  }

  @Test
  void criticalPath_nothingRan_isZero() {
    assertThat(times.criticalPathNanos(graph(DIAMOND))).isZero();
    assertThat(times.criticalPathNanos(graph(FOREACH.formatted("")))).isZero();
  }

  private void addInstances() {
    times.add("first", List.of(), 1_000);
    times.add("last", List.of(), 2_000);
    for (int i = 0; i < 4; i++) {
      times.add("one", List.of(i), 10L * (i + 1));
      times.add("two", List.of(i), 3);
      times.add("three", List.of(i), 7);
    }
  }

  @Test
  void criticalPath_foreach_isThatOfTheSlowestInstance() {
    addInstances();
    assertThat(times.criticalPathNanos(graph(FOREACH.formatted("")))).isEqualTo(3_000 + 40 + 7);
  }

  @Test
  void criticalPath_foreachWithLimit_isThatOfInstancesOneAfterTheOther() {
    addInstances();
    // Instances of 17, 27, 37 and 47; the third begins at 17 and the fourth at 27.
    assertThat(times.criticalPathNanos(graph(FOREACH.formatted("  concurrency: 2\n"))))
        .isEqualTo(3_000 + 27 + 47);
    assertThat(times.criticalPathNanos(graph(FOREACH.formatted("  concurrency: 1\n"))))
        .isEqualTo(3_000 + 17 + 27 + 37 + 47);
  }

  @Test
  void criticalPath_nestedForeach_goesThroughBoth() {
    times.add("row", List.of(0), 100);
    times.add("cell", List.of(0, 0), 1);
    times.add("cell", List.of(0, 1), 2);
    times.add("row", List.of(1), 90);
    times.add("cell", List.of(1, 0), 40);
    assertThat(times.criticalPathNanos(graph(NESTED))).isEqualTo(130);
  }

  @Test
  void add_sameInvocationTwice_addsUp() {
    times.add("first", List.of(), 10);
    times.add("first", List.of(), 5);
    assertThat(times.criticalPathNanos(graph(DIAMOND))).isEqualTo(15);
  }
}
