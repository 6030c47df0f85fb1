package io.faasflow.workflow;

import static io.faasflow.workflow.DagTest.chooser;
import static io.faasflow.workflow.DagTest.node;
import static io.faasflow.workflow.DagTest.reader;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.faasflow.CpuTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class ValidationTest {
  private static final Condition X = Condition.condition("INPUT.x");

  // What a definition is made of.

  private static Task<Object, Object> t(String name) {
    return Task.named(name);
  }

  private static Task<Object, Object> reads(String name, String reference) {
    return t(name).inputs(Map.of("x", Binding.from(reference)));
  }

  private static Task<Object, Object> readsOptional(String name, String reference) {
    return t(name).inputs(Map.of("x", Binding.from(reference).orNull()));
  }

  private static Task<Object, Object> by(Task<?, ?> handle, String name) {
    return Task.reading(handle).task(name, (in, read) -> in);
  }

  private static Task<Object, Object> byOptional(Task<?, ?> handle, String name) {
    return Task.readingOptional(handle).task(name, (in, read) -> in);
  }

  private static Step<?, ?> seq(Step<?, ?>... steps) {
    return Sequence.untyped(List.of(steps));
  }

  private static Step<?, ?> par(Step<?, ?>... branches) {
    return Parallel.untyped(List.of(branches));
  }

  private static Step<?, ?> when(Step<?, ?> branch, Step<?, ?> otherwise) {
    return Switch.untyped(List.of(new Switch.Case(new Switch.Holds(X), branch)), otherwise);
  }

  private static Step<?, ?> each(Step<?, ?> body) {
    return Foreach.untyped(Foreach.Zipped.single(Binding.from("INPUT.items")), body);
  }

  private static WorkflowBuilder<Object, Object> builder(Step<?, ?>... steps) {
    return Workflow.builder("w").sequence(Sequence.untyped(List.of(steps)));
  }

  private static List<Problem> problems(WorkflowBuilder<?, ?> builder) {
    InvalidWorkflowException e =
        catchThrowableOfType(InvalidWorkflowException.class, builder::build);
    assertThat(e).as("the workflow is valid").isNotNull();
    assertThat(e.problems()).isNotEmpty();
    for (Problem problem : e.problems()) {
      assertThat(problem.message()).isNotBlank().doesNotEndWith(".").contains(problem.subject());
      assertThat(problem.cure()).isNotBlank();
      if (e.problems().size() <= 20) {
        assertThat(e).hasMessageContaining(problem.toString());
      }
    }
    return e.problems();
  }

  private static Problem problem(Step<?, ?>... steps) {
    List<Problem> all = problems(builder(steps));
    assertThat(all).hasSize(1);
    return all.get(0);
  }

  private static void valid(Step<?, ?>... steps) {
    assertThat(builder(steps).build()).isNotNull();
  }

  private static void assertProblem(
      Problem problem, String subject, String place, String message, String cure) {
    assertThat(problem.subject()).isEqualTo(subject);
    assertThat(problem.place()).isEqualTo(place);
    assertThat(problem.message()).contains(message);
    assertThat(problem.cure()).contains(cure);
    assertThat(problem)
        .hasToString((place.isEmpty() ? "" : "in " + place + ": ")
            + problem.message()
            + ". "
            + problem.cure());
  }

  // The whole.

  @Test
  void build_nothingAtAll_reportsTheName() {
    List<Problem> all = problems(Workflow.builder(" ").version(""));
    assertThat(all).hasSize(3);
    assertProblem(all.get(0), "", "", "name is empty", "name");
    assertProblem(all.get(1), "", "", "version is empty", "Leave it out");
    assertProblem(all.get(2), "", "", "no steps", "at least one task");
  }

  @Test
  void build_negativeSizeOfAnInput_namesIt() {
    WorkflowBuilder<Object, Object> builder =
        builder(t("a")).inputs(Map.of("photo", OptionalLong.of(-5)));
    assertProblem(
        problems(builder).get(0), "", "", "input 'photo' has a negative size -5", "0 or more");
  }

  @Test
  void build_resultFromNowhere_namesIt() {
    List<Problem> all =
        problems(builder(t("a")).outputs(Map.of("total", Binding.from("gone.total"))));
    assertThat(all).hasSize(1);
    assertProblem(
        all.get(0), "", "", "the result, input 'total' reads 'gone'", "Add a task of that name");
  }

  @Test
  void build_resultFromWhatMayBeSkipped_isFine() {
    assertThat(builder(when(t("a"), null))
            .outputs(Map.of("x", Binding.from("a.x")))
            .build())
        .isNotNull();
  }

  // Names.

  @Test
  void names_blank_areReportedByKind() {
    assertProblem(problem(t(" ")), "", "", "a task has an empty name", "every task");
    assertThat(problems(builder(Dag.of(List.of(node("", t("a")))))))
        .extracting(Problem::message)
        .contains("a node has an empty name");
  }

  @Test
  void names_twice_areReportedOnceEach() {
    assertProblem(
        problem(t("a"), par(t("b"), each(t("a")))), "a", "", "'a' is used twice", "as(\"...\")");
    assertThat(problems(builder(t("a"), t("a"), t("a")))).hasSize(2);
    Task<Object, Object> same = t("a");
    assertThat(problems(builder(same, same))).hasSize(1);
  }

  @Test
  void names_ofANodeAndItsTask_mayBeTheSame() {
    valid(Dag.of(
        List.of(node("a", t("a")), node("b", each(t("b"))), node("c", seq(t("x"), t("c"))))));
    assertProblem(
        problem(Dag.of(List.of(node("a", t("b")), node("b", t("c"))))),
        "b",
        "",
        "used twice",
        "as(");
    assertProblem(
        problem(Dag.of(List.of(node("a", seq(t("a"), t("b")))))), "a", "", "used twice", "as(");
  }

  @Test
  void names_veryLong_areReportedShortened() {
    valid(t("n".repeat(500)));
    Problem problem = problem(t("n".repeat(501)));
    assertThat(problem.subject()).isEqualTo("n".repeat(20) + "...");
    assertThat(problem.message()).contains("501 characters").hasSizeLessThan(100);
    assertThat(problem.cure()).contains("500");
  }

  @Test
  void names_anythingPrintable_areFine() {
    valid(t("#start"), t("a b"), t("INPUT"), t("ITEM"), t("日本"), t("\""), t("1"), t("and"));
  }

  // Limits.

  @Test
  void tasks_nonsenseLimits_areReported() {
    assertProblem(
        problem(t("a").function(" ")), "a", "", "task 'a' has an empty function name", "Name");
    assertProblem(
        problem(t("a").expectedRuntime(Duration.ofMillis(-1))),
        "a",
        "",
        "task 'a' has a negative expectedRuntime PT-0.001S",
        "0 or more");
    assertProblem(
        problem(t("a").expectedOutputBytes(-2)),
        "a",
        "",
        "task 'a' has a negative expectedOutputBytes -2",
        "0 or more");
    assertProblem(
        problem(t("a").outputs(Map.of("o", OptionalLong.of(-3)))),
        "a",
        "",
        "task 'a', output 'o' has a negative size -3",
        "0 or more");
    assertProblem(
        problem(t("a").outputs(Map.of("o", OptionalLong.of(3))).expectedOutputBytes(-2)),
        "a",
        "",
        "task 'a' has a negative expectedOutputBytes -2",
        "0 or more");
  }

  @Test
  void foreach_nonsenseLimits_areReported() {
    Foreach<Object, Object> foreach = Foreach.untyped(new Foreach.Flow(), t("a"));
    assertProblem(problem(foreach.concurrency(0)), "", "step 1", "a concurrency of 0", "1 or more");
    assertProblem(
        problem(t("b"), foreach.concurrency(-1)), "", "step 2", "a concurrency of -1", "no limit");
    assertProblem(
        problem(foreach.expectedInstances(-1)), "", "step 1", "expects -1 instances", "0 or more");
    valid(foreach.concurrency(1).expectedInstances(0));
    assertProblem(
        problem(Foreach.untyped(new Foreach.Zipped(Map.of()), t("a"))),
        "",
        "step 1",
        "nothing to go through",
        "Name its collection");
  }

  @Test
  void constructs_empty_areReportedWithTheirPlace() {
    Step<?, ?> empty = Sequence.untyped(List.of());
    assertProblem(problem(par()), "", "step 1", "a parallel is empty", "Add at least one step");
    assertProblem(
        problem(par(t("a"), empty)),
        "",
        "step 1 > parallel branch 2",
        "a sequence is empty",
        "remove it");
    assertProblem(problem(Dag.of(List.of())), "", "step 1", "a dag is empty", "Add");
    assertProblem(
        problem(t("a"), Switch.untyped(List.of(), t("b"))),
        "",
        "step 2",
        "a switch has no cases",
        "Add");
    assertProblem(
        problem(when(t("a"), empty)),
        "",
        "step 1 > switch otherwise",
        "a sequence is empty",
        "Add");
    assertProblem(
        problem(when(empty, t("a"))), "", "step 1 > switch case 1", "a sequence is empty", "Add");
    assertProblem(problem(each(empty)), "", "step 1 > foreach body", "a sequence is empty", "Add");
    assertProblem(
        problem(Dag.of(List.of(node("n", empty)))),
        "",
        "step 1 > dag node 'n'",
        "a sequence",
        "Add");
  }

  @Test
  void problems_several_areAllReported() {
    List<Problem> all = problems(Workflow.builder("")
        .sequence(Sequence.untyped(List.of(
            reads("a", "b"),
            t("a"),
            par(par(), each(reads("c", "ITEM^1"))),
            t("d").expectedOutputBytes(-1)))));
    assertThat(all)
        .extracting(Problem::message)
        .satisfiesExactly(
            m -> assertThat(m).contains("the workflow's name is empty"),
            m -> assertThat(m).contains("'a' is used twice"),
            m -> assertThat(m).contains("task 'a'").contains("reads 'b'"),
            m -> assertThat(m).contains("a parallel is empty"),
            m -> assertThat(m).contains("task 'c'").contains("ITEM^1"),
            m -> assertThat(m).contains("task 'd'").contains("negative"));
  }

  @Test
  void problems_veryMany_areLimited() {
    List<Step<?, ?>> steps = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      steps.add(reads("t" + i, "gone"));
    }
    WorkflowBuilder<Object, Object> builder = builder(steps.toArray(Step<?, ?>[]::new));
    assertThat(problems(builder)).hasSize(1_000);
    assertThatThrownBy(builder::build)
        .isInstanceOf(InvalidWorkflowException.class)
        .hasMessageContainingAll("Workflow 'w' cannot run", "'t0'", "'t19'", "and 980 more")
        .message()
        .doesNotContain("'t20'");
  }

  // Reads, each by name and by handle.

  @Test
  void read_earlierInTheSequence_isFine() {
    Task<Object, Object> a = t("a");
    valid(a, t("b"), by(a, "c"), reads("d", "a"), reads("e", "a.x[0].y"));
  }

  @Test
  void read_inAnEnclosingSequence_isFine() {
    Task<Object, Object> a = t("a");
    List<UnaryOperator<Step<?, ?>>> nests = List.of(
        inner -> each(inner),
        inner -> par(t("p"), inner),
        inner -> when(inner, null),
        inner -> when(t("q"), inner),
        inner -> Dag.of(List.of(node("n", inner))),
        inner -> each(par(t("p"), when(seq(t("q"), each(inner)), t("r")))));
    for (UnaryOperator<Step<?, ?>> nest : nests) {
      valid(a, nest.apply(by(a, "b")));
      valid(a, nest.apply(reads("b", "a.x")));
      valid(nest.apply(seq(a, t("m"), by(a, "b"))));
      valid(nest.apply(seq(a, t("m"), reads("b", "a.x"))));
    }
  }

  @Test
  void read_ofWhatIsNotThere_isRefused() {
    assertProblem(
        problem(reads("b", "gone.x")),
        "b",
        "",
        "task 'b', input 'x' reads 'gone', which is not in the workflow",
        "Add a task");
    assertProblem(
        problem(by(t("gone"), "b")),
        "b",
        "",
        "task 'b' reads 'gone', which is not in the workflow",
        "Add a task");
    assertProblem(
        problem(byOptional(t("gone"), "b")), "b", "", "which is not in the workflow", "Add a task");
    assertProblem(
        problem(readsOptional("b", "gone")), "b", "", "which is not in the workflow", "Add a task");
  }

  @Test
  void read_ofWhatComesLater_isRefused() {
    Task<Object, Object> later = t("later");
    for (Task<Object, Object> reader : List.of(
        reads("b", "later"), readsOptional("b", "later"), by(later, "b"), byOptional(later, "b"))) {
      assertProblem(
          problem(reader, later),
          "b",
          "",
          "reads 'later', which cannot have run before it",
          "earlier");
      assertProblem(
          problem(each(seq(t("m"), reader)), later),
          "b",
          "step 1 > foreach body",
          "reads 'later', which cannot have run before it",
          "earlier");
    }
    assertProblem(problem(reads("b", "b")), "b", "", "reads 'b', which cannot have run", "earlier");
  }

  @Test
  void read_ofWhatRunsAtTheSameTime_isRefused() {
    Task<Object, Object> a = t("a");
    for (Task<Object, Object> reader :
        List.of(reads("b", "a"), readsOptional("b", "a"), by(a, "b"), byOptional(a, "b"))) {
      assertProblem(
          problem(par(a, seq(t("m"), reader))),
          "b",
          "step 1 > parallel branch 2",
          "'a', which runs at the same time",
          "behind the parallel");
      assertProblem(
          problem(par(seq(t("m"), a), par(t("n"), each(seq(t("o"), reader))))),
          "b",
          "step 1 > parallel branch 2 > parallel branch 2 > foreach body",
          "'a', which runs at the same time",
          "behind the parallel");
      // An earlier branch cannot read a later one either.
      assertThat(problem(par(reader, a)).message()).contains("'a', which");
    }
    valid(par(a, t("m")), by(a, "b"), reads("c", "a"));
    valid(par(seq(a, by(a, "b"), reads("c", "a")), t("m")));
  }

  @Test
  void read_ofWhatMayBeSkipped_isRefusedUnlessOptional() {
    Task<Object, Object> a = t("a");
    List<Step<?, ?>> skippable = List.of(
        when(a, null),
        when(a, t("other")),
        when(t("other"), a),
        when(seq(t("m"), a, t("n")), t("other")),
        when(par(t("m"), a), null),
        when(when(a, t("m")), t("other")),
        par(t("m"), when(a, null)),
        when(Dag.of(List.of(node("n", a))), null),
        when(Dag.of(List.of(chooser("m", "INPUT.x", "n", "a"), node("n"), node("a", a))), null));
    for (Step<?, ?> step : skippable) {
      assertProblem(
          problem(step, reads("b", "a")),
          "b",
          "",
          "task 'b', input 'x' reads 'a', which is skipped when a switch",
          "optional");
      assertProblem(
          problem(step, by(a, "b")),
          "b",
          "",
          "task 'b' reads 'a', which is skipped when a switch",
          "readingOptional");
      valid(step, readsOptional("b", "a"));
      valid(step, byOptional(a, "b"));
      valid(
          step,
          t("b")
              .inputs(
                  Map.of("x", Binding.firstOf(List.of(DataRef.output("a"), DataRef.input("y"))))));
      valid(
          step,
          when(Task.pass("b"), null),
          Switch.untyped(
              List.of(new Switch.Case(new Switch.Holds(Condition.condition("a.x > 1")), t("c"))),
              null));
    }
  }

  @Test
  void read_withinOneBranchOfASwitch_isFine_acrossBranchesIsNot() {
    Task<Object, Object> a = t("a");
    valid(when(seq(a, by(a, "b"), reads("c", "a")), null));
    for (Task<Object, Object> reader :
        List.of(reads("b", "a"), readsOptional("b", "a"), by(a, "b"), byOptional(a, "b"))) {
      assertThat(problem(when(a, reader)).message()).contains("'a', which cannot have run before");
      assertThat(problem(when(reader, a)).message()).contains("'a', which cannot have run before");
    }
  }

  @Test
  void read_ofWhatRanInAForeach_isRefusedButForItsEnd() {
    Task<Object, Object> a = t("a");
    Task<Object, Object> end = t("end");
    for (Task<Object, Object> reader :
        List.of(reads("b", "a"), readsOptional("b", "a"), by(a, "b"), byOptional(a, "b"))) {
      assertProblem(
          problem(each(seq(a, end)), reader),
          "b",
          "",
          "'a', which runs inside of a foreach, once an instance",
          "after the foreach");
      assertProblem(
          problem(each(each(seq(par(a, t("m")), end))), reader),
          "b",
          "",
          "'a', which runs inside of a foreach",
          "after the foreach");
    }
    // By name, the end of the body stands for the list of its outputs; by handle, its type is
    // wrong.
    valid(each(seq(a, end)), reads("b", "end[*].x"));
    valid(each(each(end)), reads("b", "end[*][*].x"));
    assertProblem(
        problem(each(seq(a, end)), by(end, "b")),
        "b",
        "",
        "'end', which runs inside of a foreach",
        "after the foreach");
    // In the body, both ways.
    valid(each(seq(end, by(end, "b"), reads("c", "end"))));
    // In the outer body, the inner foreach is over.
    valid(each(seq(each(end), reads("b", "end[*]"))));
    assertThat(problem(each(seq(each(end), by(end, "b")))).message())
        .contains("inside of a foreach");
  }

  @Test
  void read_ofTheEndOfAForeachInASwitch_isSkippable() {
    assertThat(problem(when(each(t("a")), null), reads("b", "a")).message()).contains("is skipped");
    valid(when(each(t("a")), null), readsOptional("b", "a"));
  }

  @Test
  void read_byAHandleThatIsAnother_namesTheTrap() {
    Task<Object, Object> a = t("a");
    assertProblem(
        problem(a.expectedOutputBytes(5), by(a, "b")),
        "b",
        "",
        "by a handle that is not in the workflow, though one of that name is",
        "same one");
  }

  @Test
  void item_outsideOfAForeach_isRefused() {
    assertProblem(
        problem(reads("a", "ITEM.x")),
        "a",
        "",
        "task 'a', input 'x' reads 'ITEM.x' outside of any foreach",
        "Move it into a foreach");
    assertProblem(
        problem(each(reads("a", "ITEM^1"))),
        "a",
        "step 1 > foreach body".replace(" > foreach body", ""),
        "outside of so many foreach",
        "1 foreach");
    assertThat(problem(each(t("b")), reads("a", "ITEM")).message()).contains("outside of any");
    assertThat(problem(Foreach.untyped(Foreach.Zipped.single(Binding.from("ITEM")), t("a")))
            .message())
        .contains("a foreach")
        .contains("'ITEM' outside of any foreach");
    assertThat(problem(Switch.untyped(
                List.of(new Switch.Case(new Switch.Holds(Condition.condition("ITEM > 1")), t("a"))),
                null))
            .message())
        .contains("condition 'ITEM > 1'")
        .contains("'ITEM' outside of any foreach");
    valid(each(reads("a", "ITEM.x")));
    valid(each(each(seq(reads("a", "ITEM^1.x"), reads("b", "ITEM")))));
    valid(each(
        Foreach.untyped(Foreach.Zipped.single(Binding.from("ITEM.all")), reads("a", "ITEM^1"))));
  }

  @Test
  void conditions_readWhatIsNotThereOrNotYet_areRefused() {
    Step<?, ?> unknown = Switch.untyped(
        List.of(new Switch.Case(new Switch.Holds(Condition.condition("gone.x > 1")), t("a"))),
        null);
    assertProblem(
        problem(t("m"), unknown),
        "",
        "step 2",
        "a switch, condition 'gone.x > 1' reads 'gone', which is not",
        "Add a task");
    Step<?, ?> own = Switch.untyped(
        List.of(new Switch.Case(new Switch.Holds(Condition.condition("a.x > 1")), t("a"))), null);
    assertThat(problem(own).message()).contains("'a', which cannot have run before");
    Step<?, ?> unused = Switch.untyped(
        List.of(new Switch.Case(
            new Switch.Holds(
                Condition.condition("INPUT.x", Map.of("INPUT.y", Binding.constant(1)))),
            t("a"))),
        null);
    assertProblem(problem(unused), "", "step 1", "does not mention 'INPUT.y'", "Remove it");
  }

  // Dags.

  @Test
  void dag_wrongEdges_areReported() {
    assertProblem(
        problem(Dag.of(List.of(node("a", "gone")))),
        "a",
        "step 1",
        "node 'a' is followed by 'gone', which is not defined",
        "Define it");
    assertProblem(
        problem(Dag.of(List.of(node("a", "b", "b"), node("b")))),
        "a",
        "step 1",
        "node 'a' names a node twice in next [b, b]",
        "once");
    assertProblem(
        problem(Dag.of(List.of(new Dag.Node("a", t("a"), new Dag.FirstMatch(List.of()))))),
        "a",
        "step 1",
        "the switch of node 'a' has no cases",
        "Add a case");
    assertProblem(
        problem(Dag.of(List.of(chooser("a", "INPUT.x", "b", "gone"), node("b")))),
        "a",
        "step 1",
        "followed by 'gone'",
        "Define it");
    assertThat(problems(builder(Dag.of(List.of(node("a"), node("a"))))))
        .extracting(Problem::message)
        .contains("the name 'a' is used twice");
  }

  @Test
  void dag_cycle_isPrintedAsItsPath() {
    Problem edges =
        problem(Dag.of(List.of(node("zzz", "a"), node("a", "b"), node("b", "c"), node("c", "a"))));
    assertThat(edges.message())
        .containsAnyOf("a -> b -> c -> a", "b -> c -> a -> b", "c -> a -> b -> c")
        .doesNotContain("zzz");
    assertThat(edges.place()).isEqualTo("step 1");
    assertThat(edges.cure()).contains("Remove one of these edges or reads");
    assertThat(problem(Dag.of(List.of(node("a", "a")))).message()).contains(": a -> a");
    assertThat(problem(Dag.of(List.of(reader("a", "b"), reader("b", "a")))).message())
        .containsAnyOf("a -> b -> a", "b -> a -> b");
    assertThat(problem(Dag.of(List.of(reader("a", "b", "b"), node("b")))).message())
        .containsAnyOf("a -> b -> a", "b -> a -> b");
    assertThat(problem(Dag.of(List.of(chooser("a", "b.x", "b", "c"), node("b"), node("c"))))
            .message())
        .containsAnyOf("a -> b -> a", "b -> a -> b");
    // One that goes through the inside of nodes.
    assertThat(problem(Dag.of(List.of(
                node("p", seq(t("p1"), reads("p2", "q1"))),
                node("q", par(t("q1"), reads("q2", "p1"))))))
            .message())
        .containsAnyOf("p -> q -> p", "q -> p -> q");
  }

  @Test
  void dag_reads_makeOrderAndAreFine() {
    Task<Object, Object> b = t("b");
    valid(Dag.of(List.of(node("a", by(b, "a")), node("b", b))));
    valid(Dag.of(List.of(
        reader("a", "b"), node("b"), chooser("c", "a.x > b.x", "d", "e"), node("d"), node("e"))));
    valid(t("before"), Dag.of(List.of(reader("a", "before"))), reads("after", "a"));
    // Which nodes ran only the run can tell, where there is a switch: reads of all are allowed.
    valid(
        Dag.of(List.of(chooser("c", "INPUT.x", "d", "e"), node("d"), node("e"), reader("f", "d"))));
  }

  @Test
  void dag_conditionReadsWhatIsNotThere_isRefused() {
    assertProblem(
        problem(Dag.of(List.of(chooser("a", "gone.x", "b", "c"), node("b"), node("c")))),
        "a",
        "step 1",
        "node 'a', condition 'gone.x' reads 'gone', which is not in the workflow",
        "Add");
    assertThat(problem(Dag.of(List.of(
                new Dag.Node(
                    "a",
                    t("a"),
                    new Dag.FirstMatch(
                        List.of(new Dag.Choice(Optional.of(Condition.condition("ITEM")), "b")))),
                node("b"))))
            .message())
        .contains("'ITEM' outside of any foreach");
  }

  @Test
  void dag_readOfAPartThatIsOver_isAsOutside() {
    assertThat(problem(Dag.of(List.of(node("n", each(seq(t("a"), t("b")))), reader("r", "a"))))
            .message())
        .contains("'a', which runs inside of a foreach");
    valid(Dag.of(List.of(node("n", each(seq(t("a"), t("b")))), reader("r", "b"))));
    valid(Dag.of(List.of(node("n", each(t("a"))), reader("r", "n"))));
  }

  // Nesting.

  /** Every construct around a step; the number makes names unique. */
  private static Step<?, ?> wrap(int kind, Step<?, ?> inner, int number) {
    return switch (kind) {
      case 0 -> seq(t("s" + number), inner, t("e" + number));
      case 1 -> par(inner, t("p" + number));
      case 2 -> when(inner, t("o" + number));
      case 3 -> each(inner);
      default -> Dag.of(List.of(node("d" + number, "n" + number), node("n" + number, inner)));
    };
  }

  private static final List<String> PARTS =
      List.of("", "parallel branch 1", "switch case 1", "foreach body", "dag node 'n");

  @Test
  void nesting_everyConstructInEveryOtherFiveDeep_isFineAndItsProblemsArePlaced() {
    for (int shape = 0; shape < 5 * 5 * 5 * 5 * 5; shape++) {
      Step<?, ?> good = reads("inner", "first.x");
      Step<?, ?> bad = seq(reads("inner", "gone.x"), t("x"));
      int foreaches = 0;
      List<String> parts = new ArrayList<>();
      for (int level = 0, rest = shape; level < 5; level++, rest /= 5) {
        int kind = rest % 5;
        good = wrap(kind, good, level);
        bad = wrap(kind, bad, level);
        foreaches += kind == 3 ? 1 : 0;
        parts.add(kind == 4 ? PARTS.get(4) + level + "'" : PARTS.get(kind));
      }
      valid(t("first"), good);
      Problem problem = problem(t("first"), bad);
      assertThat(problem.subject()).isEqualTo("inner");
      String place = problem.place();
      // From the outside to the inside.
      int from = 0;
      for (int level = 4; level >= 0; level--) {
        int at = place.indexOf(parts.get(level), from);
        assertThat(at).as("%s in %s", parts.get(level), place).isNotNegative();
        from = at + parts.get(level).length();
      }
      assertThat(foreaches).isBetween(0, 5);
    }
  }

  @Test
  void nesting_toTheLimit_isFine_beyondIsRefusedWhereItIsMade() {
    for (int kind = 1; kind < 5; kind++) {
      Step<?, ?> step = t("inner");
      for (int level = 1; level < Step.MAX_DEPTH; level++) {
        step = wrap(kind, step, level);
      }
      assertThat(step.depth()).isEqualTo(Step.MAX_DEPTH - 1);
      valid(step); // the sequence around it is the last level
      Step<?, ?> deepest = wrap(kind, step, 1_000);
      assertThat(deepest.depth()).isEqualTo(Step.MAX_DEPTH);
      int more = kind;
      assertThatThrownBy(() -> wrap(more, deepest, 1_001))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("more than 200 deep", "Flatten");
      assertThatThrownBy(() -> seq(deepest, t("x")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("A sequence here");
    }
  }

  @Test
  void nesting_sequencesInSequences_areOne() {
    Step<?, ?> step = t("t0");
    for (int i = 1; i < 1_000; i++) {
      step = seq(step, t("t" + i));
    }
    assertThat(step.depth()).isEqualTo(1);
    assertThat(((Sequence<?, ?>) step).steps()).hasSize(1_000);
    valid(step);
  }

  // Size. The limits are far above what is measured (0.1 to 0.3 s), which is what must not grow.

  private static final int MANY = 100_000;

  @Test
  void size_aLongSequenceOfTasksThatRead_isChecked() {
    List<Step<?, ?>> steps = new ArrayList<>();
    steps.add(t("t0"));
    for (int i = 1; i < MANY; i++) {
      steps.add(reads("t" + i, "t" + i / 2));
    }
    assertQuick(steps);
  }

  @Test
  void size_manyBranches_areChecked() {
    List<Step<?, ?>> branches = new ArrayList<>();
    List<Switch.Case> cases = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      branches.add(t("p" + i));
      cases.add(new Switch.Case(new Switch.Equal(i), t("c" + i)));
    }
    assertQuick(List.of(Parallel.untyped(branches)));
    assertQuick(List.of(Switch.untyped(cases, null)));
  }

  @Test
  void size_manyNodes_areChecked() {
    List<Dag.Node> chain = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      chain.add(i + 1 < MANY ? reader("n" + i, "n" + i / 2 + "x", "n" + (i + 1)) : node("n" + i));
    }
    for (int i = 0; i < MANY; i++) {
      chain.set(i, i + 1 < MANY ? node("n" + i, "n" + (i + 1)) : node("n" + i));
    }
    assertQuick(List.of(Dag.of(chain)));
    chain.set(MANY - 1, node("n" + (MANY - 1), "n0"));
    assertThat(problem(Dag.of(chain)).message()).contains("n0 -> n1 -> n2").endsWith("n0");
  }

  @Test
  void size_deepAndWide_isChecked() {
    Step<?, ?> step = t("inner");
    int count = 0;
    for (int level = 1; level < Step.MAX_DEPTH; level++) {
      List<Step<?, ?>> branches = new ArrayList<>();
      branches.add(step);
      for (int i = 0; i < 500; i++) {
        branches.add(t("t" + count++));
      }
      step = Parallel.untyped(branches);
    }
    assertQuick(List.of(step));
  }

  private static void assertQuick(List<Step<?, ?>> steps) {
    WorkflowBuilder<Object, Object> builder = builder(steps.toArray(Step<?, ?>[]::new));
    Duration limit = Duration.ofSeconds(10);
    Duration took =
        CpuTime.of(limit, () -> assertThat(builder.build().fingerprint()).hasSize(64));
    assertThat(took).isLessThan(limit);
  }

  @Test
  void problem_null_isRefused() {
    assertThatThrownBy(() -> new Problem(null, "", "", ""))
        .isInstanceOf(NullPointerException.class);
    assertThat(new InvalidWorkflowException("w", List.of(new Problem("a", "", "m", "c"))))
        .hasMessage("Workflow 'w' cannot run:\n  - m. c");
    Map<String, Binding> order = new LinkedHashMap<>();
    assertThat(builder(t("a")).outputs(order).build().outputs()).contains(Map.of());
  }
}
