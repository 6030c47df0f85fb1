package io.faasflow.graph;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.CpuTime;
import io.faasflow.function.Resources;
import io.faasflow.workflow.Binding;
import io.faasflow.workflow.Condition;
import io.faasflow.workflow.Dag;
import io.faasflow.workflow.DataRef;
import io.faasflow.workflow.Fallback;
import io.faasflow.workflow.Foreach;
import io.faasflow.workflow.Parallel;
import io.faasflow.workflow.RandomWorkflows;
import io.faasflow.workflow.Sequence;
import io.faasflow.workflow.Step;
import io.faasflow.workflow.Switch;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jgrapht.Graph;
import org.jgrapht.alg.cycle.CycleDetector;
import org.junit.jupiter.api.Test;

class FunctionGraphTest {
  private static Task<Object, Object> t(String name) {
    return Task.named(name);
  }

  private static Task<Object, Object> t(String name, long bytes) {
    return Task.named(name).expectedOutputBytes(bytes);
  }

  private static FunctionGraph graph(Step<?, ?>... steps) {
    return FunctionGraph.of(
        Workflow.builder("w").sequence(Sequence.untyped(List.of(steps))).build());
  }

  /** Nodes as {@code name:bytes}, in their order. */
  private static List<String> nodes(FunctionGraph graph) {
    return graph.nodes().stream()
        .map(node -> node.name() + ":" + node.outputBytes())
        .toList();
  }

  /** Edges as {@code from>to:bytes}, then the choices of a switch, or "data" without control. */
  private static List<String> edges(FunctionGraph graph) {
    return graph.edges().stream()
        .map(edge -> edge.from().name()
            + ">"
            + edge.to().name()
            + ":"
            + edge.bytes()
            + (edge.choices().isEmpty() ? "" : edge.choices().toString())
            + (edge.control() ? "" : " data"))
        .toList();
  }

  private static Node node(FunctionGraph graph, String name) {
    return graph.nodes().stream().filter(n -> n.name().equals(name)).findFirst().orElseThrow();
  }

  // Each construct, exactly.

  @Test
  void of_aSequence_isAChain() {
    FunctionGraph graph = graph(t("a", 10), t("b", 20), t("c"));
    assertThat(nodes(graph)).containsExactly("#start:0", "a:10", "b:20", "c:0", "#end:0");
    assertThat(edges(graph)).containsExactly("#start>a:0", "a>b:10", "b>c:20", "c>#end:0");
    assertThat(graph.name()).isEqualTo("w");
    assertThat(graph.start()).isSameAs(graph.nodes().get(0));
    assertThat(graph.end()).isSameAs(graph.nodes().get(4));
    assertThat(graph).hasToString("function graph 'w', 5 nodes, 4 edges");
    Operation.Run run = (Operation.Run) graph.nodes().get(2).operation();
    assertThat(run.input()).isEqualTo(new Input.Flow(new Value(0, 1)));
    assertThat(run.layout()).isNull();
    assertThat(graph.end().operation())
        .isEqualTo(new Operation.End(new Input.Flow(new Value(0, 3)), false));
  }

  @Test
  void of_aParallel_forksFromBeforeAndJoins() {
    FunctionGraph graph = graph(
        t("a", 10),
        Parallel.untyped(List.of(t("b", 1), Sequence.untyped(List.of(t("c", 2), t("d", 4))))),
        t("e"));
    assertThat(nodes(graph))
        .containsExactly("#start:0", "a:10", "b:1", "c:2", "d:4", "#join-5:5", "e:0", "#end:0");
    assertThat(edges(graph))
        .containsExactly(
            "#start>a:0",
            "a>b:10",
            "a>c:10",
            "b>#join-5:1",
            "c>d:2",
            "d>#join-5:4",
            "#join-5>e:5",
            "e>#end:0");
    Operation.Join join = (Operation.Join) node(graph, "#join-5").operation();
    assertThat(join.branches()).containsExactly(new Value(0, 2), new Value(0, 4));
  }

  private static Switch.Case when(String condition, Step<?, ?> branch) {
    return new Switch.Case(new Switch.Holds(Condition.condition(condition)), branch);
  }

