package io.faasflow.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.faasflow.examples.cli.Cli.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlanAndDrawCommandTest {
  private static final String FLAT = """
      functions:
      - name: first
        source: first
        scale: 3
        output: {keys: {type: keys, size: 8}}
        next: {type: foreach, nodes: [each]}
      - name: each
        source: each
        scale: 3
        input: {x: {type: key, value: {function: first, parameter: keys}, size: 8}}
        next: {type: pass, nodes: [virtual1]}
      - name: virtual1
        source: VIRTUAL
        scale: 3
        next: {type: switch, conditions: [INPUT.x, default], nodes: [last, END]}
      - {name: last, source: last, scale: 3}
      - {name: END, source: END, scale: 3}
      """;

  @TempDir
  Path folder;

  private Cli cli;

  @BeforeEach
  void makeFile() throws IOException {
    cli = new Cli(folder);
    Files.writeString(folder.resolve("flat.yaml"), FLAT);
    Files.writeString(folder.resolve("bad.yaml"), "functions: []\n");
  }

  @Test
  void planJson_flatFile_assignsEveryFunction() throws Exception {
    Outcome outcome = cli.run(
        "plan", "flat.yaml", "--workers", "3", "--slots", "9", "--partitioner", "hash", "--json");
    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    JsonNode plan = new ObjectMapper().readTree(outcome.out());
    List<String> functions = new ArrayList<>();
    plan.get("assignment").fieldNames().forEachRemaining(functions::add);
    assertThat(functions).containsExactlyInAnyOrder("first", "each", "virtual1", "last", "END");
    assertThat(plan.get("assignment"))
        .allSatisfy(worker -> assertThat(worker.asText()).matches("worker-[123]"));
    assertThat(plan.get("workflow").asText()).isEqualTo("flat");
    assertThat(plan.get("version").asText()).isEqualTo("1");
    assertThat(plan.get("fingerprint").asText()).hasSize(64);
    assertThat(plan.get("partitioner").asText()).isEqualTo("hash");
    assertThat(plan.get("workers").asInt()).isEqualTo(3);
    assertThat(plan.get("workersUsed").asInt()).isBetween(1, 3);
  }

  @Test
  void plan_oneWorker_putsAllOnIt() {
    Outcome outcome = cli.run("plan", "flat.yaml");
    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.out().lines().map(line -> line.replaceAll(" +", " ")))
        .contains(
            "workflow flat, version 1",
            "partitioner all-on-one",
            "workers 1 of 1 used",
            "first worker-1 3",
            "END worker-1 0");
  }

  @Test
  void plan_tooFewSlots_fails() {
    Outcome outcome = cli.run("plan", "flat.yaml", "--slots", "3");
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err())
        .startsWith(
            "faasflow: The partitioner 'all-on-one' puts functions with 9 slots on worker-1");
  }

  @Test
  void plan_builtInWorkflow_isPlanned() {
    assertThat(cli.run("plan", "word-count", "--workers", "2").out())
        .contains("word-count, version 1", "find", "merge", "locality");
  }

  @Test
  void plan_cutEdges_showBytesAndReason() {
    Outcome outcome =
        cli.run("plan", "flat.yaml", "--workers", "3", "--slots", "3", "--partitioner", "greedy");
    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    assertThat(outcome.out())
        .contains("between workers", "makespan", "longest way", "CPU time", "edge between workers")
        .contains("left for '");
  }

  @ParameterizedTest
  @ValueSource(strings = {"all-on-one", "hash", "greedy", "locality"})
  void planJson_anyPartitioner_explainsThePlan(String partitioner) throws Exception {
    Outcome outcome =
        cli.run("plan", "flat.yaml", "--workers", "2", "--partitioner", partitioner, "--json");
    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    JsonNode plan = new ObjectMapper().readTree(outcome.out());
    assertThat(plan.get("crossBytes").asLong())
        .isBetween(
            plan.get("crossBytesLowerBound").asLong(), plan.get("totalBytes").asLong());
    assertThat(plan.get("makespanSeconds").asDouble())
        .isGreaterThanOrEqualTo(plan.get("makespanLowerBoundSeconds").asDouble());
    assertThat(plan.get("groups")).hasSize(plan.get("workersUsed").asInt());
    assertThat(plan.get("cutEdges")).hasSize(plan.get("messages").asInt());
  }

  @Test
  void draw_withWorkers_hasTheirColours() {
    Outcome outcome =
        cli.run("draw", "flat.yaml", "--workers", "3", "--slots", "3", "--partitioner", "greedy");
    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    assertThat(outcome.out()).contains("classDef w0", "classDef w1");
    assertThat(cli.run("draw", "flat.yaml", "--partitioner", "hash", "--format", "dot")
            .out())
        .contains("fillcolor");
  }

  @ParameterizedTest
  @ValueSource(strings = {"word-count", "image-recognizer", "mandelbrot", "flat.yaml"})
  void draw_anyWorkflow_inBothLanguages(String name) {
    Outcome mermaid = cli.run("draw", name);
    assertThat(mermaid.exitCode()).isZero();
    assertThat(mermaid.out()).contains("flowchart");
    assertThat(cli.run("draw", name, "--format", "mermaid")).isEqualTo(mermaid);
    Outcome dot = cli.run("draw", name, "--format", "dot");
    assertThat(dot.exitCode()).isZero();
    assertThat(dot.out()).contains("digraph").endsWith("}" + System.lineSeparator());
  }

  @ParameterizedTest
  @ValueSource(strings = {"plan", "draw"})
  void invalidFile_fails(String command) {
    Outcome outcome = cli.run(command, "bad.yaml");
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err()).contains("bad.yaml:1:");
  }
}
