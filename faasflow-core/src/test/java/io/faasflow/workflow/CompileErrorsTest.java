package io.faasflow.workflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pipelines whose types do not fit do not compile, and compile once the wrong line is right. */
class CompileErrorsTest {
  @TempDir
  static Path classes;

  private static final String HEAD = """
      import static io.faasflow.workflow.Condition.condition;
      import static io.faasflow.workflow.Task.task;
      import io.faasflow.*;
      import io.faasflow.workflow.*;
      import java.util.*;

      class Snippet {
        Task<String, Integer> length = task("length", String::length);
        Task<String, String> upper = task("upper", String::toUpperCase);
        Task<Integer, Integer> twice = task("twice", n -> 2 * n);
        Task<Integer, String> print = task("print", String::valueOf);
        Task<List<Integer>, Integer> sum = task("sum", List::size);
        Task<Map<String, Long>, String> table = task("table", Map::toString);
        Workflow<String, Integer> workflow =
            Workflow.<String>builder("w").sequence(length).build();

        void snippet(FaasFlow flow, Outputs outputs) throws Exception {
      """;
  private static final String TAIL = "\n  }\n}\n";

  /**
   * @param lines with {@code @} for the line that is wrong or right
   */
  private record Pipeline(String what, String lines, String wrong, String right) {
    String source(String line) {
      return HEAD + lines.replace("@", line) + TAIL;
    }

    long lineNumber() {
      return (HEAD + lines)
              .substring(0, HEAD.length() + lines.indexOf('@'))
              .chars()
              .filter(c -> c == '\n')
              .count()
          + 1;
    }

    @Override
    public String toString() {
      return what;
    }
  }

  static Stream<Pipeline> pipelines() {
    return Stream.of(
        new Pipeline(
            "a task that takes another type than the one before gives",
            """
            Workflow.<String>builder("w")
                .sequence(length)
                @
                .build();\
            """,
            ".sequence(upper)",
            ".sequence(twice)"),
        new Pipeline(
            "a first task that does not take the workflow's input",
            """
            Workflow.<String>builder("w")
                @
                .build();\
            """,
            ".sequence(twice)",
            ".sequence(length)"),
        new Pipeline("then, with a step of another type", """
            Sequence<String, String> both =
                length
                @;\
            """, ".then(upper)", ".then(print)"),
        new Pipeline(
            "a foreach body that takes another type than the items have",
            """
            Workflow.<List<String>>builder("w")
                @
                .build();\
            """,
            ".foreach(words -> words, twice)",
            ".foreach(words -> words, length)"),
        new Pipeline(
            "a foreach over what is no collection",
            """
            Workflow.<Integer>builder("w")
                @
                .build();\
            """,
            ".foreach(n -> n, twice)",
            ".foreach(n -> List.of(n), twice)"),
        new Pipeline(
            "a step that takes an item where it gets the list of a foreach",
            """
            Workflow.<List<String>>builder("w")
                .foreach(words -> words, length)
                @
                .build();\
            """,
            ".sequence(twice)",
            ".sequence(sum)"),
        new Pipeline(
            "a foreach with options, over items of another type",
            """
            Workflow.<List<String>>builder("w")
                @
                .build();\
            """,
            ".foreach(words -> words, twice, f -> f.concurrency(2))",
            ".foreach(words -> words, length, f -> f.concurrency(2))"),
        new Pipeline(
            "switch branches that give different types",
            """
            Switch<String, Integer> choice =
                Switch.<String, Boolean>on(String::isEmpty)
                .when(true, length)
                @;\
            """,
            ".otherwise(upper)",
            ".otherwise(length.as(\"other\"))"),
        new Pipeline(
            "a switch in the builder, whose branches give different types",
            """
            Workflow.<String>builder("w")
                .switchOn(String::isEmpty, s -> s.when(true, length)
                    @)
                .build();\
            """,
            ".otherwise(upper)",
            ".otherwise(length.as(\"other\"))"),
        new Pipeline(
            "a switch branch that takes another type",
            """
            Switch.<String, Boolean>on(String::isEmpty)
                @
                .otherwise(upper);\
            """,
            ".when(true, print)",
            ".when(true, upper.as(\"other\"))"),
        new Pipeline(
            "a case with a value of another type than the selector gives",
            """
            Switch.<String, Boolean>on(String::isEmpty)
                @
                .otherwise(upper);\
            """,
            ".when(\"yes\", upper.as(\"other\"))",
            ".when(true, upper.as(\"other\"))"),
        new Pipeline(
            "a step that takes what an optional switch may not give",
            """
            Workflow.<String>builder("w")
                .switchOn(String::isEmpty, s -> s.when(true, length).orEmpty())
                @
                .build();\
            """,
            ".sequence(twice)",
            ".sequence(Task.<Optional<Integer>, Integer>task(\"or\", n -> n.orElse(0)))"),
        new Pipeline(
            "a branch on a condition that takes another type",
            """
            Switch<String, String> choice =
                Switch.choose()
                .when(condition("INPUT.x"), upper)
                @
                .otherwise(upper.as("rest"));\
            """,
            ".when(condition(\"INPUT.y\"), print)",
            ".when(condition(\"INPUT.y\"), upper.as(\"y\"))"),
        new Pipeline(
            "a parallel branch that takes another type",
            """
            Workflow.<String>builder("w")
                @
                .build();\
            """,
            ".parallel(length, twice)",
            ".parallel(length, upper)"),
        new Pipeline(
            "a parallel step of its own with a branch that takes another type",
            """
            @\
            """,
            "Parallel<String> both = Parallel.<String>of(length, twice);",
            "Parallel<String> both = Parallel.<String>of(length, upper);"),
        new Pipeline(
            "a step that takes one output where it gets those of all branches",
            """
            Workflow.<String>builder("w")
                .parallel(length, upper)
                @
                .build();\
            """,
            ".sequence(twice)",
            ".sequence(Task.<Outputs, Integer>task(\"x\", all -> all.get(length)))"),
        new Pipeline(
            "run, with an input of another type",
            "@",
            "flow.run(workflow, 5);",
            "flow.run(workflow, \"5\");"),
        new Pipeline(
            "start, with an input of another type",
            "@",
            "flow.start(workflow, List.of());",
            "flow.start(workflow, \"x\");"),
        new Pipeline(
            "the result of run, assigned to another type",
            "@",
            "String result = flow.run(workflow, \"x\");",
            "Integer result = flow.run(workflow, \"x\");"),
        new Pipeline(
            "the result of await, assigned to another type",
            "@",
            "String result = flow.start(workflow, \"x\").await();",
            "int result = flow.start(workflow, \"x\").await();"),
        new Pipeline(
            "the result of a future, assigned to another type",
            "@",
            "String result = flow.start(workflow, \"x\").toFuture().get();",
            "Integer result = flow.start(workflow, \"x\").toFuture().get();"),
        new Pipeline(
            "a workflow that gives another type than it is said to",
            "@ Workflow.<String>builder(\"w\").sequence(length).build();",
            "Workflow<String, String> w =",
            "Workflow<String, Integer> w ="),
        new Pipeline(
            "a workflow that takes another type than it is said to",
            "@ Workflow.<String>builder(\"w\").sequence(length).build();",
            "Workflow<Integer, Integer> w =",
            "Workflow<String, Integer> w ="),
        new Pipeline(
            "an output, read by its handle as another type",
            "@",
            "String n = outputs.get(length);",
            "int n = outputs.get(length);"),
        new Pipeline(
            "an optional output, read by its handle as another type",
            "@",
            "Optional<Integer> n = outputs.find(upper);",
            "Optional<Integer> n = outputs.find(length);"),
        new Pipeline(
            "a task that reads a handle as another type",
            """
            Task<String, String> report = Task.reading(length)
                @;\
            """,
            ".task(\"report\", (in, read) -> read.get(length))",
            ".task(\"report\", (in, read) -> in + read.get(length))"),
        new Pipeline(
            "a function that gives another type than its task",
            "@",
            "Task<String, Integer> task = task(\"t\", s -> s.trim());",
            "Task<String, String> task = task(\"t\", s -> s.trim());"),
        new Pipeline(
            "a method reference that takes another type than its task",
            "@",
            "Task<Integer, Integer> task = task(\"t\", String::length);",
            "Task<String, Integer> task = task(\"t\", String::length);"),
        new Pipeline(
            "a pass that gives another type than it takes",
            "@",
            "Task<String, Integer> pass = Task.<String>pass(\"p\");",
            "Task<String, String> pass = Task.<String>pass(\"p\");"),
        new Pipeline(
            "the named result of a workflow, taken for its last step's output",
            """
            Map<String, Binding> named = Map.of("n", Binding.from("length"));
            @ Workflow.<String>builder("w").sequence(length).outputs(named).build();\
            """,
            "Workflow<String, Integer> w =",
            "Workflow<String, Map<String, Object>> w ="),
        new Pipeline(
            "a generic output whose argument is another",
            """
            Workflow.<Map<String, Integer>>builder("w")
                @
                .build();\
            """,
            ".sequence(table)",
            ".sequence(Task.<Map<String, Integer>, String>task(\"t\", Map::toString))"));
  }

