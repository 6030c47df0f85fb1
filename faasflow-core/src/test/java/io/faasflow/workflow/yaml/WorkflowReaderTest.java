package io.faasflow.workflow.yaml;

import static io.faasflow.workflow.Condition.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.function.Resources;
import io.faasflow.workflow.Binding;
import io.faasflow.workflow.Dag;
import io.faasflow.workflow.DataRef;
import io.faasflow.workflow.Foreach;
import io.faasflow.workflow.InvalidWorkflowException;
import io.faasflow.workflow.Parallel;
import io.faasflow.workflow.Sequence;
import io.faasflow.workflow.Step;
import io.faasflow.workflow.Switch;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import io.faasflow.workflow.yaml.WorkflowFile.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkflowReaderTest {
  /** A workflow with every key of the format. */
  static final String EVERYTHING = """
      faasflow: 1
      name: recognizer
      version: "2"
      input:
        image: {size: 8}
        x: 3KB
        user:
      output:
        verdict: mosaic.name
        both: {first: [mosaic, extract.text], optional: true}
      steps:
        - task: upload
          function: image.upload
          with: {image: INPUT.image, quality: {value: 80}}
          output: {content: {size: 1327839}, flag: }
          runtime: 20ms
          size: 100
          resources: {cpus: 0.5, memory: 64MiB, slots: 3}
        - pass: rename
          with:
            x: upload.content
        - parallel:
            - task: adult
              output: [illegal]
            - - task: a
              - task: violence
        - switch:
            - when: adult.illegal or INPUT.x > 3
              where: {adult.illegal: {first: [violence.illegal, adult.illegal]}}
              do: {task: mosaic}
            - when: INPUT.x == 2
              do:
                - task: mosaic2
          otherwise: [{task: extract}, {task: translate}]
        - switch:
            - {when: INPUT.y, do: {task: maybe}}
          optional: true
        - foreach: upload.pages
          do: {task: censor, with: {page: ITEM, n: {from: maybe, optional: true}}}
          concurrency: 4
          instances: 10
        - foreach:
          do:
            - task: each
        - foreach: {each: {l: each, r: {value: [1, 2.5, true, null, {k: v}]}}}
          do: {foreach: {from: ITEM.l}, do: {pass: inner, with: {outer: ITEM^1.r}}}
        - dag:
            - task: da
              next: [db, dc]
            - node: db
              do: [{task: db1}, {task: db2}]
              next: dd
            - node: dc
              do: {pass: dc}
              switch:
                - when: INPUT.illegal
                  where: {INPUT.illegal: db2.ok}
                  go: dd
                - go: de
            - pass: dd
            - task: de
      """;

  private static final WorkflowReader READER = WorkflowReader.create();

  private static Workflow<Map<String, Object>, Object> read(String text) {
    return READER.readText(text, "w.yaml");
  }

  private static Binding first(boolean optional, String... references) {
    return new Binding.From(List.of(references).stream().map(DataRef::parse).toList(), optional);
  }

  private static <V> Map<String, V> map(String k1, V v1, String k2, V v2) {
    Map<String, V> map = new LinkedHashMap<>();
    map.put(k1, v1);
    map.put(k2, v2);
    return map;
  }

  @Test
  void read_everyKey_givesTheWorkflowThatTheBuilderMakes() {
    Map<String, OptionalLong> inputs =
        map("image", OptionalLong.of(8), "x", OptionalLong.of(3_000));
    inputs.put("user", OptionalLong.empty());
    Map<String, Object> k = Map.of("k", "v");
    List<Object> constant = new java.util.ArrayList<>(List.of(1, 2.5, true));
    constant.add(null);
    constant.add(k);
    Workflow<Object, Map<String, Object>> built = Workflow.builder("recognizer")
        .version("2")
        .inputs(inputs)
        .sequence(Task.named("upload")
            .function("image.upload")
            .inputs(map("image", Binding.from("INPUT.image"), "quality", Binding.constant(80)))
            .outputs(map("content", OptionalLong.of(1_327_839), "flag", OptionalLong.empty()))
            .expectedRuntime(Duration.ofMillis(20))
            .expectedOutputBytes(100)
            .resources(new Resources(0.5, 64 << 20, 3)))
        .sequence(Task.pass("rename").inputs(Map.of("x", Binding.from("upload.content"))))
        .sequence(Parallel.untyped(List.of(
            Task.named("adult").outputs(Map.of("illegal", OptionalLong.empty())),
            Task.named("a").then(Task.named("violence")))))
        .sequence(Switch.untyped(
            List.of(
                new Switch.Case(
                    new Switch.Holds(condition(
                        "adult.illegal or INPUT.x > 3",
                        Map.of(
                            "adult.illegal", first(false, "violence.illegal", "adult.illegal")))),
                    Task.named("mosaic")),
                new Switch.Case(
                    new Switch.Holds(condition("INPUT.x == 2")),
                    Sequence.untyped(List.of(Task.named("mosaic2"))))),
            Task.named("extract").then(Task.named("translate"))))
        .sequence(
            Switch.choose().when(condition("INPUT.y"), Task.named("maybe")).orEmpty())
        .sequence(Foreach.untyped(
                Foreach.Zipped.single(Binding.from("upload.pages")),
                Task.named("censor")
                    .inputs(map("page", Binding.from("ITEM"), "n", first(true, "maybe"))))
            .concurrency(4)
            .expectedInstances(10))
        .sequence(
            Foreach.untyped(new Foreach.Flow(), Sequence.untyped(List.of(Task.named("each")))))
        .sequence(Foreach.untyped(
            new Foreach.Zipped(map("l", Binding.from("each"), "r", Binding.constant(constant))),
            Foreach.untyped(
                Foreach.Zipped.single(Binding.from("ITEM.l")),
                Task.pass("inner").inputs(Map.of("outer", Binding.from("ITEM^1.r"))))))
        .sequence(Dag.of(List.of(
            new Dag.Node("da", Task.named("da"), new Dag.All(List.of("db", "dc"))),
            new Dag.Node(
                "db", Task.named("db1").then(Task.named("db2")), new Dag.All(List.of("dd"))),
            new Dag.Node(
                "dc",
                Task.pass("dc"),
                new Dag.FirstMatch(List.of(
                    new Dag.Choice(
                        Optional.of(condition(
                            "INPUT.illegal", Map.of("INPUT.illegal", Binding.from("db2.ok")))),
                        "dd"),
                    new Dag.Choice(Optional.empty(), "de")))),
            new Dag.Node("dd", Task.pass("dd"), new Dag.All(List.of())),
            new Dag.Node("de", Task.named("de"), new Dag.All(List.of())))))
        .outputs(map(
            "verdict", Binding.from("mosaic.name"), "both", first(true, "mosaic", "extract.text")))
        .build();

    Workflow<?, ?> read = read(EVERYTHING);

    assertThat(read).isEqualTo(built);
    assertThat(read.fingerprint()).isEqualTo(built.fingerprint());
    assertThat(read(WorkflowWriter.create().write(read))).isEqualTo(read);
  }

  private static Task<?, ?> task(String keys) {
    Step<?, ?> step = read("faasflow: 1\nname: w\nsteps:\n  - {task: a, " + keys + "}\n")
        .body()
        .steps()
        .get(0);
    return (Task<?, ?>) step;
  }

  @ParameterizedTest
  @CsvSource({
    "10ns, PT0.00000001S",
    "10us, PT0.00001S",
    "20ms, PT0.02S",
    "20 ms, PT0.02S",
    "1.5s, PT1.5S",
    "2m, PT2M",
    "0.5h, PT30M",
    "1h, PT1H",
    "0, PT0S",
    "3, PT3S",
    "0.09, PT0.09S",
    "19.05, PT19.05S",
    "1e-3, PT0.001S",
    "1e-12, PT0S",
  })
  void read_runtime_isADuration(String text, String duration) {
    assertThat(task("runtime: " + text).expectedRuntime()).contains(Duration.parse(duration));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "8, 8",
    "8.0, 8",
    "0x10, 16",
    "1e3, 1000",
    "100B, 100",
    "10KB, 10000",
    "5MB, 5000000",
    "2GB, 2000000000",
    "1TB, 1000000000000",
    "1KiB, 1024",
    "1.5 KiB, 1536",
    "64MiB, 67108864",
    "1GiB, 1073741824",
    "1TiB, 1099511627776",
    "9223372036854775807, 9223372036854775807",
  })
  void read_size_isANumberOfBytes(String text, long bytes) {
    assertThat(task("size: " + text).expectedOutputBytes()).hasValue(bytes);
    assertThat(task("resources: {memory: " + text + "}").resources().memoryBytes())
        .isEqualTo(bytes);
    assertThat(task("output: {x: " + text + "}").outputs().get("x")).hasValue(bytes);
    assertThat(task("output: {x: {size: " + text + "}}").outputs().get("x")).hasValue(bytes);
  }

  @Test
  void read_wordsThatOldYamlTakesForOtherThings_areStrings() {
    Workflow<?, ?> workflow =
        read("faasflow: 1\nname: no\nversion: 1_0\nsteps: [{task: 2001-01-01}, {task: 12:30}]\n");
    assertThat(workflow.name()).isEqualTo("no");
    assertThat(workflow.version()).isEqualTo("1_0");
    assertThat(workflow.body().steps())
        .containsExactly(Task.named("2001-01-01"), Task.named("12:30"));
  }

  @Test
  void read_defaults_areThoseOfTheBuilder() {
    Workflow<?, ?> workflow = read("faasflow: 1\nname: w\nsteps:\n- task: a\n");
    assertThat(workflow)
        .isEqualTo(Workflow.builder("w").sequence(Task.named("a")).build());
    assertThat(workflow.version()).isEqualTo("1");
    assertThat(workflow.outputs()).isEmpty();
  }

  @Test
  void read_fromManyThreads_givesEqualWorkflows() {
    assertThat(java.util.stream.IntStream.range(0, 200)
            .parallel()
            .mapToObj(i -> read(EVERYTHING).fingerprint())
            .distinct())
        .hasSize(1);
  }

  // Recognising the format.

  @Test
  void inspect_ownFormat_countsFunctions(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("w.yaml"), EVERYTHING);
    assertThat(READER.inspect(file)).isEqualTo(new WorkflowFile(Format.OWN, "recognizer", 15));
    assertThat(READER.read(file)).isEqualTo(read(EVERYTHING));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "fuctions: [{name: a}]|1|1|fuctions|Did you mean 'functions'?",
        "name: w\\nfaasfow: 1|2|1|faasfow|Did you mean 'faasflow'?",
        "name: w\\nstep: []|2|1|step|Did you mean 'steps'?",
        "name: w\\nbranchs: []|2|1|branchs|Did you mean 'branches'?",
        "name: w\\nTypes: pass|2|1|Types|Did you mean 'type'?",
      })
  void read_misspeltTopLevelKey_suggestsTheRightOne(
      String text, int line, int column, String key, String cure) {
    assertThatThrownBy(() -> read(text.replace("\\n", "\n")))
        .isInstanceOfSatisfying(
            WorkflowFormatException.class,
            e -> assertThat(e.problems())
                .containsExactly(new YamlProblem(
                    "w.yaml", line, column, key, "the file is no known kind of workflow", cure)));
  }

  @Test
  void read_unknownFormat_namesAllThree() {
    assertThatThrownBy(() -> read("hello: world\n"))
        .isInstanceOf(WorkflowFormatException.class)
        .hasMessage("Cannot read a workflow from w.yaml\n"
            + "  w.yaml:1:1: the file is no known kind of workflow. Its top level needs"
            + " 'faasflow: 1' (our own format), a list 'functions' (FaaSFlow's flat format), or"
            + " 'name' with 'type', 'steps', 'branches', 'choices' or 'task' (FaaSFlow's nested"
            + " format)");
  }

  @Test
  void read_functionsThatAreNoList_saysSo() {
    assertThatThrownBy(() -> read("name: w\nfunctions:\n  a: {source: a}\n"))
        .isInstanceOf(WorkflowFormatException.class)
        .hasMessageContaining(
            "w.yaml:3:3: key 'functions': 'functions' must be a list, but is a map");
  }

  @Test
  void read_functionInfo_isNotAWorkflow() {
    assertThatThrownBy(
            () -> read("workflow: w\nfunctions:\n  - {name: a, image: i, qos_time: 1}\n"))
        .isInstanceOf(WorkflowFormatException.class)
        .hasMessageContaining("w.yaml:3:3: key 'functions': the file is a function info")
        .hasMessageContaining("inspect() checks a function info");
  }

  @Test
  void read_otherVersionOfTheFormat_isTheOnlyProblem() {
    assertThatThrownBy(() -> read("faasflow: 2\nnames: w\n"))
        .isInstanceOfSatisfying(
            WorkflowFormatException.class,
            e -> assertThat(e.problems())
                .containsExactly(new YamlProblem(
                    "w.yaml",
                    1,
                    11,
                    "faasflow",
                    "version 2 of the format is not known to this library",
                    "Write 'faasflow: 1', or use a newer version of the library")));
  }

  @Test
  void read_invalidWorkflow_keepsTheBuildersExceptionAsCause() {
    assertThatThrownBy(() -> read("faasflow: 1\nname: w\nsteps: [{task: a}, {task: a}]\n"))
        .isInstanceOf(WorkflowFormatException.class)
        .hasCauseInstanceOf(InvalidWorkflowException.class)
        .hasMessageContaining("w.yaml:3:27: key 'task': the name 'a' is used twice");
  }

  @Test
  void limits_lessThanOne_areRefused() {
    assertThatThrownBy(() -> YamlLimits.DEFAULT.withMaxNodes(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxNodes must be 1 or more, was 0");
    assertThat(YamlLimits.DEFAULT
            .withMaxCharacters(1)
            .withMaxDepth(2)
            .withMaxNodes(3)
            .withMaxSteps(4)
            .withMaxAliases(5))
        .isEqualTo(new YamlLimits(1, 2, 3, 4, 5));
  }
}
