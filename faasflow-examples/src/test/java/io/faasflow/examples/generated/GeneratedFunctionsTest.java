package io.faasflow.examples.generated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.FaasFlow;
import io.faasflow.RunOptions;
import io.faasflow.function.FunctionRegistry;
import io.faasflow.partition.HashSpread;
import io.faasflow.run.RunDeadlineException;
import io.faasflow.run.TaskFailedException;
import io.faasflow.workflow.Workflow;
import io.faasflow.workflow.yaml.WorkflowReader;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GeneratedFunctionsTest {
  private static Workflow<Map<String, Object>, Object> workflow(String yaml) {
    return WorkflowReader.create().readText(yaml, "test.yaml");
  }

  private static Object run(Workflow<Map<String, Object>, Object> workflow, Scale scale) {
    return run(workflow, scale, Map.of(), 1);
  }

  private static Object run(
      Workflow<Map<String, Object>, Object> workflow,
      Scale scale,
      Map<String, Object> given,
      int workers) {
    Map<String, Object> input = new LinkedHashMap<>(GeneratedFunctions.input(workflow, scale));
    input.putAll(given);
    try (FaasFlow flow = FaasFlow.builder()
        .functions(GeneratedFunctions.of(workflow, scale))
        .workers(workers)
        .partitioner(new HashSpread())
        .build()) {
      return flow.run(workflow, input);
    }
  }

  private static final String SIZES = """
      functions:
      - name: make
        source: make
        output:
          name: {type: normal, size: 8}
          data: {type: pass, size: 1000000}
          unknown: {type: normal}
          nothing: {type: normal, size: 0}
      """;

  @Test
  void call_declaredSizes_areScaledAboveSixtyFourBytes() {
    Map<?, ?> outputs = (Map<?, ?>) run(workflow(SIZES), new Scale(0.01, 0));
    assertThat(outputs.keySet()).hasToString("[name, data, unknown, nothing]");
    assertThat((String) outputs.get("name")).hasSize(8);
    assertThat((String) outputs.get("data")).hasSize(10_000).isPrintable();
    assertThat((String) outputs.get("unknown")).hasSize(8);
    assertThat((String) outputs.get("nothing")).isEmpty();
    assertThat(((Map<?, ?>) run(workflow(SIZES), new Scale(0, 0))).get("data"))
        .asString()
        .hasSize(64);
    assertThat(((Map<?, ?>) run(workflow(SIZES), new Scale(1, 0))).get("data"))
        .asString()
        .hasSize(1_000_000);
  }

  private static final String FOREACH = """
      global_input:
        count: {type: pass, value: {function: INPUT, parameter: count}, size: 8}
      functions:
      - name: split
        source: split
        input:
          count: {type: pass, value: {function: INPUT, parameter: count}, size: 8}
        output:
          parts: {type: keys, size: 8}
          content: {type: pass, size: 5000000}
        next: {type: foreach, nodes: [work]}
      - name: work
        source: work
        split_ratio: 5
        input:
          part: {type: key, value: {function: split, parameter: parts}, size: 8}
          content: {type: pass, value: {function: split, parameter: content}, size: 5000000}
        output:
          done: {type: pass, size: 100000}
      global_output:
        result: {type: pass, value: {function: work, parameter: done}}
      """;

  @Test
  void call_outputThatAForeachGoesThrough_isAListOfTheExpectedLength() {
    Map<?, ?> outputs = (Map<?, ?>) run(workflow(FOREACH), Scale.DEFAULT);
    assertThat((List<?>) outputs.get("result"))
        .hasSize(5)
        .doesNotHaveDuplicates()
        .allSatisfy(done -> assertThat((String) done).hasSize(100));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 7})
  void call_sameInput_givesTheSameOnAnyNumberOfWorkers(int workers) {
    Workflow<Map<String, Object>, Object> workflow = workflow(FOREACH);
    assertThat(run(workflow, Scale.DEFAULT, Map.of(), workers))
        .isEqualTo(run(workflow, Scale.DEFAULT))
        .isNotEqualTo(run(workflow, Scale.DEFAULT, Map.of("count", 4), workers));
  }

  @ParameterizedTest
  @ValueSource(strings = {"flag", "not flag", "INPUT.a and flag"})
  void call_outputThatAConditionAsksFor_isABoolean(String condition) {
    assertThat(decided(condition)).isInstanceOf(Boolean.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"flag > 3", "flag + 1 == 4", "2 * flag <= INPUT.a"})
  void call_outputThatAConditionComputesWith_isANumber(String condition) {
    assertThat(decided(condition)).isInstanceOf(Integer.class);
  }

  private static Object decided(String condition) {
    String yaml = """
        functions:
        - name: decide
          source: decide
          output:
            flag: {type: normal, size: 8}
          next: {type: switch, conditions: ["%s", default], nodes: [one, other]}
        - {name: one, source: one}
        - {name: other, source: other}
        global_output:
          flag: {type: pass, value: {function: decide, parameter: flag}}
        """;
    String inFormat = condition.replaceAll("\\bflag\\b", "INPUT.flag");
    return ((Map<?, ?>) run(workflow(yaml.formatted(inFormat)), Scale.DEFAULT)).get("flag");
  }

  @Test
  void call_pathsInReferences_giveMapsAndListsThatHaveThem() {
    String yaml = """
        faasflow: 1
        name: paths
        steps:
          - task: load
          - foreach: {first: [load.pages]}
            do:
              task: count
              with: {page: ITEM.text, all: ITEM}
          - task: report
            with:
              third: load.rows[6].cells.x
              totals: "count[*].totals.words"
              second: "count[1].name"
              every: "load.rows[*].id"
        output:
          third: report.third
          x: load.rows[6].cells.x
          totals: "count[*].totals.words"
        """;
    Map<?, ?> outputs = (Map<?, ?>) run(workflow(yaml), Scale.DEFAULT);
    assertThat((String) outputs.get("x")).hasSize(8);
    assertThat((List<?>) outputs.get("totals")).hasSize(7).doesNotContainNull();
  }

  @Test
  void input_declaredAndReadNames_areGenerated() {
    String yaml = """
        global_input:
          text: {type: pass, value: {function: INPUT, parameter: text}, size: 100000}
          list: {type: pass, value: {function: INPUT, parameter: list}, size: 8}
          a: {type: pass, value: {function: INPUT, parameter: a}, size: 8}
        functions:
        - name: virtual1
          source: VIRTUAL
          next: {type: switch, conditions: [INPUT.a < 3, default], nodes: [one, before]}
        - {name: one, source: one}
        - {name: before, source: before, next: {type: foreach, nodes: [each]}}
        - name: each
          source: each
          input:
            x: {type: key, value: {function: INPUT, parameter: list}, size: 8}
        """;
    Map<String, Object> input = GeneratedFunctions.input(workflow(yaml), Scale.DEFAULT);
    assertThat((String) input.get("text")).hasSize(100);
    assertThat(input.get("a")).isInstanceOf(Integer.class);
    assertThat((List<?>) input.get("list")).hasSize(3);
    assertThat(input).isEqualTo(GeneratedFunctions.input(workflow(yaml), Scale.DEFAULT));
  }

  @Test
  void call_scaledRuntime_isTaken() {
    String yaml = """
        functions:
        - {name: slow, source: slow, runtime: 1000}
        """;
    Workflow<Map<String, Object>, Object> workflow = workflow(yaml);
    FunctionRegistry functions = GeneratedFunctions.of(workflow, new Scale(0, 1));
    try (FaasFlow flow = FaasFlow.builder().functions(functions).build()) {
      assertThatThrownBy(
              () -> flow.run(workflow, Map.of(), RunOptions.deadline(Duration.ofMillis(30))))
          .isInstanceOf(RunDeadlineException.class);
    }
    assertThat(run(workflow, new Scale(0, 1e-6))).isNotNull();
  }

  @Test
  void of_workflow_hasAllItsFunctionsOnce() {
    String yaml = """
        functions:
        - {name: a, source: twice, next: {type: pass, nodes: [b]}}
        - {name: b, source: twice, next: {type: pass, nodes: [virtual1]}}
        - {name: virtual1, source: VIRTUAL, next: {type: pass, nodes: [c]}}
        - {name: c, source: once}
        """;
    assertThat(GeneratedFunctions.of(workflow(yaml), Scale.DEFAULT).names())
        .containsExactly("twice", "once");
  }

  @Test
  void call_ofAnotherWorkflow_saysSo() {
    Workflow<Map<String, Object>, Object> one = workflow("functions: [{name: a, source: f}]");
    Workflow<Map<String, Object>, Object> other = workflow("functions: [{name: b, source: f}]");
    try (FaasFlow flow =
        FaasFlow.builder().functions(GeneratedFunctions.of(one, Scale.DEFAULT)).build()) {
      assertThatThrownBy(() -> flow.run(other, Map.of()))
          .isInstanceOf(TaskFailedException.class)
          .hasMessageContaining(
              "Task 'b' is not of the workflow that these functions were generated for");
    }
  }

  @Test
  void scale_outOfRange_isRefused() {
    assertThatThrownBy(() -> new Scale(1.1, 0)).hasMessageContaining("from 0 to 1, was 1.1");
    assertThatThrownBy(() -> new Scale(Double.NaN, 0)).hasMessageContaining("was NaN");
    assertThatThrownBy(() -> new Scale(1, -1)).hasMessageContaining("from 0 to 1,000, was -1.0");
  }

  @Test
  void hash_equalData_isEqualAndUnequalDataIsNot() {
    assertThat(Hash.of(Map.of("a", List.of(1, 2), "b", true)))
        .isEqualTo(Hash.of(new LinkedHashMap<>(Map.of("b", true, "a", List.of(1, 2)))))
        .isNotEqualTo(Hash.of(Map.of("a", List.of(2, 1), "b", true)));
    assertThat(Hash.of(List.of())).isNotEqualTo(Hash.of(Map.of()));
    assertThat(Hash.of(new byte[] {1})).isEqualTo(Hash.of(new byte[] {1}));
    assertThat(Hash.of(Arrays.asList("a", null))).isNotEqualTo(Hash.of(List.of("a")));
    assertThat(Hash.of(new Object())).isEqualTo(Hash.of(new Object()));
  }
}
