package io.faasflow.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.faasflow.graph.FunctionGraph;
import io.faasflow.workflow.yaml.WorkflowReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The workflows of the original FaaSFlow, where they are there. */
@Timeout(120)
class PublishedWorkflowsTest {
  private static final Path FOLDER =
      Path.of("").toAbsolutePath().resolve("../../shared/workflows/flat").normalize();

  /** The makespans of the original's own placements, without contention, by folder or file. */
  private static final Map<String, Double> ORIGINAL_SECONDS = Map.ofEntries(
      Map.entry("fileprocessing", 20.170),
      Map.entry("wordcount", 0.194),
      Map.entry("illgal_recognizer", 26.830),
      Map.entry("video", 6.800),
      Map.entry("example-foreach", 3.000),
      Map.entry("example-switch", 2.000),
      Map.entry("epigenomics", 9.020),
      Map.entry("genome", 3.000),
      Map.entry("10", 3.000),
      Map.entry("25", 3.000),
      Map.entry("50", 3.000));

  private static List<Path> files() throws IOException {
    assumeTrue(Files.isDirectory(FOLDER), "the original's workflows are not there");
    try (Stream<Path> files = Files.walk(FOLDER)) {
      return files
          .filter(file -> file.toString().endsWith(".yaml"))
          .filter(file -> !file.endsWith("function_info.yaml"))
          .sorted()
          .toList();
    }
  }

  @Test
  void ours_atTheOriginalsCapacity_cutsNoBytesAndTakesNoLonger() throws IOException {
    for (Path file : files()) {
      FunctionGraph graph = FunctionGraph.of(WorkflowReader.create().read(file));
      PlanExplanation plan =
          new LocalitySpread().partition(graph, WorkerSpec.workers(7, 96)).explanation();
      boolean large = file.getParent().endsWith("epigenomics");
      double fraction = plan.totalBytes() == 0 ? 0 : (double) plan.crossBytes() / plan.totalBytes();
      assertThat(fraction).as(file.toString()).isLessThanOrEqualTo(large ? 0.001 : 0);
      String folder = String.valueOf(file.getParent().getFileName());
      String name = String.valueOf(file.getFileName()).replace(".yaml", "");
      Double original = ORIGINAL_SECONDS.get(folder.equals("scalability") ? name : folder);
      // The published figures are rounded to a thousandth.
      assertThat(plan.criticalPath().seconds())
          .as(file.toString())
          .isLessThanOrEqualTo(original + 0.0005);
    }
  }

  @Test
  void ours_atAnyCapacity_isNeverWorseThanGreedy() throws IOException {
    for (Path file : files()) {
      FunctionGraph graph = FunctionGraph.of(WorkflowReader.create().read(file));
      for (int count : new int[] {2, 3, 7}) {
        for (int slots : new int[] {9, 15, 24, 48, 96, WorkerSpec.UNLIMITED_SLOTS}) {
          compare(file, graph, WorkerSpec.workers(count, slots));
        }
      }
    }
  }

  private static void compare(Path file, FunctionGraph graph, List<WorkerSpec> workers) {
    PartitionPlan plan;
    PlanExplanation greedy;
    try {
      greedy = new GreedyMerge().partition(graph, workers).explanation();
    } catch (PartitionException e) {
      return;
    }
    plan = new LocalitySpread().partition(graph, workers);
    LocalitySpreadTest.assertLimitsKept(graph, workers, plan);
    PlanExplanation ours = plan.explanation();
    assertThat(ours.crossBytes()).as(file.toString()).isLessThanOrEqualTo(greedy.crossBytes());
    assertThat(ours.makespanSeconds())
        .as(file.toString())
        .isLessThanOrEqualTo(greedy.makespanSeconds());
    assertThat(ours.criticalPath().seconds())
        .as(file.toString())
        .isLessThanOrEqualTo(greedy.criticalPath().seconds());
  }
}
