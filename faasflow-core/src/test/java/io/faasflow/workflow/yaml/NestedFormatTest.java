package io.faasflow.workflow.yaml;

import static io.faasflow.workflow.yaml.BrokenText.bad;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.workflow.Workflow;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What nested files mean, and what is said about those that are wrong. */
class NestedFormatTest {
  @ParameterizedTest
  @ValueSource(strings = {"nested-each", "nested-fork", "nested-choice", "nested-deep"})
  void read_sample_givesExactlyThis(String name) {
    Workflow<Map<String, Object>, Object> workflow =
        read(FlatFormatTest.resource("samples/" + name + ".yaml"));

    assertThat(StepText.of(workflow))
        .isEqualTo(FlatFormatTest.resource("expected/" + name + ".txt"));
    assertThat(workflow.name()).isEqualTo(name.equals("nested-deep") ? "deep" : "sample");
  }

  @Test
  void function_atTheTop_isAWorkflow() {
    assertThat(StepText.of(read("{name: main, type: function, source: f, output: [x]}")))
        .isEqualTo("takes\nmain = f(INPUT) gives x\ngives x=main.x\n");
  }

  @Test
  void local_savedTwice_isTheLatest() {
    assertThat(pass(
            "{name: a, type: function, output: [x]}",
            "{name: b, type: function, output: [x]}",
            reads("c", "LOCAL.x")))
        .contains("c = c(v=b.x)")
        .endsWith("gives x=b.x\n");
  }

  @Test
  void local_pathInAValue_isKept() {
    assertThat(pass("{name: a, type: function, output: [x]}", reads("c", "LOCAL.x[0].name")))
        .contains("c = c(v=a.x[0].name)");
  }

  @Test
  void local_savedByNobody_isTheInputOfTheRun() {
    assertThat(pass(reads("c", "LOCAL.x"))).startsWith("takes x\nc = c(v=INPUT.x)");
  }

  @Test
  void local_savedInASwitchWithoutDefault_mayBeWhatItWasBefore() {
    String choice = "{name: s, type: switch, choices: [{condition: INPUT.i, go:"
        + " {name: b, type: function, output: [x]}}]}";

    assertThat(pass("{name: a, type: function, output: [x]}", choice, reads("c", "LOCAL.x")))
        .contains("c = c(v=b.x | a.x)");
    assertThat(pass(choice, reads("c", "LOCAL.x"))).contains("c = c(v=b.x | INPUT.x)");
  }

  @Test
  void local_inParallelBranches_isNotShared() {
    assertThat(pass(
            "{name: p, type: parallel, branches: [{name: a, type: function, output: [x]}, "
                + reads("b", "LOCAL.x")
                + "]}",
            reads("c", "LOCAL.x")))
        .contains("b = b(v=INPUT.x)")
        .contains("c = c(v=a.x)");
  }

  @Test
  void inputMappings_ofAComposite_areItsInputAndLocal() {
    String inner = "{name: q, type: pass, inputMappings: [{target: m, source: LOCAL.x}], steps: ["
        + reads("b", "INPUT.m")
        + ", "
        + reads("c", "LOCAL.m")
        + ", "
        + reads("d", "LOCAL.x")
        + ", {name: e, type: function}]}";

    assertThat(pass("{name: a, type: function, output: [x]}", inner))
        .contains("b = b(v=a.x)", "c = c(v=a.x)", "d = d(v=a.x)", "e = e(m=a.x)");
  }

  @Test
  void outputMappings_ofAComposite_areAllThatIsSeenOutside() {
    String inner = "{name: q, type: pass, outputMappings: [{target: y, source: LOCAL.x}], steps: ["
        + "{name: a, type: function, output: [x, z]}]}";

    assertThat(pass(inner, reads("b", "LOCAL.y"), reads("c", "LOCAL.x")))
        .contains("b = b(v=a.x)", "c = c(v=INPUT.x)")
        .endsWith("gives y=a.x\n");
  }

  @Test
  void outputMappings_ofAFunction_renameWhatItSaves() {
    assertThat(pass("{name: a, type: function, output: [x], outputMappings: [{target: y, source:"
            + " LOCAL.x}]}"))
        .endsWith("gives y=a.x\n");
  }

  @Test
  void condition_onLocal_isWhatWasSaved() {
    assertThat(pass(
            "{name: a, type: function, output: [x]}",
            "{name: s, type: switch, inputMappings: [{target: m, source: LOCAL.x}], choices: ["
                + "{condition: 'LOCAL.x > 1 and INPUT.m and not INPUT.none', go:"
                + " {name: b, type: function}}]}"))
        .contains("where LOCAL.x=a.x?, INPUT.m=a.x?, INPUT.none='null'\n");
  }

