package io.faasflow.engine;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.function.FunctionRegistry;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import io.faasflow.workflow.RandomWorkflows;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class ProgramTest {
  private static Task<Integer, Integer> add(String name, long millis) {
    return Task.<Integer, Integer>task(name, i -> i + 1).expectedRuntime(Duration.ofMillis(millis));
  }

  private static Program program(
      FunctionGraph graph, String worker, Function<Node, String> workerOf) {
    return Program.of(
        graph,
        new Program.Setting(
            SchedulePattern.WORKER_SIDE,
            worker,
            workerOf,
            FunctionRegistry.empty(),
            null,
            new ContainedFunctions(Containers.NONE),
            any -> null,
            new HashSet<>(),
            null));
  }

  private static List<String> successors(FunctionGraph graph, Program program) {
    return Arrays.stream(program.code(Program.START).successors)
        .mapToObj(id -> graph.nodes().get(id).name())
        .toList();
  }

  @Test
  void successors_ofANode_beginWithTheOneFromWhichTheRunTakesLongest() {
    FunctionGraph graph = FunctionGraph.of(Workflow.<Integer>builder("ordered")
        .parallel(
            add("short", 1),
            add("middle", 5),
            add("first-of-long", 2).then(add("rest-of-long", 7)),
            add("also-middle", 5))
        .build());
    assertThat(successors(graph, program(graph, "here", any -> "here")))
        .containsExactly("first-of-long", "middle", "also-middle", "short");
  }

  @Test
  void successors_withoutRuntimes_beginWithTheLongestChain() {
    Task<Integer, Integer> a = task("a", i -> i);
    Task<Integer, Integer> b = task("b", i -> i);
    Task<Integer, Integer> c = task("c", i -> i);
    FunctionGraph graph = FunctionGraph.of(
        Workflow.<Integer>builder("chains").parallel(a, b.then(c)).build());
    assertThat(successors(graph, program(graph, "here", any -> "here"))).containsExactly("b", "a");
  }

  @Test
  void remoteEdges_ofAMessage_areInTheSameOrder() {
    FunctionGraph graph = FunctionGraph.of(Workflow.<Integer>builder("remote")
        .parallel(add("short", 1), add("long", 9), add("middle", 5))
        .build());
    Program program =
        program(graph, "there", node -> node.operation().isVirtual() ? "here" : "there");
    assertThat(program.remoteEdges(Program.START))
        .extracting(edge -> graph.nodes().get(edge.to()).name())
        .containsExactly("long", "middle", "short");
  }

  /** So a reader elsewhere cannot begin before it was told that what it reads has been written. */
  @Test
  void reads_ofEachNode_haveAnEdgeFromWhatIsRead() {
    for (long seed = 0; seed < 500; seed++) {
      FunctionGraph graph = FunctionGraph.of(RandomWorkflows.workflow(seed));
      for (Node node : graph.nodes()) {
        List<Integer> edges =
            graph.incoming(node).stream().map(edge -> edge.from().id()).toList();
        for (int read : Reads.of(node.operation())) {
          assertThat(edges).as("%s of seed %d", node, seed).contains(read);
        }
      }
    }
  }
}