  @Test
  void of_aSwitch_choosesAndMerges() {
    FunctionGraph graph = graph(
        t("a", 10),
        Switch.untyped(List.of(when("a.x", t("b", 1)), when("INPUT.y", t("c", 5))), t("d", 2)),
        t("e"));
    assertThat(nodes(graph))
        .containsExactly(
            "#start:0", "a:10", "#switch-2:0", "b:1", "c:5", "d:2", "#merge-6:5", "e:0", "#end:0");
    assertThat(edges(graph))
        .containsExactly(
            "#start>a:0",
            "#start>#switch-2:0 data",
            "a>#switch-2:10",
            "a>b:10 data",
            "a>c:10 data",
            "a>d:10 data",
            "#switch-2>b:0[0]",
            "#switch-2>c:0[1]",
            "#switch-2>d:0[2]",
            "b>#merge-6:1",
            "c>#merge-6:5",
            "d>#merge-6:2",
            "#merge-6>e:5",
            "e>#end:0");
    Operation.Choose choose = (Operation.Choose) node(graph, "#switch-2").operation();
    assertThat(choose.tests()).hasSize(2);
    assertThat(choose.rest()).isEqualTo(2);
    Operation.Merge merge = (Operation.Merge) node(graph, "#merge-6").operation();
    assertThat(merge.candidates())
        .containsExactly(new Value(0, 3), new Value(0, 4), new Value(0, 5));
    assertThat(merge.optional()).isFalse();
  }

  @Test
  void of_aSwitchWithoutOtherwise_letsTheInputThrough() {
    FunctionGraph graph =
        graph(t("a", 10), Switch.untyped(List.of(when("INPUT.x", t("b", 1))), null), t("c"));
    assertThat(edges(graph))
        .containsExactly(
            "#start>a:0",
            "#start>#switch-2:0 data",
            "a>#switch-2:0",
            "a>b:10 data",
            "a>#merge-4:10 data",
            "#switch-2>b:0[0]",
            "#switch-2>#merge-4:0[1]",
            "b>#merge-4:1",
            "#merge-4>c:1",
            "c>#end:0");
  }

  @Test
  void of_aSwitchOnAValue_carriesItToTheSwitch() {
    Task<String, String> b = task("b", s -> s);
    FunctionGraph graph = FunctionGraph.of(Workflow.<String>builder("w")
        .sequence(Task.<String, String>task("a", s -> s).expectedOutputBytes(10))
        .switchOn(s -> s, s -> s.when("x", b).orEmpty())
        .build());
    assertThat(edges(graph))
        .containsExactly(
            "#start>a:0",
            "a>#switch-2:10",
            "a>b:10 data",
            "#switch-2>b:0[0]",
            "#switch-2>#merge-4:0[1]",
            "b>#merge-4:0",
            "#merge-4>#end:0");
    assertThat(((Operation.Merge) node(graph, "#merge-4").operation()).optional())
        .isTrue();
  }

  @Test
  void of_aForeach_isOneNodeWithAGraphOfItsOwn() {
    Task<Object, Object> b =
        t("b", 3).resources(new Resources(1, 10, 1)).expectedRuntime(Duration.ofMillis(5));
    Task<Object, Object> c =
        t("c", 7).resources(new Resources(2, 20, 0)).expectedRuntime(Duration.ofMillis(6));
    FunctionGraph graph = graph(
        t("a", 10),
        Foreach.untyped(new Foreach.Flow(), b.then(c)).concurrency(4).expectedInstances(9),
        t("d"));
    assertThat(nodes(graph)).containsExactly("#start:0", "a:10", "#foreach-2:7", "d:0", "#end:0");
    assertThat(edges(graph))
        .containsExactly("#start>a:0", "a>#foreach-2:10", "#foreach-2>d:7", "d>#end:0");
    Node loopNode = node(graph, "#foreach-2");
    Operation.Loop loop = (Operation.Loop) loopNode.operation();
    assertThat(loop.concurrency()).isEqualTo(4);
    assertThat(loop.expectedInstances()).isEqualTo(9);
    assertThat(loop.zipped()).isFalse();
    assertThat(nodes(loop.body())).containsExactly("#start:0", "b:3", "c:7", "#end:0");
    assertThat(edges(loop.body())).containsExactly("#start>b:0", "b>c:3", "c>#end:7");
    assertThat(loopNode.resources()).isEqualTo(new Resources(3, 30, 1));
    assertThat(loopNode.runtime()).isEqualTo(Duration.ofMillis(11));
    assertThat(FunctionGraph.tasksOf(loopNode)).containsExactly("b", "c");
  }