  @Test
  void foreach_withoutOutputMappings_savesAListForEachName() {
    assertThat(pass(
            "{name: f, type: foreach, inputMappings: [{target: x, source: 'INPUT.list[*]'}],"
                + " task: {name: a, type: function, output: [y, z]}}",
            reads("b", "LOCAL.y")))
        .contains("foreach INPUT.list\n  a = a(x=ITEM) gives y, z")
        .contains("b = b(v=a[*].y)")
        .endsWith("gives y=a[*].y, z=a[*].z\n");
  }

  @Test
  void foreach_ofFunctionWithoutOutput_givesWhatIsReadOfIt() {
    assertThat(
            pass("{name: f, type: foreach, inputMappings: [{target: x, source: 'INPUT.list[*]'}],"
                + " task: {name: a, type: function}, outputMappings: [{target: all, source:"
                + " 'LOCAL[*].y.z'}]}"))
        .endsWith("gives all=a[*].y.z\n");
  }

  @Test
  void foreach_inAForeach_readsTheOuterItem() {
    String inner =
        "{name: g, type: foreach, inputMappings: [{target: y, source: 'INPUT.x.parts[*]'},"
            + " {target: x, source: INPUT.x}], task: {name: a, type: function, output: [z]}}";

    assertThat(pass(
            "{name: f, type: foreach, inputMappings: [{target: x, source: 'INPUT.list[*]'}],"
                + " task: "
                + inner
                + "}",
            reads("b", "LOCAL.z")))
        .contains("foreach INPUT.list\n  sequence\n    foreach ITEM.parts\n")
        .contains("      a = a(y=ITEM, x=ITEM^1) gives z\n    f = pass(z=a[*].z) gives z\n")
        .contains("b = b(v=f[*].z)");
  }

  // What is wrong.

  static Stream<BrokenText> broken() {
    return Stream.of(
        bad("{name: m, type: pass}", 1, 1, "steps", "the key is missing"),
        bad("{name: m, type: pass, steps: []}", 1, 23, "steps", "the list is empty"),
        bad("{name: m, type: pass, steps: {}}", 1, 30, "steps", "must be a list, but is a map"),
        bad("{name: m, type: pass, steps: [a]}", 1, 31, "steps", "must be a map"),
        bad("{type: function}", 1, 1, "name", "the key is missing"),
        bad("{name: '', type: function}", 1, 8, "name", "the name is empty"),
        bad("{name: m, type: functoin}", 1, 17, "type", "Did you mean 'function'?"),
        bad("{name: m, steps: []}", 1, 1, "type", "the key is missing"),
        bad(
            "{name: m, type: function, steps: []}",
            1,
            27,
            "steps",
            "the key is not known here. Allowed are: name, type,"),
        bad("{name: m, type: function, souce: a}", 1, 27, "souce", "Did you mean 'source'?"),
        bad("{name: m, type: function, source: ''}", 1, 27, "source", "the function is empty"),
        bad("{name: m, type: function, output: x}", 1, 35, "output", "must be a list"),
        bad("{name: m, type: function, output: [x, x]}", 1, 39, "output", "is listed twice"),
        bad("{name: m, type: function, output: [' ']}", 1, 36, "output", "an output is empty"),
        bad(
            "name: m\ntype: pass\nsteps:\n- {name: a, type: function}\n- {name: a, type: function}",
            5,
            10,
            "name",
            "the name 'a' is used before, in line 4"),
        bad(mapped("{target: x}"), 1, 43, "source", "the key is missing"),
        bad(mapped("{source: INPUT.x}"), 1, 43, "target", "the key is missing"),
        bad(mapped("{target: '', source: INPUT.x}"), 1, 52, "target", "the target is empty"),
        bad(mapped("{target: x, source: INPUT.x, sauce: 1}"), 1, 72, "sauce", "'source'"),
        bad(mapped("{target: x, source: y}"), 1, 63, "source", "Write LOCAL.y for what"),
        bad(mapped("{target: x, source: INPUT}"), 1, 63, "source", "'INPUT' names no value"),
        bad(mapped("{target: x, source: 'LOCAL.a b'}"), 1, 63, "source", "is not a reference"),
        bad(mapped("{target: x, source: 'LOCAL[*].y'}"), 1, 63, "source", "for the outputMappings"),
        bad(
            mapped("{target: x, source: INPUT.a}, {target: x, source: INPUT.b}"),
            1,
            82,
            "target",
            "the target 'x' is used before in this list"),
        bad("{name: m, type: switch, choices: []}", 1, 25, "choices", "the list is empty"),
        bad("{name: m, type: switch, choices: [{go: 3}]}", 1, 40, "go", "must be a map"),
        bad(choices("{go: {name: a, type: function}}"), 1, 35, "condition", "is missing"),
        bad(choices("{condition: INPUT.x}"), 1, 35, "go", "the key is missing"),
        bad(
            choices("{condition: 'INPUT.x <', go: {name: a, type: function}}"),
            1,
            47,
            "condition",
            "is not a condition"),
        bad(
            choices("{condition: x, go: {name: a, type: function}}"),
            1,
            47,
            "condition",
            "the condition reads 'x'. Write INPUT.name or LOCAL.name"),
        bad(
            choices("{condition: default, go: {name: a, type: function}},"
                + " {condition: INPUT.x, go: {name: b, type: function}}"),
            1,
            47,
            "condition",
            "'default' stands before other choices"),
        bad(
            "{name: m, type: foreach, task: {name: a, type: function}}",
            1,
            1,
            "inputMappings",
            "the key is missing"),
        bad(foreach("LOCAL.x", "'LOCAL[*].y'"), 1, 41, "inputMappings", "no source has a [*]"),
        bad(foreach("'LOCAL[*]'", "'LOCAL[*].y'"), 1, 62, "source", "'[' stands behind LOCAL"),
        bad(foreach("'LOCAL.x[*]'", "LOCAL.y"), 2, 47, "source", "Write 'source: LOCAL[*].name'"),
        bad(
            foreach("'LOCAL.x[*]'", "'LOCAL[*].yy'"),
            2,
            47,
            "source",
            "no step of the foreach saves 'yy'. Did you mean 'y'?"),
        bad(
            "{name: m, type: pass, inputMappings: [{target: alpha, source: INPUT.a}], steps: ["
                + reads("b", "INPUT.alpho")
                + "]}",
            1,
            144,
            "source",
            "INPUT has no 'alpho' here, only what the inputMappings around this step name."
                + " Did you mean 'alpha'?"));
  }

