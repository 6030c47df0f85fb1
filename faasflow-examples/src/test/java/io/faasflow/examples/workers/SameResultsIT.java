package io.faasflow.examples.workers;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.FaasFlow;
import io.faasflow.WorkflowResult;
import io.faasflow.WorkflowRun;
import io.faasflow.engine.ChaosTransport;
import io.faasflow.engine.DirectTransport;
import io.faasflow.engine.SchedulePattern;
import io.faasflow.engine.WorkerTransport;
import io.faasflow.examples.generated.GeneratedFunctions;
import io.faasflow.examples.generated.Scale;
import io.faasflow.function.FunctionRegistry;
import io.faasflow.partition.HashSpread;
import io.faasflow.run.TaskFailedException;
import io.faasflow.workflow.RandomWorkflows;
import io.faasflow.workflow.Workflow;
import io.faasflow.workflow.yaml.WorkflowReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The same workflow gives the same result with 1, 3 and 7 workers, also when messages between workers
 * come twice, late and in any order.
 *
 * <p>{@code -Dfaasflow.same.runs=1000} sets how often each workflow runs in each setting; the default
 * suits the build.
 */
@Timeout(900)
class SameResultsIT {
  private static final int RUNS = Integer.getInteger("faasflow.same.runs", 40);
  private static final int RANDOM_WORKFLOWS = Integer.getInteger("faasflow.same.workflows", 150);
  private static final int AT_A_TIME = 16;
  private static final Scale SCALE = new Scale(1e-5, 0);
  private static final Path ORIGINALS =
      Path.of("").toAbsolutePath().getParent().resolveSibling("shared").resolve("workflows");

  /** A workflow of the original's shape with all of the flat format's ways of passing data. */
  private static final String FLAT = """
      global_input:
        picture: {type: pass, value: {function: INPUT, parameter: picture}, size: 8}
      functions:
      - name: store
        source: store
        runtime: 0.1
        scale: 3
        output:
          flag: {type: normal, size: 8}
          parts: {type: keys, size: 8}
          content: {type: normal, size: 1000000}
        next: {type: pass, nodes: [nudity, violence]}
      - name: nudity
        source: detect
        input:
          content: {type: pass, value: {function: store, parameter: content}, size: 8}
        output:
          flag: {type: normal, size: 8}
        next: {type: pass, nodes: [virtual1]}
      - name: violence
        source: detect
        input:
          content: {type: pass, value: {function: INPUT, parameter: content}, size: 8}
        output:
          flag: {type: normal, size: 8}
        next: {type: pass, nodes: [virtual1]}
      - name: virtual1
        source: VIRTUAL
        next:
          type: switch
          conditions: [INPUT.flag, default]
          nodes: [mosaic, split]
      - name: split
        source: split
        input:
          parts: {type: key, value: {function: store, parameter: parts}, size: 8}
        output:
          keys: {type: keys, size: 8}
        next: {type: foreach, nodes: [read]}
      - name: read
        source: read
        split_ratio: 3
        input:
          part: {type: key, value: {function: split, parameter: keys}, size: 8}
          content: {type: pass, value: {function: store, parameter: content}, size: 8}
        output:
          text: {type: normal, size: 80}
        next: {type: pass, nodes: [censor]}
      - name: censor
        source: censor
        input:
          texts: {type: pass, value: {function: read, parameter: text}, size: 80}
        output:
          flag: {type: normal, size: 8}
        next: {type: pass, nodes: [virtual2]}
      - name: virtual2
        source: VIRTUAL
        next:
          type: switch
          conditions: [INPUT.flag, default]
          nodes: [mosaic, END]
      - name: mosaic
        source: mosaic
        input:
          picture: {type: pass, value: {function: INPUT, parameter: picture}, size: 8}
        output:
          hidden: {type: normal, size: 1000000}
      - name: END
        source: END
      global_output:
        flag: {type: pass, value: {function: store, parameter: flag}}
        hidden: {type: pass, value: {function: mosaic, parameter: hidden}}
      """;

  private static List<Workflow<Map<String, Object>, Object>> workflows() throws IOException {
    List<Workflow<Map<String, Object>, Object>> workflows = new ArrayList<>();
    WorkflowReader reader = WorkflowReader.create();
    workflows.add(reader.readText(FLAT, "flat.yaml"));
    if (Files.isDirectory(ORIGINALS)) {
      try (Stream<Path> files = Files.walk(ORIGINALS)) {
        for (Path file : files.filter(SameResultsIT::isWorkflow).sorted().toList()) {
          workflows.add(reader.read(file));
        }
      }
    }
    return workflows;
  }