  @Test
  void of_aForeachOverOneTask_hasThatTasksName() {
    FunctionGraph graph = graph(Foreach.untyped(new Foreach.Flow(), t("b", 3)), t("c"));
    assertThat(nodes(graph)).containsExactly("#start:0", "b:3", "c:0", "#end:0");
    assertThat(edges(graph)).containsExactly("#start>b:0", "b>c:3", "c>#end:0");
  }

  @Test
  void of_readsFromInsideOfAForeach_areThoseOfItsNode() {
    Task<Object, Object> inner = t("inner")
        .inputs(Map.of(
            "a", Binding.from("a.x"),
            "item", Binding.from("ITEM^1"),
            "run", Binding.from("INPUT.z")));
    FunctionGraph graph = graph(
        t("a", 10),
        t("b", 20),
        Foreach.untyped(
            new Foreach.Flow(), Foreach.untyped(new Foreach.Flow(), inner).then(t("last"))));
    assertThat(edges(graph))
        .containsExactly(
            "#start>a:0",
            "#start>#foreach-3:0 data",
            "a>b:10",
            "a>#foreach-3:10 data",
            "b>#foreach-3:20",
            "#foreach-3>#end:0");
    FunctionGraph outer = ((Operation.Loop) node(graph, "#foreach-3").operation()).body();
    assertThat(edges(outer)).containsExactly("#start>inner:0", "inner>last:0", "last>#end:0");
    FunctionGraph body = ((Operation.Loop) node(outer, "inner").operation()).body();
    Operation.Run run = (Operation.Run) node(body, "inner").operation();
    assertThat(values(run.input()))
        .containsExactlyInAnyOrder(new Value(2, 1), new Value(1, 0), new Value(2, 0));
  }

  private static List<Value> values(Input input) {
    List<Value> values = new ArrayList<>();
    for (Input.Entry entry : ((Input.Named) input).entries()) {
      ((Input.FirstOf) entry.source()).candidates().forEach(one -> values.add(one.value()));
    }
    return values;
  }

  @Test
  void of_aForeachsEndReadByName_isTheForeach() {
    FunctionGraph graph = graph(
        Foreach.untyped(new Foreach.Flow(), t("a").then(t("b", 5))),
        t("c"),
        t("d").inputs(Map.of("all", Binding.from("b[*].x"))));
    assertThat(edges(graph))
        .containsExactly(
            "#start>#foreach-1:0", "#foreach-1>c:5", "#foreach-1>d:5 data", "c>d:0", "d>#end:0");
  }

  private static Dag.Node dagNode(Step<?, ?> step, String name, String... next) {
    return new Dag.Node(name, step, new Dag.All(List.of(next)));
  }

  @Test
  void of_aDag_hasItsEdgesAndJoinsItsLeaves() {
    Dag dag = Dag.of(List.of(
        dagNode(t("d", 8), "d"),
        dagNode(t("a", 1), "a", "b", "c"),
        dagNode(t("b", 2), "b", "d"),
        dagNode(t("c", 4), "c", "d", "e"),
        dagNode(t("e", 16), "e")));
    FunctionGraph graph = graph(t("z", 32), dag);
    assertThat(nodes(graph))
        .containsExactly(
            "#start:0", "z:32", "a:1", "b:2", "c:4", "d:8", "e:16", "#join-7:24", "#end:0");
    assertThat(edges(graph))
        .containsExactly(
            "#start>z:0",
            "z>a:32",
            "z>#join-7:0",
            "a>b:1",
            "a>c:1",
            "b>d:2",
            "c>d:4",
            "c>e:4",
            "d>#join-7:8",
            "e>#join-7:16",
            "#join-7>#end:24");
  }

  @Test
  void of_aDagWithASwitch_marksItsEdgesAndNeedsNoJoinForWhatIsNotRead() {
    Task<Object, Object> d = t("d").inputs(Map.of("x", Binding.from("a.x")));
    Dag dag = Dag.of(List.of(
        new Dag.Node(
            "a",
            t("a", 1),
            new Dag.FirstMatch(List.of(
                new Dag.Choice(Optional.of(Condition.condition("INPUT.x")), "b"),
                new Dag.Choice(Optional.of(Condition.condition("a.y")), "d"),
                new Dag.Choice(Optional.empty(), "b")))),
        dagNode(t("b", 2), "b", "d"),
        dagNode(d, "d")));
    FunctionGraph graph = graph(dag);
    assertThat(nodes(graph))
        .containsExactly("#start:0", "a:1", "#switch-2:0", "b:2", "d:0", "#join-5:0", "#end:0");
    assertThat(edges(graph))
        .containsExactly(
            "#start>a:0",
            "#start>#switch-2:0 data",
            "#start>#join-5:0",
            "a>#switch-2:1",
            "a>b:1 data",
            "a>d:1 data",
            "#switch-2>b:0[0, 2]",
            "#switch-2>d:0[1]",
            "b>d:0",
            "d>#join-5:0",
            "#join-5>#end:0");
  }

