package io.faasflow.workflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.function.Resources;
import io.faasflow.function.TaskFunction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class TaskTest {
  private static final TaskFunction<String, Integer> LENGTH = String::length;
  private static final Task<String, Integer> TASK = Task.task("length", LENGTH);

  @SuppressWarnings("unchecked") // the types do not matter to the test
  private static Task<String, Integer> same(Task<?, ?> task) {
    return (Task<String, Integer>) task;
  }

  /** Every setter, each with a value that is not the default. */
  private static final Map<String, UnaryOperator<Task<String, Integer>>> SETTERS = Map.of(
      "name", task -> task.as("other"),
      "function", task -> task.function("some-function"),
      "inputs", task -> same(task.inputs(Map.of("x", Binding.from("INPUT.x")))),
      "no inputs", task -> same(task.inputs(Map.of())),
      "outputs", task -> same(task.outputs(Map.of("y", OptionalLong.of(7)))),
      "resources", task -> task.resources(new Resources(1, 2, 3)),
      "runtime", task -> task.expectedRuntime(Duration.ofSeconds(1)),
      "bytes", task -> task.expectedOutputBytes(5));

  @Test
  void setters_each_giveAnotherHandleAndLeaveTheFirst() {
    Task<String, Integer> before = Task.task("length", LENGTH);
    SETTERS.forEach((what, setter) -> {
      Task<String, Integer> changed = setter.apply(TASK);
      assertThat(changed).as(what).isNotSameAs(TASK).isNotEqualTo(TASK);
      assertThat(TASK).as(what).isEqualTo(before);
      assertThat(setter.apply(TASK)).as(what).isEqualTo(changed).hasSameHashCodeAs(changed);
    });
  }

  @Test
  void setters_oneAfterTheOther_keepWhatTheOthersSet() {
    SETTERS.forEach((first, a) -> SETTERS.forEach((second, b) -> {
      Task<String, Integer> both = b.apply(a.apply(TASK));
      if (!first.equals(second) && !(first + second).contains("inputs")) {
        assertThat(both).as("%s, %s", first, second).isEqualTo(a.apply(b.apply(TASK)));
      }
    }));
  }

  @Test
  void task_withoutSettings_hasTheDefaults() {
    assertThat(TASK.name()).isEqualTo("length");
    assertThat(TASK.function()).isEqualTo("length");
    assertThat(TASK.code()).isEqualTo(new TaskCode.Inline(LENGTH));
    assertThat(TASK.reads()).isEmpty();
    assertThat(TASK.inputs()).isEmpty();
    assertThat(TASK.outputs()).isEmpty();
    assertThat(TASK.resources()).isEqualTo(Resources.NONE);
    assertThat(TASK.expectedRuntime()).isEmpty();
    assertThat(TASK.expectedOutputBytes()).isEmpty();
    assertThat(TASK.depth()).isZero();
    assertThat(TASK).hasToString("task 'length'");
  }

  @Test
  void factories_eachKind_haveTheirCode() {
    assertThat(Task.named("a").code()).isEqualTo(new TaskCode.Named());
    assertThat(Task.pass("a").code()).isEqualTo(new TaskCode.Pass());
    assertThat(Task.<String, String>contextTask("a", (in, context) -> in).code())
        .isInstanceOf(TaskCode.Inline.class);
    assertThat(Task.reading(TASK).<String, String>task("a", (in, read) -> in).code())
        .isInstanceOf(TaskCode.Reading.class);
  }

  @Test
  void factories_null_areRefused() {
    assertThatThrownBy(() -> Task.task(null, LENGTH)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> Task.task("a", null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> Task.contextTask("a", null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> Task.reading(TASK).task("a", null))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> Task.reading((Task<?, ?>) null))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> TASK.function(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> TASK.resources(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> TASK.expectedRuntime(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> TASK.as(null)).isInstanceOf(NullPointerException.class);
  }

  @Test
  void inputsAndOutputs_aNullInside_areRefusedAtTheCall() {
    Map<String, Binding> inputs = new LinkedHashMap<>();
    inputs.put("x", null);
    Map<String, OptionalLong> outputs = new LinkedHashMap<>();
    outputs.put("x", null);
    assertThatThrownBy(() -> TASK.inputs(inputs)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> TASK.outputs(outputs)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> Workflow.builder("w").inputs(outputs))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> Workflow.builder("w").outputs(inputs))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> new Foreach.Zipped(inputs)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> Condition.condition("x", inputs))
        .isInstanceOf(NullPointerException.class);
  }

  @Test
  void reads_severalCalls_keepTheirOrderAndKind() {
    Task<String, String> other = Task.pass("other");
    Task.Reading reading = Task.reading(TASK);
    Task<String, String> task =
        reading.andOptional(other).and(TASK).task("report", (in, read) -> in);
    assertThat(task.reads())
        .containsExactly(
            new Task.Read(TASK, false), new Task.Read(other, true), new Task.Read(TASK, false));
    assertThat(reading.<String, String>task("x", (in, read) -> in).reads()).hasSize(1);
    assertThat(Task.readingOptional(TASK)
            .<String, String>task("x", (in, read) -> in)
            .reads())
        .containsExactly(new Task.Read(TASK, true));
  }

  @Test
  void inputs_theGivenMapChanges_staysAsItWas() {
    Map<String, Binding> given = new LinkedHashMap<>();
    given.put("z", Binding.constant(1));
    given.put("a", Binding.constant(2));
    Task<Object, Integer> task = TASK.inputs(given);
    given.clear();
    assertThat(task.inputs().orElseThrow().keySet()).containsExactly("z", "a");
    assertThatThrownBy(() -> task.inputs().orElseThrow().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void expectedOutputBytes_ofNamedOutputs_areTheirSum() {
    Map<String, OptionalLong> some = new LinkedHashMap<>();
    some.put("a", OptionalLong.of(3));
    some.put("b", OptionalLong.empty());
    some.put("c", OptionalLong.of(4));
    assertThat(TASK.outputs(some).expectedOutputBytes()).hasValue(7);
    assertThat(TASK.outputs(some).expectedOutputBytes(9).expectedOutputBytes()).hasValue(9);
    assertThat(TASK.outputs(Map.of("a", OptionalLong.empty())).expectedOutputBytes())
        .isEmpty();
  }

  @Test
  void expectedOutputBytes_aSumTooLarge_isTheLargestNumber() {
    OptionalLong huge = OptionalLong.of(Long.MAX_VALUE - 1);
    assertThat(TASK.outputs(Map.of("a", huge, "b", huge, "c", OptionalLong.of(5)))
            .expectedOutputBytes())
        .hasValue(Long.MAX_VALUE);
  }

  @Test
  void equals_whatIsTheDefaultSaidAloud_isEqual() {
    assertThat(TASK.function("length")).isEqualTo(TASK);
    Task<String, Map<String, Object>> named = TASK.outputs(Map.of("a", OptionalLong.of(3)));
    assertThat(named.expectedOutputBytes(3)).isEqualTo(named);
    assertThat(named.expectedOutputBytes(4)).isNotEqualTo(named);
  }

  @Test
  void equals_otherCodeOrReads_isNot() {
    assertThat(Task.<String, Integer>task("length", s -> 0)).isNotEqualTo(TASK);
    assertThat(Task.named("length")).isNotEqualTo(Task.pass("length"));
    ReadFunction<String, String> code = (in, read) -> in;
    Task<String, String> reads = Task.reading(TASK).task("r", code);
    assertThat(Task.reading(TASK).<String, String>task("r", code)).isEqualTo(reads);
    assertThat(Task.readingOptional(TASK).<String, String>task("r", code)).isNotEqualTo(reads);
    assertThat(Task.reading(TASK, TASK).<String, String>task("r", code)).isNotEqualTo(reads);
  }

  @Test
  void equals_aLongChainOfReads_doesNotRecurse() {
    List<Task<?, ?>> chain = new ArrayList<>(List.of(TASK));
    ReadFunction<Object, Object> code = (in, read) -> in;
    for (int i = 0; i < 100_000; i++) {
      chain.add(Task.reading(chain.get(i)).task("t", code));
    }
    Task<?, ?> last = chain.get(chain.size() - 1);
    Task<?, ?> before = chain.get(chain.size() - 2);
    assertThat(last.equals(before)).isTrue(); // both read a task named t
    assertThat(last.hashCode()).isEqualTo(before.hashCode());
  }
}