  private static String mapped(String mappings) {
    return "{name: m, type: function, inputMappings: [" + mappings + "]}";
  }

  private static String choices(String choices) {
    return "{name: m, type: switch, choices: [" + choices + "]}";
  }

  private static String foreach(String in, String out) {
    return "{name: m, type: foreach, inputMappings: [{target: x, source: "
        + in
        + "}], task: {name: a, type: function, output: [y]},\n outputMappings: [{target: all, "
        + "      source: "
        + out
        + "}]}";
  }

  @ParameterizedTest
  @MethodSource("broken")
  void read_brokenFile_saysWhereAndWhatToDo(BrokenText broken) {
    broken.assertRefused(NestedFormatTest::read);
  }

  // Size.

  @Test
  void read_deepNesting_isAWorkflowOrRefusedWithALine() {
    assertThat(StepText.of(read(nested(95)))).contains("f = f(");
    assertThatThrownBy(() -> read(nested(150)))
        .isInstanceOf(WorkflowFormatException.class)
        .hasMessageMatching("(?s).*sample.yaml:1:\\d+: .*steps nest more than 98 deep.*");
  }

  private static String nested(int depth) {
    return IntStream.range(0, depth)
            .mapToObj(i -> "{name: n"
                + i
                + ", type: foreach, inputMappings: [{target: x, source: 'INPUT.x[*]'}], task: ")
            .collect(Collectors.joining())
        + "{name: f, type: function, output: [y]}"
        + "}".repeat(depth);
  }

  @Test
  @Timeout(20)
  void read_manySwitchesThatMaySaveAName_isRefused() {
    String choices = IntStream.range(0, 4_000)
        .mapToObj(
            i -> "{name: s%d, type: switch, choices: [{condition: INPUT.a, go: {name: f%d, type:"
                    .formatted(i, i)
                + " function, output: [x]}}]}")
        .collect(Collectors.joining(",\n"));

    assertThatThrownBy(() -> read("{name: main, type: pass, steps: [" + choices + "]}"))
        .isInstanceOf(WorkflowFormatException.class)
        .hasMessageContaining("more than 1000 steps may have saved 'x' here");
  }

  @Test
  @Timeout(20)
  void read_manyReadsOfManyNames_isRefused() {
    String targets = IntStream.range(0, 2_000)
        .mapToObj(i -> "{target: x%d, source: INPUT.x%d}".formatted(i, i))
        .collect(Collectors.joining(",\n"));
    String functions = IntStream.range(0, 2_000)
        .mapToObj(i -> "{name: f%d, type: function}".formatted(i))
        .collect(Collectors.joining(",\n"));

    assertThatThrownBy(() -> read("{name: main, type: pass, inputMappings: [%s], steps: [%s]}"
            .formatted(targets, functions)))
        .isInstanceOf(WorkflowFormatException.class)
        .hasMessageContaining("the steps read more than 1000000 values");
  }

  private static String pass(String... steps) {
    return StepText.of(
        read("{name: main, type: pass, steps: [\n" + String.join(",\n", steps) + "]}"));
  }

  private static String reads(String name, String source) {
    return "{name: %s, type: function, inputMappings: [{target: v, source: '%s'}]}"
        .formatted(name, source);
  }

  private static Workflow<Map<String, Object>, Object> read(String text) {
    return WorkflowReader.create().readText(text, "sample.yaml");
  }
}
