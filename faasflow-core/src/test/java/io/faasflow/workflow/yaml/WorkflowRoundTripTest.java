package io.faasflow.workflow.yaml;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.function.Resources;
import io.faasflow.workflow.Binding;
import io.faasflow.workflow.DataRef;
import io.faasflow.workflow.Foreach;
import io.faasflow.workflow.RandomWorkflows;
import io.faasflow.workflow.Sequence;
import io.faasflow.workflow.Step;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkflowRoundTripTest {
  private static Workflow<?, ?> roundTrip(Workflow<?, ?> workflow) {
    String text = WorkflowWriter.create().write(workflow);
    Workflow<?, ?> read = WorkflowReader.create().readText(text, "written.yaml");
    assertThat(read).as(text).isEqualTo(workflow);
    assertThat(read.fingerprint()).as(text).isEqualTo(workflow.fingerprint());
    assertThat(WorkflowWriter.create().write(read)).isEqualTo(text);
    return read;
  }

  private static Workflow<?, ?> of(Step<Object, ?> step) {
    return Workflow.builder("w").sequence(step).build();
  }

  @Property(tries = 800, shrinking = ShrinkingMode.OFF)
  void write_randomWorkflow_readsBackEqual(@ForAll long seed) {
    roundTrip(RandomWorkflows.workflow(seed));
  }

  @Test
  void write_largeRandomWorkflows_readBackEqual() {
    for (long seed = 0; seed < 5; seed++) {
      roundTrip(RandomWorkflows.workflow(seed, 2_000));
    }
  }

  @Test
  void write_sameSeed_givesTheSameText() {
    assertThat(WorkflowWriter.create().write(RandomWorkflows.workflow(7)))
        .isEqualTo(WorkflowWriter.create().write(RandomWorkflows.workflow(7)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PT0S",
        "PT0.000000001S",
        "PT0.00001S",
        "PT0.02S",
        "PT1.5S",
        "PT19.05S",
        "PT59S",
        "PT60S",
        "PT90S",
        "PT1H",
        "PT25H",
        "PT3601S",
        "PT2562047788015215H30M7.999999999S"
      })
  void write_runtime_readsBackExactly(String duration) {
    roundTrip(of(Task.named("a").expectedRuntime(Duration.parse(duration))));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 1023, 1024, 1 << 20, 3L << 30, 1L << 50, Long.MAX_VALUE})
  void write_sizes_readBackExactly(long bytes) {
    roundTrip(of(Task.named("a")
        .expectedOutputBytes(bytes)
        .resources(new Resources(0, bytes, 0))
        .outputs(Map.of("x", OptionalLong.of(bytes)))));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -0.0, 0.1, 1, 1e6, 1e-7, Double.MIN_VALUE})
  void write_cpus_readBackExactly(double cpus) {
    roundTrip(of(Task.named("a").resources(new Resources(cpus, 0, 0))));
  }

  @Test
  void write_constants_readBackOfTheSameType() {
    List<Object> values = Arrays.asList(
        0,
        -1,
        Integer.MIN_VALUE,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        1.0,
        -0.0,
        1e300,
        1e-300,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        true,
        false,
        null,
        "",
        " ",
        "null",
        "1",
        "1.0",
        "\n",
        "a\n\nb\n",
        "\t",
        "x".repeat(5_000),
        "\ud800",
        "\udc00x",
        List.of(),
        Map.of(),
        List.of(List.of(List.of())),
        Map.of("", Map.of("a", List.of(1))));
    Map<String, Binding> inputs = new LinkedHashMap<>();
    for (Object value : values) {
      inputs.put("k" + inputs.size(), Binding.constant(value));
    }
    roundTrip(of(Task.named("a").inputs(inputs)));
  }

  @Test
  void write_constantNestedToTheLimit_readsBackEqual() {
    Object value = "deep";
    for (int i = 0; i < 50; i++) {
      value = i % 2 == 0 ? List.of(value) : Map.of("k", value);
    }
    roundTrip(of(Task.named("a").inputs(Map.of("x", Binding.constant(value)))));
  }

  @Test
  void write_constructsNestedToTheLimit_readBackEqual() {
    Step<Object, ?> step = Task.named("a");
    for (int i = 1; i < Step.MAX_DEPTH; i++) {
      step =
          i % 2 == 0 ? Sequence.untyped(List.of(step)) : Foreach.untyped(new Foreach.Flow(), step);
    }
    Workflow<?, ?> workflow = of(step);
    assertThat(workflow.body().depth()).isEqualTo(Step.MAX_DEPTH);
    roundTrip(workflow);
  }

  @Test
  void write_maximalNames_readBackEqual() {
    String name = "\"\\".repeat(250);
    roundTrip(of(Task.named(name)
        .then(Task.named("b").inputs(Map.of(name, Binding.from(DataRef.output(name)))))));
  }

  @Test
  void write_manyTasks_readBackEqual() {
    List<Step<?, ?>> steps = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      steps.add(
          i == 0
              ? Task.named("t0")
              : Task.named("t" + i)
                  .inputs(Map.of("x", Binding.from(DataRef.output("t" + (i - 1))))));
    }
    roundTrip(of(Sequence.untyped(steps)));
  }

  @Test
  void write_emptyMaps_areKept() {
    Workflow<?, ?> workflow = Workflow.builder("w")
        .sequence(Task.named("a").inputs(Map.of()))
        .outputs(Map.of())
        .build();
    Workflow<?, ?> read = roundTrip(workflow);
    assertThat(read.outputs()).contains(Map.of());
  }

  @Test
  void write_functionOfTheTasksOwnName_isTheDefault() {
    assertThat(WorkflowWriter.create().write(of(Task.named("a").function("a"))))
        .doesNotContain("function");
    roundTrip(of(Task.named("a").function("a")));
  }
}
