package io.faasflow.workflow;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.FaasFlow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class WorkflowBuilderTest {
  private static final Task<String, Integer> LENGTH = task("length", String::length);
  private static final Task<Integer, Integer> TWICE = task("twice", n -> 2 * n);

  // The two examples of the architecture page.

  private record Page(String text) {}

  private static Map<String, Long> words(Page page) {
    Map<String, Long> words = new TreeMap<>();
    for (String word : page.text().split(" ", -1)) {
      words.merge(word, 1L, Long::sum);
    }
    return words;
  }

  private static Map<String, Long> merged(List<Map<String, Long>> counts) {
    Map<String, Long> all = new TreeMap<>();
    counts.forEach(one -> one.forEach((word, count) -> all.merge(word, count, Long::sum)));
    return all;
  }

  @Test
  void build_wordCount_countsWords() {
    Task<List<String>, List<Page>> load =
        task("load", texts -> texts.stream().map(Page::new).toList());
    Task<Page, Map<String, Long>> count = task("count", WorkflowBuilderTest::words);
    Task<List<Map<String, Long>>, Map<String, Long>> merge =
        task("merge", WorkflowBuilderTest::merged);

    Workflow<List<String>, Map<String, Long>> wordCount = Workflow.<List<String>>builder(
            "word-count")
        .sequence(load)
        .foreach(pages -> pages, count)
        .sequence(merge)
        .build();

    try (FaasFlow flow = FaasFlow.local()) {
      Map<String, Long> words = flow.run(wordCount, List.of("to be or", "not to be"));
      assertThat(words).isEqualTo(Map.of("to", 2L, "be", 2L, "or", 1L, "not", 1L));
      assertThat(flow.run(wordCount, List.of())).isEmpty();
    }
  }

  private record Image(String text) {}

  private record Finding(boolean illegal) {}

  private record Verdict(String text) {}

  @Test
  void build_recognizer_takesOneBranch() {
    Task<Image, Image> upload = task("upload", image -> image);
    Task<Image, Finding> adult =
        task("adult", image -> new Finding(image.text().contains("adult")));
    Task<Image, Finding> violence =
        task("violence", image -> new Finding(image.text().contains("blood")));
    Task<Outputs, Verdict> mosaic = task("mosaic", found -> new Verdict("mosaic"));
    Task<Outputs, String> extract = task("extract", found -> "text");
    Task<String, String> translate = task("translate", text -> text + " translated");
    Task<String, Verdict> censor = task("censor", text -> new Verdict(text + " censored"));

    Workflow<Image, Verdict> recognizer = Workflow.<Image>builder("recognizer")
        .sequence(upload)
        .parallel(adult, violence)
        .switchOn(
            found -> found.get(adult).illegal() || found.get(violence).illegal(),
            s -> s.when(true, mosaic).otherwise(extract.then(translate).then(censor)))
        .build();

    try (FaasFlow flow = FaasFlow.local()) {
      assertThat(flow.run(recognizer, new Image("blood"))).isEqualTo(new Verdict("mosaic"));
      assertThat(flow.run(recognizer, new Image("a cat")))
          .isEqualTo(new Verdict("text translated censored"));
    }
  }

  @Test
  void build_aTaskThatReadsEarlierOnes_getsTheirOutputs() {
    Task<String, String> upper = task("upper", s -> s + "!");
    Task<Outputs, String> report = Task.reading(LENGTH)
        .andOptional(upper)
        .task("report", (in, read) -> read.get(LENGTH) + read.find(upper).orElse("-"));
    Workflow<String, String> workflow = Workflow.<String>builder("w")
        .parallel(LENGTH, Switch.<String, String>on(s -> s).when("yes", upper).orEmpty())
        .sequence(report)
        .build();
    try (FaasFlow flow = FaasFlow.local()) {
      assertThat(flow.run(workflow, "yes")).isEqualTo("3yes!");
      assertThat(flow.run(workflow, "no")).isEqualTo("2-");
    }
  }

  @Test
  void build_variance_acceptsWhatFits() {
    Task<Object, String> text = task("text", String::valueOf);
    Task<CharSequence, Integer> size = task("size", CharSequence::length);
    Task<Iterable<? extends Number>, Double> sum = task("sum", numbers -> {
      double total = 0;
      for (Number number : numbers) {
        total += number.doubleValue();
      }
      return total;
    });
    Workflow<String, Double> workflow = Workflow.<String>builder("w")
        .sequence(text) // an Object is a String's supertype
        .foreach(s -> List.of(s, s), size)
        .sequence(sum)
        .build();
    Switch<String, Number> numbers = Switch.<String, Integer>on(String::length)
        .<Number>when(1, task("one", s -> 1))
        .when(2, task("two", (String s) -> 2.5))
        .otherwise(size);
    Workflow<String, Number> chosen =
        Workflow.<String>builder("v").sequence(numbers).build();
    try (FaasFlow flow = FaasFlow.local()) {
      assertThat(flow.run(workflow, "four")).isEqualTo(8.0);
      assertThat(flow.run(chosen, "ab")).isEqualTo(2.5);
      assertThat(flow.run(chosen, "abc")).isEqualTo(3);
    }
  }

  @Test
  void build_conditions_chooseByTheData() {
    Task<Map<String, Object>, String> small = task("small", in -> "small");
    Task<Map<String, Object>, String> large = task("large", in -> "large");
    Workflow<Map<String, Object>, Optional<String>> workflow =
        Workflow.<Map<String, Object>>builder("w")
            .sequence(Switch.choose()
                .when(Condition.condition("INPUT.x < 3"), small)
                .when(Condition.condition("INPUT.x > 10 and not INPUT.draft"), large)
                .orEmpty())
            .build();
    try (FaasFlow flow = FaasFlow.local()) {
      assertThat(flow.run(workflow, Map.of("x", 1))).contains("small");
      assertThat(flow.run(workflow, Map.of("x", 11))).contains("large");
      assertThat(flow.run(workflow, Map.of("x", 11, "draft", true))).isEmpty();
      assertThat(flow.run(workflow, Map.of())).isEmpty();
    }
  }

  // The builder itself.

  @Test
  void build_again_givesAWorkflowOfItsOwn() {
    WorkflowBuilder<String, Integer> builder = Workflow.<String>builder("w").sequence(LENGTH);
    Workflow<String, Integer> first = builder.build();
    Workflow<String, Integer> again = builder.build();
    Workflow<String, Integer> longer = builder.sequence(TWICE).build();
    assertThat(again).isEqualTo(first).hasSameHashCodeAs(first).isNotSameAs(first);
    assertThat(first.body().steps()).hasSize(1);
    assertThat(longer.body().steps()).hasSize(2);
    assertThat(longer).isNotEqualTo(first);
    assertThatThrownBy(() -> first.body().steps().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void build_failed_leavesTheBuilderUsable() {
    WorkflowBuilder<String, String> builder = Workflow.builder("w");
    assertThatThrownBy(builder::build).isInstanceOf(InvalidWorkflowException.class);
    assertThat(builder.sequence(LENGTH).build().body().steps()).hasSize(1);
  }

  @Test
  void version_defaultAndGiven_areThere() {
    assertThat(Workflow.<String>builder("w").sequence(LENGTH).build().version()).isEqualTo("1");
    assertThat(Workflow.<String>builder("w").version("2.1").sequence(LENGTH).build())
        .hasToString("workflow 'w' version 2.1");
  }

  @Test
  void version_twice_showsTheFirst() {
    WorkflowBuilder<String, String> builder = Workflow.<String>builder("w").version("7");
    assertThatThrownBy(() -> builder.version("8"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("'7'");
  }

  @Test
  void setters_null_areRefusedAtTheCall() {
    WorkflowBuilder<String, String> builder = Workflow.builder("w");
    assertThatThrownBy(() -> Workflow.builder(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> builder.version(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> builder.sequence(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> builder.foreach(null, LENGTH))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> builder.foreach(s -> List.of(s), null))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> builder.foreach(s -> List.of(s), LENGTH, options -> null))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> builder.switchOn(null, s -> s.when(1, LENGTH).orEmpty()))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> builder.switchOn(s -> s, s -> null))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> builder.parallel(LENGTH, null))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> LENGTH.then(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> builder.inputs(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> builder.outputs(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(builder::build)
        .isInstanceOf(InvalidWorkflowException.class)
        .hasMessageContaining("no steps");
  }

  @Test
  void inputsAndOutputs_theGivenMapsChange_stayAsTheyWere() {
    Map<String, OptionalLong> inputs = new LinkedHashMap<>();
    inputs.put("b", OptionalLong.of(1));
    inputs.put("a", OptionalLong.empty());
    Map<String, Binding> outputs = new LinkedHashMap<>(Map.of("x", Binding.from("length")));
    Workflow<String, Map<String, Object>> workflow = Workflow.<String>builder("w")
        .sequence(LENGTH)
        .inputs(inputs)
        .outputs(outputs)
        .build();
    inputs.clear();
    outputs.clear();
    assertThat(workflow.inputs().keySet()).containsExactly("b", "a");
    assertThat(workflow.outputs().orElseThrow()).containsOnlyKeys("x");
    assertThatThrownBy(() -> workflow.inputs().clear())
        .isInstanceOf(UnsupportedOperationException.class);
    try (FaasFlow flow = FaasFlow.local()) {
      assertThat(flow.run(workflow, "four")).isEqualTo(Map.of("x", 4));
    }
  }

  @Test
  void foreach_withOptions_keepsThem() {
    Workflow<List<String>, List<Integer>> workflow = Workflow.<List<String>>builder("w")
        .foreach(words -> words, LENGTH, f -> f.concurrency(3).expectedInstances(5))
        .build();
    Foreach<?, ?> foreach = (Foreach<?, ?>) workflow.body().steps().get(0);
    assertThat(foreach.concurrency()).hasValue(3);
    assertThat(foreach.expectedInstances()).hasValue(5);
    assertThat(foreach.body()).isSameAs(LENGTH);
    try (FaasFlow flow = FaasFlow.local()) {
      assertThat(flow.run(workflow, List.of("a", "bb", "ccc", "dd"))).containsExactly(1, 2, 3, 2);
    }
  }

  @Test
  void each_overItsInput_runsForEveryElement() {
    Task<Iterable<String>, Iterable<String>> same = Task.pass("same");
    Workflow<Iterable<String>, List<Integer>> workflow = Workflow.<Iterable<String>>builder("w")
        .sequence(same)
        .sequence(Foreach.each(LENGTH))
        .build();
    try (FaasFlow flow = FaasFlow.local()) {
      assertThat(flow.run(workflow, List.of("a", "bb"))).containsExactly(1, 2);
    }
  }

  @Test
  void then_ofSequences_isFlat() {
    Sequence<String, Integer> all = LENGTH.then(TWICE).then(TWICE.as("b").then(TWICE.as("c")));
    assertThat(all.steps()).hasSize(4);
    assertThat(all.depth()).isEqualTo(1);
    assertThat(all).hasToString("sequence[task 'length', task 'twice', task 'b', task 'c']");
    List<Step<?, ?>> many = new ArrayList<>();
    for (int i = 0; i < 17; i++) {
      many.add(TWICE.as("t" + i));
    }
    assertThat(Sequence.untyped(many)).hasToString("sequence[17 steps]");
  }

  @Test
  void switches_aValueTwice_showsTheFirstBranch() {
    var cases = Switch.<String, Integer>on(String::length).when(1, LENGTH);
    assertThatThrownBy(() -> cases.when(1, LENGTH.as("other")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("value 1", "task 'length'");
    assertThatThrownBy(() -> cases.when(null, LENGTH)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> cases.otherwise(null)).isInstanceOf(NullPointerException.class);
  }

  @Test
  void switches_aBeginningUsedTwice_givesTwo() {
    var one = Switch.<String, Integer>on(String::length).when(1, LENGTH);
    Switch<String, Integer> two = one.when(2, LENGTH.as("two")).otherwise(LENGTH.as("rest"));
    Switch<String, Optional<Integer>> other = one.orEmpty();
    assertThat(two.branches()).hasSize(3);
    assertThat(two.isOptional()).isFalse();
    assertThat(other.branches()).hasSize(1);
    assertThat(other.isOptional()).isTrue();
    assertThat(other.otherwise()).isEmpty();
    assertThat(two).isNotEqualTo(other);
  }

  @Test
  void steps_equalParts_areEqual() {
    assertThat(Parallel.<String>of(LENGTH, LENGTH.as("b")))
        .isEqualTo(Parallel.<String>of(LENGTH, LENGTH.as("b")))
        .hasSameHashCodeAs(Parallel.<String>of(LENGTH, LENGTH.as("b")))
        .isNotEqualTo(Parallel.<String>of(LENGTH.as("b"), LENGTH))
        .hasToString("parallel[task 'length', task 'b']");
    assertThat(Foreach.each(LENGTH)).isEqualTo(Foreach.each(LENGTH));
    assertThat(Foreach.each(LENGTH)).isNotEqualTo(Foreach.each(LENGTH).concurrency(1));
    assertThat(Foreach.each(LENGTH)).isNotEqualTo(Foreach.each(LENGTH).expectedInstances(1));
    assertThat(LENGTH.then(TWICE)).isEqualTo(LENGTH.then(TWICE)).isNotEqualTo(TWICE.then(TWICE));
  }
}