  @Test
  void of_readsInADag_areDataEdges() {
    FunctionGraph graph = graph(Dag.of(List.of(
        dagNode(t("a").inputs(Map.of("x", Binding.from("b.x"))), "a"), dagNode(t("b", 5), "b"))));
    assertThat(edges(graph))
        .containsExactly(
            "#start>b:0",
            "#start>a:0",
            "#start>#join-3:0",
            "b>a:5 data",
            "b>#join-3:5",
            "a>#join-3:0",
            "#join-3>#end:5");
  }

  // Bytes.

  @Test
  void bytes_ofNamedOutputs_areOnlyThoseThatAreRead() {
    Map<String, OptionalLong> outputs = new LinkedHashMap<>();
    outputs.put("x", OptionalLong.of(1));
    outputs.put("y", OptionalLong.of(10));
    outputs.put("z", OptionalLong.of(100));
    outputs.put("u", OptionalLong.empty());
    Task<Object, Object> a = Task.untyped(t("a").outputs(outputs));
    Map<String, Binding> twice = new LinkedHashMap<>();
    twice.put("p", Binding.from("a.x"));
    twice.put("q", Binding.from("a.x.deeper"));
    twice.put("r", Binding.firstOf(List.of(DataRef.output("a", "y"), DataRef.output("a", "u"))));
    FunctionGraph graph = graph(
        a,
        t("b"),
        t("one").inputs(Map.of("p", Binding.from("a.z[0]"))),
        t("some").inputs(twice),
        t("unknown").inputs(Map.of("p", Binding.from("a.other"))),
        t("whole").inputs(Map.of("p", Binding.from("a"), "q", Binding.from("a.x"))),
        t("none").inputs(Map.of("p", Binding.constant(1))));
    assertThat(edges(graph).stream().filter(edge -> edge.startsWith("a>")))
        .containsExactly(
            "a>b:111",
            "a>one:100 data",
            "a>some:11 data",
            "a>unknown:111 data",
            "a>whole:111 data");
  }

  @Test
  void bytes_ofTheWorkflowsInputs_areThoseThatAreRead() {
    FunctionGraph graph = FunctionGraph.of(Workflow.builder("w")
        .sequence(Sequence.untyped(
            List.of(t("a").inputs(Map.of("p", Binding.from("INPUT.photo"))), t("b"))))
        .inputs(Map.of("photo", OptionalLong.of(500), "text", OptionalLong.of(20)))
        .outputs(Map.of("r", Binding.from("a"), "s", Binding.from("INPUT.text")))
        .build());
    assertThat(nodes(graph)).containsExactly("#start:520", "a:0", "b:0", "#end:0");
    assertThat(edges(graph))
        .containsExactly(
            "#start>a:500", "#start>#end:20 data", "a>b:0", "a>#end:0 data", "b>#end:0");
    assertThat(((Operation.End) graph.end().operation()).lenient()).isTrue();
  }

  @Test
  void bytes_resourcesAndRuntimes_tooLarge_doNotOverflow() {
    Task<Object, Object> huge = t("a", Long.MAX_VALUE)
        .resources(new Resources(Resources.MAX_CPUS, Long.MAX_VALUE, Integer.MAX_VALUE))
        .expectedRuntime(Duration.ofSeconds(Long.MAX_VALUE));
    FunctionGraph graph = graph(Foreach.untyped(
        new Foreach.Flow(),
        Parallel.untyped(
            List.of(huge, huge.as("b"), huge.as("c"), huge.as("d").then(huge.as("e"))))));
    Node node = node(graph, "#foreach-1");
    assertThat(node.resources())
        .isEqualTo(new Resources(Resources.MAX_CPUS, Long.MAX_VALUE, Integer.MAX_VALUE));
    assertThat(node.runtime()).isEqualTo(Duration.ofNanos(Long.MAX_VALUE));
    assertThat(node.outputBytes()).isEqualTo(Long.MAX_VALUE);
    Map<String, OptionalLong> inputs = new LinkedHashMap<>();
    inputs.put("a", OptionalLong.of(Long.MAX_VALUE));
    inputs.put("b", OptionalLong.of(Long.MAX_VALUE));
    Map<String, Binding> both = Map.of("a", Binding.from("INPUT.a"), "b", Binding.from("INPUT.b"));
    FunctionGraph named = FunctionGraph.of(
        Workflow.builder("w").sequence(t("a").inputs(both)).inputs(inputs).build());
    assertThat(named.start().outputBytes()).isEqualTo(Long.MAX_VALUE);
    assertThat(named.edges().get(0).bytes()).isEqualTo(Long.MAX_VALUE);
  }

