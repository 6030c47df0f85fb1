package io.faasflow.workflow.yaml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.faasflow.workflow.Binding;
import io.faasflow.workflow.Dag;
import io.faasflow.workflow.DataRef;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The workflows that were published with FaaSFlow, where a folder {@code shared/workflows} with
 * them lies beside the repository; skipped elsewhere.
 */
class OriginalWorkflowsTest {
  /** The folder; it may not exist. */
  static Path folder() {
    return Path.of(System.getProperty("basedir", "."), "..", "..", "shared", "workflows");
  }

  private static Path file(String name) {
    Path file = folder().resolve(name);
    assumeTrue(Files.exists(file), "the published workflows are not here: " + folder());
    return file;
  }

  @ParameterizedTest
  @CsvSource({
    "flat/example-foreach/flat_workflow.yaml, flat-example-foreach",
    "flat/example-switch/flat_workflow.yaml, flat-example-switch",
    "flat/fileprocessing/flat_workflow.yaml, flat-fileprocessing",
    "flat/illgal_recognizer/flat_workflow.yaml, flat-illgal_recognizer",
    "flat/video/flat_workflow.yaml, flat-video",
    "flat/wordcount/flat_workflow.yaml, flat-wordcount",
    "nested/foreach/workflow.yaml, nested-foreach-workflow",
    "nested/parallel/workflow.yaml, nested-parallel-workflow",
    "nested/parallel/workflow2.yaml, nested-parallel-workflow2",
    "nested/parallel2/workflow.yaml, nested-parallel2-workflow",
    "nested/switch/workflow.yaml, nested-switch-workflow",
    "nested/switch/workflow2.yaml, nested-switch-workflow2",
  })
  void read_published_givesExactlyThis(String name, String expected) {
    Workflow<Map<String, Object>, Object> workflow = WorkflowReader.create().read(file(name));

    assertThat(StepText.of(workflow))
        .isEqualTo(FlatFormatTest.resource("expected/original-" + expected + ".txt"));
  }

  // The figures are those of an independent scorer of placements, which resolves data by itself.
  @ParameterizedTest
  @CsvSource({
    "epigenomics/flat_workflow.yaml, 45, 50, 50, 39363288",
    "genome/flat_workflow.yaml, 50, 74, 74, 177011979",
    "scalability/10.yaml, 10, 12, 12, 42199494",
    "scalability/25.yaml, 25, 37, 37, 31116175",
    "scalability/50.yaml, 50, 74, 74, 177011979",
  })
  void read_publishedList_findsAllData(
      String name, int functions, int edges, int reads, long bytes) {
    Workflow<?, ?> workflow = WorkflowReader.create().read(file("flat/" + name));
    Dag dag = (Dag) workflow.body().steps().get(0);
    Map<String, Dag.Node> nodes =
        dag.nodes().stream().collect(Collectors.toMap(Dag.Node::name, node -> node));
    List<DataRef> data = dag.nodes().stream()
        .flatMap(node -> ((Task<?, ?>) node.step()).inputs().orElseThrow().values().stream())
        .map(binding -> ((Binding.From) binding).references())
        .peek(references -> assertThat(references).hasSize(1))
        .map(references -> references.get(0))
        .filter(reference -> reference.root() instanceof DataRef.Output)
        .toList();

    assertThat(nodes).hasSize(functions);
    assertThat(
            dag.nodes().stream().mapToInt(node -> node.next().targets().size()).sum())
        .isEqualTo(edges);
    assertThat(data).hasSize(reads);
    assertThat(data.stream()
            .mapToLong(reference -> ((Task<?, ?>)
                    nodes.get(((DataRef.Output) reference.root()).task()).step())
                .outputs()
                .get(((DataRef.Key) reference.path().get(0)).name())
                .orElse(0))
            .sum())
        .isEqualTo(bytes);
  }

  @Test
  void inspect_all_acceptsAllButTheBroken() throws IOException {
    assumeTrue(Files.exists(folder()), "the published workflows are not here: " + folder());
    try (Stream<Path> files = Files.walk(folder().toRealPath())) {
      List<Path> found =
          files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();

      assertThat(found).hasSizeGreaterThanOrEqualTo(24);
      for (Path file : found) {
        if (file.getParent().endsWith("broken")) {
          assertThatThrownBy(() -> WorkflowReader.create().inspect(file))
              .isInstanceOf(WorkflowFormatException.class)
              .hasMessageContaining("2:1: key 'fuctions'")
              .hasMessageContaining("Did you mean 'functions'?");
        } else {
          assertThat(WorkflowReader.create().inspect(file).functions()).isPositive();
        }
      }
    }
  }
}