  @ParameterizedTest
  @MethodSource("pipelines")
  void compile_wrongTypes_failsOnTheWrongLineOnly(Pipeline pipeline) {
    assertThat(compile(pipeline.source(pipeline.right()))).isEmpty();
    List<Diagnostic<?>> errors = compile(pipeline.source(pipeline.wrong()));
    assertThat(errors).isNotEmpty();
    for (Diagnostic<?> error : errors) {
      assertThat(error.getLineNumber()).as("%s", error).isEqualTo(pipeline.lineNumber());
      assertThat(error.getCode())
          .as("%s", error)
          .isIn(
              "compiler.err.prob.found.req", // incompatible types
              "compiler.err.cant.apply.symbol", // no method takes these types
              "compiler.err.cant.apply.symbols");
      assertThat(error.getMessage(Locale.ENGLISH))
          .containsAnyOf(
              "incompatible types",
              "cannot be converted",
              "incompatible bounds",
              "cannot be applied",
              "bad return type");
    }
  }

  private static List<Diagnostic<?>> compile(String source) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    assertThat(compiler).as("the tests need a JDK").isNotNull();
    DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
    JavaFileObject file =
        new SimpleJavaFileObject(URI.create("string:///Snippet.java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    boolean ok = compiler
        .getTask(
            null,
            null,
            diagnostics,
            List.of(
                "-proc:none",
                "-implicit:none",
                "--release",
                "17",
                "-d",
                classes.toString(),
                "-classpath",
                System.getProperty("java.class.path")),
            null,
            List.of(file))
        .call();
    List<Diagnostic<?>> errors = diagnostics.getDiagnostics().stream()
        .filter(one -> one.getKind() == Diagnostic.Kind.ERROR)
        .<Diagnostic<?>>map(one -> one)
        .toList();
    assertThat(errors.isEmpty()).isEqualTo(ok);
    return errors;
  }
}