  // Lists that cannot be changed.

  @Test
  void lists_ofAGraph_cannotBeChanged() {
    FunctionGraph graph = graph(t("a"), t("b"));
    Node a = node(graph, "a");
    Edge other = graph.edges().get(0);
    for (List<Edge> edges : List.of(graph.edges(), graph.incoming(a), graph.outgoing(a))) {
      assertThatThrownBy(() -> edges.set(0, other))
          .isInstanceOf(UnsupportedOperationException.class);
      assertThatThrownBy(() -> edges.remove(0)).isInstanceOf(UnsupportedOperationException.class);
    }
    assertThatThrownBy(() -> graph.nodes().clear())
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> graph.asGraph().removeVertex(a))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  // Random workflows.

  private static List<FunctionGraph> withBodies(FunctionGraph graph) {
    List<FunctionGraph> all = new ArrayList<>(List.of(graph));
    for (Node node : graph.nodes()) {
      if (node.operation() instanceof Operation.Loop loop) {
        all.addAll(withBodies(loop.body()));
      }
    }
    return all;
  }

  private static boolean leavesByChoice(Operation operation) {
    return operation instanceof Operation.Choose
        || (operation instanceof Operation.Run run && run.hasFallback());
  }

  private static void tasks(Step<?, ?> step, Set<String> names) {
    if (step instanceof Task<?, ?> task) {
      names.add(task.name());
    } else if (step instanceof Sequence<?, ?> sequence) {
      sequence.steps().forEach(one -> tasks(one, names));
    } else if (step instanceof Parallel<?> parallel) {
      parallel.branches().forEach(one -> tasks(one, names));
    } else if (step instanceof Switch<?, ?> choice) {
      choice.branches().forEach(one -> tasks(one, names));
    } else if (step instanceof Foreach<?, ?> foreach) {
      tasks(foreach.body(), names);
    } else if (step instanceof Dag dag) {
      dag.steps().forEach(one -> tasks(one, names));
    } else if (step instanceof Fallback<?, ?> fallback) {
      names.add(fallback.task().name());
      tasks(fallback.otherwise(), names);
    }
  }

  @Test
  void of_randomWorkflows_isAGraphThatHoldsTogether() {
    int loops = 0;
    for (long seed = 0; seed < 2_000; seed++) {
      Workflow<?, ?> workflow = RandomWorkflows.workflow(seed);
      FunctionGraph graph = FunctionGraph.of(workflow);
      Set<String> tasks = new HashSet<>();
      tasks(workflow.body(), tasks);
      assertThat(graph.nodeByTask().keySet()).isEqualTo(tasks);
      List<FunctionGraph> all = withBodies(graph);
      loops += all.size() - 1;
      all.forEach(FunctionGraphTest::assertHoldsTogether);
    }
    assertThat(loops).isGreaterThan(500);
  }

