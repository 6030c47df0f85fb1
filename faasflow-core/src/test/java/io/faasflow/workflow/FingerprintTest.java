package io.faasflow.workflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.function.Resources;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class FingerprintTest {
  private static final String FIXED =
      "a69deb445a105be3f047dd98f249fe05d100e13f7e302e1178e6f9c591937906";

  /** A case of a switch may hold any value; this one has a body, and so a class of its own. */
  enum Colour {
    RED,
    BLUE {
      @Override
      public String toString() {
        return "blue " + System.identityHashCode(this);
      }
    }
  }

  /** Every attribute that a definition has, so that each can be changed alone. */
  private static final class Definition {
    String name = "order";
    String version = "1";
    Map<String, OptionalLong> workflowInputs = sizes("user", 10, "items", -1);
    Map<String, Binding> workflowOutputs = Map.of("total", Binding.from("sum.total"));
    String task = "sum";
    String function = "sum-all";
    boolean pass;
    Map<String, Binding> inputs =
        Map.of("a", Binding.from("INPUT.user"), "b", Binding.constant(List.of(1, 2.5, "x")));
    Map<String, OptionalLong> outputs = sizes("total", 8, "count", 4);
    double cpus = 0.5;
    long memory = 1 << 20;
    int slots = 1;
    Duration runtime = Duration.ofMillis(20);
    long bytes = 100;
    boolean optionalRead;
    String readTask = "sum";
    String condition = "INPUT.user == 'me'";
    Map<String, Binding> where = Map.of();
    Object constant = "red";
    boolean otherwise = true;
    String collection = "INPUT.items";
    int concurrency = 4;
    int instances = 9;
    List<String> next = List.of("y", "z");
    String choice = "z";
    String edgeCondition = "x > 1";
    List<String> branches = List.of("left", "right");

    static Map<String, OptionalLong> sizes(Object... pairs) {
      Map<String, OptionalLong> sizes = new LinkedHashMap<>();
      for (int i = 0; i < pairs.length; i += 2) {
        int size = (int) pairs[i + 1];
        sizes.put((String) pairs[i], size < 0 ? OptionalLong.empty() : OptionalLong.of(size));
      }
      return sizes;
    }

    Workflow<Object, ?> workflow() {
      Task<Object, Object> sum = pass ? Task.pass(task) : Task.named(task);
      sum = Task.untyped(sum.function(function)
          .inputs(inputs)
          .outputs(outputs)
          .resources(new Resources(cpus, memory, slots))
          .expectedRuntime(runtime)
          .expectedOutputBytes(bytes));
      Task<Object, Object> first = Task.pass("first");
      Task<?, ?> read = readTask.equals("sum") ? sum : first;
      Task.Reading reading = optionalRead ? Task.readingOptional(read) : Task.reading(read);
      Switch.Case held = new Switch.Case(
          new Switch.Holds(Condition.condition(condition, where)), Task.pass("held"));
      Switch.Case equal = new Switch.Case(new Switch.Equal(constant), Task.pass("equal"));
      Foreach<Object, Object> foreach = Foreach.untyped(
              Foreach.Zipped.single(Binding.from(collection)), Task.named("each"))
          .concurrency(concurrency)
          .expectedInstances(instances);
      Dag dag = Dag.of(List.of(
          new Dag.Node("x", Task.pass("x"), new Dag.All(next)),
          new Dag.Node(
              "y",
              Task.pass("y"),
              new Dag.FirstMatch(List.of(
                  new Dag.Choice(Optional.of(Condition.condition(edgeCondition)), choice)))),
          DagTest.node("z"),
          DagTest.node("u")));
      List<Step<?, ?>> steps = new ArrayList<>();
      steps.add(first);
      steps.add(sum);
      steps.add(reading.task("report", (in, outputs) -> in));
      steps.add(Parallel.untyped(branches.stream().map(one -> Task.pass(one)).toList()));
      steps.add(Switch.untyped(List.of(held, equal), otherwise ? Task.pass("rest") : null));
      steps.add(foreach);
      steps.add(dag);
      return Workflow.builder(name)
          .version(version)
          .sequence(Sequence.untyped(steps))
          .inputs(workflowInputs)
          .outputs(workflowOutputs)
          .build();
    }
  }

  private static String of(Consumer<Definition> change) {
    Definition definition = new Definition();
    change.accept(definition);
    return definition.workflow().fingerprint();
  }

  @Test
  void fingerprint_ofAFixedDefinition_isAConstant() {
    // Computed once. If this fails, hosts of two versions no longer agree on what they run: give
    // the digest's first text another number, and say so in the change log.
    assertThat(new Definition().workflow().fingerprint()).isEqualTo(FIXED);
  }

  /** Prints the fingerprint; for the test below. */
  static final class Print {
    public static void main(String[] args) {
      System.out.print(new Definition().workflow().fingerprint());
    }
  }

  @Test
  void fingerprint_inAnotherJvm_isTheSame() throws IOException, InterruptedException {
    // Maps made by Map.of() have another order in each JVM.
    for (int i = 0; i < 2; i++) {
      Process java = new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-cp",
              System.getProperty("java.class.path"),
              Print.class.getName())
          .redirectError(ProcessBuilder.Redirect.INHERIT)
          .start();
      try {
        String printed = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(java.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(printed).isEqualTo(FIXED);
      } finally {
        java.destroyForcibly();
      }
    }
  }

  @Test
  void fingerprint_anyAttributeChanged_isAnother() {
    Map<String, Consumer<Definition>> changes = new LinkedHashMap<>();
    changes.put("nothing", d -> {});
    changes.put("name", d -> d.name = "order2");
    changes.put("version", d -> d.version = "2");
    changes.put("name and version swapped", d -> {
      d.name = "1";
      d.version = "order";
    });
    changes.put("input name", d -> d.workflowInputs = Definition.sizes("user", 10, "item", -1));
    changes.put("input size", d -> d.workflowInputs = Definition.sizes("user", 11, "items", -1));
    changes.put("input size 0", d -> d.workflowInputs = Definition.sizes("user", 10, "items", 0));
    changes.put("output name", d -> d.workflowOutputs = Map.of("x", Binding.from("sum.total")));
    changes.put("output source", d -> d.workflowOutputs = Map.of("total", Binding.from("sum")));
    changes.put("outputs gone", d -> d.workflowOutputs = Map.of());
    changes.put(
        "output optional",
        d -> d.workflowOutputs = Map.of("total", Binding.from("sum.total").orNull()));
    changes.put("function", d -> d.function = "sum");
    changes.put("code", d -> d.pass = true);
    changes.put("inputs gone", d -> d.inputs = Map.of());
    changes.put("constant int", d -> d.inputs = constant(List.of(2, 2.5, "x")));
    changes.put("constant double", d -> d.inputs = constant(List.of(1, 2.25, "x")));
    changes.put("constant text", d -> d.inputs = constant(List.of(1, 2.5, "y")));
    changes.put("constant text for a number", d -> d.inputs = constant(List.of("1", 2.5, "x")));
    changes.put("constant double for an int", d -> d.inputs = constant(List.of(1.0, 2.5, "x")));
    changes.put("constant nested", d -> d.inputs = constant(List.of(1, List.of(2.5, "x"))));
    changes.put("constant map", d -> d.inputs = constant(Map.of("k", 1)));
    changes.put("constant map key", d -> d.inputs = constant(Map.of("l", 1)));
    changes.put("constant null", d -> d.inputs = constant(null));
    changes.put("constant text null", d -> d.inputs = constant("null"));
    changes.put("constant true", d -> d.inputs = constant(true));
    changes.put("constant unpaired surrogate", d -> d.inputs = constant("\ud800"));
    changes.put("constant other surrogate", d -> d.inputs = constant("\udbff"));
    changes.put("constant question mark", d -> d.inputs = constant("?"));
    changes.put("outputs of the task", d -> d.outputs = Definition.sizes("total", 8));
    changes.put("cpus", d -> d.cpus = 0.25);
    changes.put("memory", d -> d.memory = 1 << 21);
    changes.put("slots", d -> d.slots = 2);
    changes.put("runtime", d -> d.runtime = Duration.ofMillis(21));
    changes.put("bytes", d -> d.bytes = 101);
    changes.put("optional read", d -> d.optionalRead = true);
    changes.put("read task", d -> d.readTask = "first");
    changes.put("condition", d -> d.condition = "INPUT.user == 'you'");
    changes.put(
        "condition where", d -> d.where = Map.of("INPUT.user", Binding.from("INPUT.other")));
    changes.put("case", d -> d.constant = "blue");
    changes.put("case of another type", d -> d.constant = Colour.RED);
    changes.put("case of another constant", d -> d.constant = Colour.BLUE);
    changes.put("case of a number", d -> d.constant = 1);
    changes.put("case of a long", d -> d.constant = 1L);
    changes.put("case of a double", d -> d.constant = 1.5);
    changes.put("case of a float", d -> d.constant = 1.5f);
    changes.put("otherwise", d -> d.otherwise = false);
    changes.put("collection", d -> d.collection = "INPUT.others");
    changes.put("concurrency", d -> d.concurrency = 5);
    changes.put("instances", d -> d.instances = 10);
    changes.put("edges", d -> d.next = List.of("z", "y"));
    changes.put("fewer edges", d -> d.next = List.of("y"));
    changes.put("choice", d -> d.choice = "u");
    changes.put("condition of an edge", d -> d.edgeCondition = "x > 2");
    changes.put("branches", d -> d.branches = List.of("right", "left"));
    changes.put("fewer branches", d -> d.branches = List.of("left"));
    Map<String, String> seen = new LinkedHashMap<>();
    changes.forEach((what, change) -> {
      String same = seen.put(of(change), what);
      assertThat(same).as("what has the same fingerprint as '%s'", what).isNull();
    });
  }

  private static Map<String, Binding> constant(Object value) {
    return Map.of("a", Binding.from("INPUT.user"), "b", Binding.constant(value));
  }

  @Test
  void fingerprint_equalDefinitions_areEqual() {
    Workflow<?, ?> one = new Definition().workflow();
    assertThat(one.fingerprint())
        .isEqualTo(new Definition().workflow().fingerprint())
        .matches("[0-9a-f]{64}");
    for (long seed = 0; seed < 200; seed++) {
      Workflow<?, ?> a = RandomWorkflows.workflow(seed);
      Workflow<?, ?> b = RandomWorkflows.workflow(seed);
      assertThat(a).isEqualTo(b).hasSameHashCodeAs(b);
      assertThat(a.fingerprint()).isEqualTo(b.fingerprint());
    }
  }

  @Test
  void fingerprint_equalMapsInAnotherOrder_isTheSame() {
    Definition forward = new Definition();
    Definition backward = new Definition();
    forward.workflowInputs = Definition.sizes("a", 1, "b", 2);
    backward.workflowInputs = Definition.sizes("b", 2, "a", 1);
    forward.outputs = Definition.sizes("a", 1, "b", 2);
    backward.outputs = Definition.sizes("b", 2, "a", 1);
    forward.inputs = inOrder("a", "b");
    backward.inputs = inOrder("b", "a");
    forward.workflowOutputs = inOrder("p", "q");
    backward.workflowOutputs = inOrder("q", "p");
    assertThat(forward.workflow().body().steps().get(1))
        .isEqualTo(backward.workflow().body().steps().get(1));
    assertThat(forward.workflow().fingerprint()).isEqualTo(backward.workflow().fingerprint());
  }

  private static Map<String, Binding> inOrder(String... names) {
    Map<String, Binding> bindings = new LinkedHashMap<>();
    for (String name : names) {
      bindings.put(name, Binding.constant(Definition.sizes(name, 1).keySet().toString()));
    }
    return bindings;
  }

  @Test
  void fingerprint_doublesThatReleasesOfJavaPrintDifferently_isAConstant() {
    // 2e23 prints as 2.0E23 since Java 19, and as 1.9999999999999998E23 before.
    assertThat(of(d -> d.inputs = constant(Double.parseDouble("2e23"))))
        .isEqualTo("542382b4541f1c0d8db10b92ba9592e6f124e0b088089d65a415bbb97a0a8fa8");
    assertThat(of(d -> d.constant = Double.parseDouble("2e23")))
        .isEqualTo("d681c084f2d2c22dbcdd60b19132886d2809283c3190488d6a3da1ab7241fa9a");
  }

  @Test
  void fingerprint_codeOfALambda_doesNotCount() {
    Workflow<String, Integer> one =
        Workflow.<String>builder("w").sequence(Task.task("a", String::length)).build();
    Workflow<String, Integer> other =
        Workflow.<String>builder("w").sequence(Task.task("a", (String s) -> 0)).build();
    assertThat(one).isNotEqualTo(other);
    assertThat(one.fingerprint()).isEqualTo(other.fingerprint());
  }

  @Test
  void fingerprint_sameTasksNestedDifferently_isAnother() {
    Task<Object, Object> a = Task.pass("a");
    Task<Object, Object> b = Task.pass("b");
    Task<Object, Object> c = Task.pass("c");
    List<Step<Object, ?>> shapes = List.of(
        a.then(b).then(c),
        Parallel.of(a, b, c),
        Parallel.of(a.then(b), c),
        Parallel.of(a, b.then(c)),
        Parallel.of(a, Parallel.of(b, c)),
        Parallel.of(Parallel.of(a, b), c),
        Parallel.of(a.then(b).then(c)));
    assertThat(shapes.stream()
            .map(step -> Workflow.builder("w").sequence(step).build().fingerprint())
            .toList())
        .doesNotHaveDuplicates();
  }
}
