package io.faasflow.workflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DagTest {
  static Dag.Node node(String name, String... next) {
    return new Dag.Node(name, Task.named(name), new Dag.All(List.of(next)));
  }

  static Dag.Node node(String name, Step<?, ?> step, String... next) {
    return new Dag.Node(name, step, new Dag.All(List.of(next)));
  }

  static Dag.Node reader(String name, String read, String... next) {
    return new Dag.Node(
        name,
        Task.named(name).inputs(Map.of("x", Binding.from(DataRef.output(read)))),
        new Dag.All(List.of(next)));
  }

  static Dag.Node chooser(String name, String condition, String then, String otherwise) {
    return new Dag.Node(
        name,
        Task.named(name),
        new Dag.FirstMatch(List.of(
            new Dag.Choice(Optional.of(Condition.condition(condition)), then),
            new Dag.Choice(Optional.empty(), otherwise))));
  }

  private static List<String> order(Dag dag) {
    return dag.inOrder().stream().map(Dag.Node::name).toList();
  }

  @Test
  void inOrder_edges_comeBeforeWhatTheyLeadTo() {
    Dag dag = Dag.of(List.of(node("d"), node("b", "d"), node("c", "d"), node("a", "b", "c")));
    assertThat(order(dag)).containsExactly("a", "b", "c", "d");
    assertThat(dag.nodes()).extracting(Dag.Node::name).containsExactly("d", "b", "c", "a");
    assertThat(dag.cycle()).isEmpty();
  }

  @Test
  void inOrder_amongNodesThatCouldComeNext_theFirstGivenIsFirst() {
    assertThat(order(Dag.of(List.of(node("z"), node("y"), node("x")))))
        .containsExactly("z", "y", "x");
  }

  @Test
  void inOrder_reads_areWaitedForLikeEdges() {
    Dag dag = Dag.of(List.of(reader("a", "c"), node("b"), node("c")));
    assertThat(order(dag)).containsExactly("b", "c", "a");
    assertThat(dag.readEdges()).isEqualTo(Map.of("a", Set.of("c")));
  }

  @Test
  void inOrder_conditionsOfASwitch_waitForWhatTheyRead() {
    Dag dag =
        Dag.of(List.of(chooser("a", "other.x > 1", "b", "c"), node("b"), node("c"), node("other")));
    assertThat(order(dag)).containsExactly("other", "a", "b", "c");
    assertThat(dag.readEdges()).isEqualTo(Map.of("a", Set.of("other")));
  }

  @Test
  void inOrder_aConditionThatReadsItsOwnNode_isNoCycle() {
    Dag dag = Dag.of(List.of(chooser("a", "a.x > 1", "b", "c"), node("b"), node("c")));
    assertThat(order(dag)).containsExactly("a", "b", "c");
    assertThat(dag.readEdges()).isEmpty();
  }

  @Test
  void inOrder_aReadInsideOfOneNode_isNoEdge() {
    Step<Object, Object> inner =
        Task.named("x").then(Task.named("y").inputs(Map.of("", Binding.from("x"))));
    Dag dag = Dag.of(List.of(new Dag.Node("n", inner, new Dag.All(List.of()))));
    assertThat(dag.cycle()).isEmpty();
    assertThat(dag.readEdges()).isEmpty();
  }

  @Test
  void inOrder_aReadOfAPartOfAnotherNode_waitsForThatNode() {
    Dag dag = Dag.of(List.of(
        reader("a", "inner"),
        new Dag.Node(
            "n",
            Task.named("first").then(Task.named("inner")).then(Task.named("last")),
            new Dag.All(List.of()))));
    assertThat(order(dag)).containsExactly("n", "a");
    assertThat(dag.readEdges()).isEqualTo(Map.of("a", Set.of("n")));
  }

  @Test
  void inOrder_handleReads_areWaitedFor() {
    Task<Object, Object> first = Task.named("first");
    Task<Object, Object> second = Task.reading(first).task("second", (in, read) -> read.get(first));
    Dag dag = Dag.of(List.of(
        new Dag.Node("second", second, new Dag.All(List.of())),
        new Dag.Node("first", first, new Dag.All(List.of()))));
    assertThat(order(dag)).containsExactly("first", "second");
  }

  @Test
  void cycle_ofEdges_isItsPathOnly() {
    Dag dag = Dag.of(List.of(
        node("in", "a"), node("a", "b"), node("b", "c"), node("c", "a", "out"), node("out")));
    assertThat(dag.cycle()).hasSize(4).startsWith(dag.cycle().get(3));
    assertThat(dag.cycle()).containsOnly("a", "b", "c");
    assertEdges(dag, dag.cycle());
    assertThatThrownBy(dag::inOrder)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(dag.cycle().toString());
  }

  @Test
  void cycle_ofReads_isFound() {
    assertThat(Dag.of(List.of(reader("a", "b"), reader("b", "a"))).cycle())
        .hasSize(3)
        .containsOnly("a", "b");
    assertThat(Dag.of(List.of(node("a", "b"), node("b"), reader("x", "y"), reader("y", "x")))
            .cycle())
        .hasSize(3)
        .containsOnly("x", "y");
  }

  @Test
  void cycle_ofAnEdgeAndARead_isFound() {
    assertThat(Dag.of(List.of(reader("a", "b", "b"), node("b"))).cycle())
        .hasSize(3)
        .containsOnly("a", "b");
  }

  @Test
  void cycle_ofAConditionThatReadsWhatFollows_isFound() {
    assertThat(Dag.of(List.of(chooser("a", "b.x > 1", "b", "c"), node("b"), node("c")))
            .cycle())
        .hasSize(3)
        .containsOnly("a", "b");
  }

  @Test
  void cycle_toItself_isFoundHoweverItIsMade() {
    assertThat(Dag.of(List.of(node("a", "a"))).cycle()).containsExactly("a", "a");
    assertThat(Dag.of(List.of(reader("a", "a"))).cycle()).containsExactly("a", "a");
    Dag ofAConstruct = Dag.of(List.of(new Dag.Node(
        "n",
        Task.named("x").then(Task.named("y").inputs(Map.of("", Binding.from("n")))),
        new Dag.All(List.of()))));
    assertThat(ofAConstruct.cycle()).containsExactly("n", "n");
  }

  @Test
  void cycle_inRandomGraphs_isTrueOrThereIsAnOrder() {
    Random random = new Random(3);
    int cyclic = 0;
    for (int round = 0; round < 3_000; round++) {
      int n = 1 + random.nextInt(8);
      List<Dag.Node> nodes = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        List<String> next = new ArrayList<>();
        for (int j = 0; j < n; j++) {
          if (random.nextInt(n + 1) == 0) {
            next.add("n" + j);
          }
        }
        String[] targets = next.toArray(String[]::new);
        nodes.add(
            random.nextInt(4) == 0
                ? reader("n" + i, "n" + random.nextInt(n), targets)
                : node("n" + i, targets));
      }
      Collections.shuffle(nodes, random);
      Dag dag = Dag.of(nodes);
      if (dag.cycle().isEmpty()) {
        assertOrder(dag);
      } else {
        cyclic++;
        assertThat(dag.cycle().get(0)).isEqualTo(dag.cycle().get(dag.cycle().size() - 1));
        assertThat(dag.cycle().subList(1, dag.cycle().size())).doesNotHaveDuplicates();
        assertEdges(dag, dag.cycle());
      }
    }
    assertThat(cyclic).isBetween(500, 2_900);
  }

  /** Each name of the path is followed, or read, by the next. */
  private static void assertEdges(Dag dag, List<String> path) {
    for (int i = 0; i + 1 < path.size(); i++) {
      String from = path.get(i);
      String to = path.get(i + 1);
      boolean edge = dag.nodes().stream()
              .anyMatch(one -> one.name().equals(from) && one.next().targets().contains(to))
          || dag.readEdges().getOrDefault(to, Set.of()).contains(from);
      assertThat(edge).as("%s to %s in %s", from, to, path).isTrue();
    }
  }

  private static void assertOrder(Dag dag) {
    List<String> order = order(dag);
    assertThat(order).hasSameSizeAs(dag.nodes()).doesNotHaveDuplicates();
    for (Dag.Node one : dag.nodes()) {
      for (String next : one.next().targets()) {
        assertThat(order.indexOf(one.name())).isLessThan(order.indexOf(next));
      }
    }
    dag.readEdges()
        .forEach((reader, sources) -> sources.forEach(
            source -> assertThat(order.indexOf(source)).isLessThan(order.indexOf(reader))));
  }

  @Test
  void targets_ofAFirstMatch_areNamedOnce() {
    assertThat(chooser("a", "x", "b", "b").next().targets()).containsExactly("b");
  }

  @Test
  void records_listsThatChange_stayAsTheyWere() {
    List<String> next = new ArrayList<>(List.of("b"));
    Dag.All all = new Dag.All(next);
    List<Dag.Node> nodes = new ArrayList<>(List.of(node("a")));
    Dag dag = Dag.of(nodes);
    next.clear();
    nodes.clear();
    assertThat(all.nodes()).containsExactly("b");
    assertThat(dag.nodes()).hasSize(1);
    assertThat(dag).hasToString("dag[a]").isEqualTo(Dag.of(List.of(node("a"))));
    assertThat(dag).isNotEqualTo(Dag.of(List.of(node("b"))));
    assertThat(dag.depth()).isEqualTo(1);
  }
}