  private static void assertHoldsTogether(FunctionGraph graph) {
    int n = graph.nodes().size();
    assertThat(graph.start().operation()).isInstanceOf(Operation.Start.class);
    assertThat(graph.end().operation()).isInstanceOf(Operation.End.class);
    Set<List<Integer>> pairs = new HashSet<>();
    int lastFrom = 0;
    for (Edge edge : graph.edges()) {
      int from = edge.from().id();
      int to = edge.to().id();
      assertThat(from).as("%s", edge).isLessThan(to).isGreaterThanOrEqualTo(lastFrom);
      assertThat(pairs.add(List.of(from, to))).as("%s is there twice", edge).isTrue();
      assertThat(edge.bytes()).isNotNegative();
      assertThat(graph.outgoing(edge.from())).contains(edge);
      assertThat(graph.incoming(edge.to())).contains(edge);
      if (!edge.choices().isEmpty()) {
        assertThat(edge.control()).isTrue();
        assertThat(edge.from().operation()).matches(FunctionGraphTest::leavesByChoice);
        assertThat(edge.choices()).isSorted().doesNotHaveDuplicates();
        int rest = edge.from().operation() instanceof Operation.Choose choose
            ? choose.rest()
            : Operation.Run.FAILED;
        assertThat(edge.choices()).allMatch(choice -> choice >= 0 && choice <= rest);
      } else if (edge.control()) {
        assertThat(edge.from().operation()).isNotInstanceOf(Operation.Choose.class);
      }
      lastFrom = from;
    }
    int incoming = 0;
    int outgoing = 0;
    for (int i = 0; i < n; i++) {
      Node node = graph.nodes().get(i);
      assertThat(node.id()).isEqualTo(i);
      incoming += graph.incoming(node).size();
      outgoing += graph.outgoing(node).size();
      assertThat(graph.incoming(node)).allMatch(edge -> edge.to().equals(node));
      assertThat(graph.outgoing(node)).allMatch(edge -> edge.from().equals(node));
      // Everything but the start is made to run by something, and the end waits for everything.
      assertThat(graph.incoming(node).stream().anyMatch(Edge::control)).isEqualTo(i > 0);
      assertThat(graph.outgoing(node).isEmpty())
          .as("nothing waits for %s in %s", node, graph)
          .isEqualTo(i == n - 1);
      // What a node reads in this graph has an edge.
      for (Value value : read(node.operation())) {
        if (value.level() == 0) {
          assertThat(pairs).contains(List.of(value.node(), i));
        }
      }
    }
    assertThat(incoming).isEqualTo(graph.edges().size());
    assertThat(outgoing).isEqualTo(graph.edges().size());

    Graph<Node, Edge> same = graph.asGraph();
    assertThat(new CycleDetector<>(same).detectCycles()).isFalse();
    assertThat(same.vertexSet()).containsExactlyElementsOf(graph.nodes());
    assertThat(same.edgeSet()).containsExactlyInAnyOrderElementsOf(graph.edges());
    for (Edge edge : graph.edges()) {
      assertThat(same.getEdgeSource(edge)).isSameAs(edge.from());
      assertThat(same.getEdgeTarget(edge)).isSameAs(edge.to());
    }
  }

  private static List<Value> read(Operation operation) {
    List<Value> values = new ArrayList<>();
    if (operation instanceof Operation.Run run) {
      read(run.input(), values);
      values.addAll(run.reads());
    } else if (operation instanceof Operation.End end) {
      read(end.result(), values);
    } else if (operation instanceof Operation.Join join) {
      values.addAll(join.branches());
    } else if (operation instanceof Operation.Merge merge) {
      values.addAll(merge.candidates());
    } else if (operation instanceof Operation.Loop loop) {
      read(loop.items(), values);
    } else if (operation instanceof Operation.Choose choose) {
      choose.tests().forEach(test -> test.sources().values().forEach(one -> read(one, values)));
    }
    return values;
  }

  private static void read(Input input, List<Value> values) {
    if (input instanceof Input.Flow flow) {
      values.add(flow.value());
    } else if (input instanceof Input.Gathered gathered) {
      values.addAll(gathered.values());
    } else if (input instanceof Input.Bound bound) {
      read(bound.source(), values);
    } else if (input instanceof Input.Named named) {
      named.entries().forEach(entry -> read(entry.source(), values));
    }
  }

  private static void read(Input.Source source, List<Value> values) {
    if (source instanceof Input.FirstOf first) {
      first.candidates().forEach(one -> values.add(one.value()));
    }
  }

  @Test
  void of_equalWorkflows_areTheSameGraph() {
    for (long seed = 0; seed < 300; seed++) {
      FunctionGraph one = FunctionGraph.of(RandomWorkflows.workflow(seed));
      FunctionGraph other = FunctionGraph.of(RandomWorkflows.workflow(seed));
      assertThat(nodes(other)).isEqualTo(nodes(one));
      assertThat(edges(other)).isEqualTo(edges(one));
    }
  }

  // Size. What is measured is 0.05 to 0.7 s; the limits are for slow machines.