  private static boolean isWorkflow(Path file) {
    String path = file.toString();
    return path.endsWith(".yaml")
        && !path.contains("broken")
        && !path.endsWith("function_info.yaml");
  }

  private static FaasFlow flow(
      FunctionRegistry functions, int workers, SchedulePattern pattern, WorkerTransport transport) {
    return FaasFlow.builder()
        .pattern(pattern)
        .functions(functions)
        .workers(workers)
        .partitioner(new HashSpread())
        .transport(transport)
        .build();
  }

  @ParameterizedTest
  @CsvSource({
    "1, WORKER_SIDE, false",
    "3, WORKER_SIDE, false",
    "7, WORKER_SIDE, false",
    "3, WORKER_SIDE, true",
    "7, WORKER_SIDE, true",
    "1, MASTER_SIDE, false",
    "7, MASTER_SIDE, false",
    "7, MASTER_SIDE, true"
  })
  void run_ofEveryFile_givesTheReferenceResult(int workers, SchedulePattern pattern, boolean chaos)
      throws Exception {
    for (Workflow<Map<String, Object>, Object> workflow : workflows()) {
      FunctionRegistry functions = GeneratedFunctions.of(workflow, SCALE);
      Map<String, Object> input = GeneratedFunctions.input(workflow, SCALE);
      Object expected;
      try (FaasFlow reference = FaasFlow.builder().functions(functions).build()) {
        expected = reference.run(workflow, input);
      }
      try (WorkerTransport transport = chaos ? new ChaosTransport(workers) : new DirectTransport();
          FaasFlow flow = flow(functions, workers, pattern, transport)) {
        List<WorkflowRun<Object>> runs = new ArrayList<>();
        for (int i = 0; i < RUNS; i++) {
          runs.add(flow.start(workflow, input));
          if (runs.size() == AT_A_TIME || i == RUNS - 1) {
            for (WorkflowRun<Object> run : runs) {
              assertThat(run.await()).as(workflow + " run " + i).isEqualTo(expected);
            }
            runs.clear();
          }
        }
        assertThat(flow.activeRuns()).isEmpty();
      }
    }
  }

  @Test
  void run_ofRandomWorkflows_givesTheReferenceResultOrFailure() throws Exception {
    int completed = 0;
    for (int seed = 0; seed < RANDOM_WORKFLOWS; seed++) {
      Workflow<Map<String, Object>, Object> workflow = RandomWorkflows.workflow(seed, 40);
      FunctionRegistry functions = GeneratedFunctions.of(workflow, SCALE);
      Map<String, Object> input = GeneratedFunctions.input(workflow, SCALE);
      Outcome expected;
      try (FaasFlow reference = FaasFlow.builder().functions(functions).build()) {
        expected = outcome(reference.start(workflow, input).result());
      }
      completed += expected.failedTask().isEmpty() ? 1 : 0;
      for (int setting = 0; setting < 3; setting++) {
        int workers = setting == 0 ? 3 : 7;
        SchedulePattern pattern =
            setting == 2 ? SchedulePattern.MASTER_SIDE : SchedulePattern.WORKER_SIDE;
        try (WorkerTransport transport = new ChaosTransport(seed);
            FaasFlow flow = flow(functions, workers, pattern, transport)) {
          for (int i = 0; i < 3; i++) {
            Outcome actual = outcome(flow.start(workflow, input).result());
            // Which of two failing tasks is first is a matter of time; that one fails is not.
            assertThat(actual.failedTask().isEmpty())
                .as("seed " + seed + ", " + pattern + " with " + workers + ": " + actual + expected)
                .isEqualTo(expected.failedTask().isEmpty());
            if (actual.failedTask().isEmpty()) {
              assertThat(actual.output()).as("seed " + seed).isEqualTo(expected.output());
            }
          }
          assertThat(flow.activeRuns()).isEmpty();
        }
      }
    }
    assertThat(completed).isGreaterThan(RANDOM_WORKFLOWS / 10);
    System.out.println(completed + " of " + RANDOM_WORKFLOWS + " random workflows complete");
  }

  private record Outcome(String failedTask, String output) {}

  private static Outcome outcome(WorkflowResult<Object> result) {
    String failed = result
        .failure()
        .map(e -> e instanceof TaskFailedException task
            ? task.task() + " " + task.getCause()
            : e.toString())
        .orElse("");
    return new Outcome(failed, Objects.toString(result.output().orElse(null)));
  }
}