  private static final int MANY = 100_000;
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private static Workflow<?, ?> chain(int length) {
    List<Step<?, ?>> steps = new ArrayList<>();
    steps.add(t("t0", 1));
    for (int i = 1; i < length; i++) {
      steps.add(t("t" + i, 1).inputs(Map.of("x", Binding.from("t" + i / 2))));
    }
    return Workflow.builder("w").sequence(Sequence.untyped(steps)).build();
  }

  private static Workflow<?, ?> fanOut(int width) {
    List<Step<?, ?>> steps = new ArrayList<>();
    for (int i = 0; i < width; i++) {
      steps.add(t("t" + i, 1));
    }
    return Workflow.builder("w").sequence(Parallel.untyped(steps)).build();
  }

  private static Workflow<?, ?> dag(int size) {
    List<Dag.Node> nodes = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      List<String> next = i + 2 < size ? List.of("t" + (i + 1), "t" + (i + 2)) : List.of();
      nodes.add(new Dag.Node("t" + i, t("t" + i, 1), new Dag.All(next)));
    }
    return Workflow.builder("w").sequence(Dag.of(nodes)).build();
  }

  @Test
  void of_aHundredThousandTasks_isQuick() {
    assertQuick(chain(MANY), MANY + 2);
    assertQuick(fanOut(MANY), MANY + 3);
    assertQuick(dag(MANY), MANY + 3);
  }

  private static void assertQuick(Workflow<?, ?> workflow, int atLeast) {
    Duration compiling = CpuTime.of(
        LIMIT,
        () -> assertThat(FunctionGraph.of(workflow).nodes()).hasSizeGreaterThanOrEqualTo(atLeast));
    assertThat(compiling).isLessThan(LIMIT);
    FunctionGraph graph = FunctionGraph.of(workflow);
    Duration using = CpuTime.of(LIMIT, () -> {
      assertThat(CriticalPath.of(graph, node -> 1, Edge::bytes).nodes()).isNotEmpty();
      assertThat(graph.asGraph().edgeSet()).hasSameSizeAs(graph.edges());
      assertThat(graph.nodeByTask()).hasSize(MANY);
    });
    assertThat(using).isLessThan(LIMIT);
  }

  @Test
  void edges_ofLargerWorkflows_growWithTheirSizeOnly() {
    for (int size : List.of(100, 1_000, 10_000)) {
      assertThat(FunctionGraph.of(chain(size)).edges()).hasSizeLessThanOrEqualTo(2 * size + 1);
      assertThat(FunctionGraph.of(fanOut(size)).edges()).hasSize(2 * size + 1);
      assertThat(FunctionGraph.of(dag(size)).edges()).hasSizeLessThanOrEqualTo(4 * size);
    }
  }

  @Test
  void withEstimates_keepsAllButTheEstimates() {
    FunctionGraph graph = graph(t("a", 5), t("b", 7), t("c"));
    FunctionGraph other = graph.withEstimates(
        node -> Duration.ofMillis(node.id()), node -> 10L + node.id(), edge -> edge.bytes() * 2);
    assertThat(other.name()).isEqualTo(graph.name());
    assertThat(other.nodes().stream().map(Node::outputBytes))
        .containsExactly(10L, 11L, 12L, 13L, 14L);
    for (Node node : graph.nodes()) {
      Node same = other.nodes().get(node.id());
      assertThat(same).isNotEqualTo(node);
      assertThat(same.id()).isEqualTo(node.id());
      assertThat(same.name()).isEqualTo(node.name());
      assertThat(same.operation()).isSameAs(node.operation());
      assertThat(same.resources()).isEqualTo(node.resources());
      assertThat(same.runtime()).isEqualTo(Duration.ofMillis(node.id()));
      assertThat(other.outgoing(same)).allMatch(edge -> edge.from().equals(same));
      assertThat(other.incoming(same)).allMatch(edge -> edge.to().equals(same));
    }
    for (int i = 0; i < graph.edges().size(); i++) {
      Edge edge = graph.edges().get(i);
      Edge same = other.edges().get(i);
      assertThat(same).hasToString(edge.toString());
      assertThat(same.control()).isEqualTo(edge.control());
      assertThat(same.data()).isEqualTo(edge.data());
      assertThat(same.bytes()).isEqualTo(edge.bytes() * 2);
    }
    assertThatThrownBy(() -> graph.withEstimates(Node::runtime, node -> -1, Edge::bytes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'#start'");
    assertThatThrownBy(() -> graph.withEstimates(Node::runtime, Node::outputBytes, edge -> -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'#start -> a'");
  }
}
