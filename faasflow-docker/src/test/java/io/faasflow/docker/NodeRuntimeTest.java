package io.faasflow.docker;

import static io.faasflow.docker.Calls.call;
import static io.faasflow.docker.Calls.node;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.container.ContainerDiedException;
import io.faasflow.container.ContainerFunctionException;
import io.faasflow.container.ContainerImage;
import io.faasflow.container.ContainerStartException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** JavaScript source of the workflow, in the image {@code faasflow/node}. */
@NeedsEngine
@Timeout(120)
class NodeRuntimeTest {
  private DockerBackend backend;

  @BeforeEach
  void build(@TempDir Path folder) {
    backend = DockerBackend.builder().folder(folder).build();
  }

  @AfterEach
  void close() {
    backend.close();
  }

  @Test
  void source_runsAsAWorkflow() {
    ContainerImage image = node("""
        function main(order) {
          console.log('pricing', order.item);
          return { price: order.count * 3 };
        }
        """);
    assertThat(Calls.run(backend, image, Map.of("item", "book", "count", 14)))
        .isEqualTo(Map.of("price", 42));
  }

  @Test
  void values_ofEveryKindOfJson_travelBothWays() throws Exception {
    ContainerImage echo = node("const main = (value) => value;");
    for (Object value : Arrays.asList(
        Map.of("a", List.of(1, 2.5, "x", true)),
        List.of(),
        Map.of(),
        "text",
        7,
        1.5,
        false,
        null,
        9_876_543_210L,
        "ä\u0000\uD83D\uDE00",
        "x".repeat(2_000_000),
        Map.of("value", 1))) {
      assertThat(call(backend, echo, value)).isEqualTo(value);
    }
    assertThat(backend.counts().get(0).started()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "function f(x) { return 'f' + x; }",
        "const f = (x) => 'f' + x",
        "async function f(x) { await null; return 'f' + x; }",
        "exports.f = (x) => 'f' + x; // the last line may be a comment",
        "module.exports = { f: (x) => require('node:util').format('f%d', x) };"
      })
  void function_ofTheImagesName_isFound(String source) throws Exception {
    assertThat(call(backend, node(source).withMain("f"), 1)).isEqualTo("f1");
  }

  @Test
  void nothing_isGivenAsNull() throws Exception {
    assertThat(call(backend, node("function main() {}"), 1)).isNull();
  }

  @Test
  void objects_thatAreNoneInJson_areGivenAsTheyAre() throws Exception {
    assertThat(call(backend, node("const main = () => new Date(0)"), 1))
        .isEqualTo("1970-01-01T00:00:00.000Z");
    assertThat(call(backend, node("const main = () => ({ toJSON() {} })"), 1)).isNull();
  }

  @Test
  void environment_andRun_areThere() throws Exception {
    ContainerImage image = node("""
        const main = () => [process.env.COLOUR, process.env.__OW_TASK, process.getuid()];
        """).withEnvironment(Map.of("COLOUR", "blue"));
    assertThat(call(backend, image, 1)).isEqualTo(List.of("blue", "contained", 65534));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "const main = (x) => { console.log('about to fail'); throw new RangeError('no ' + x); }",
        "const main = async (x) => { console.log('about to fail'); throw new RangeError('no ' + x); }"
      })
  void function_thatThrows_isReportedWithItsLog(String source) throws Exception {
    for (int i = 1; i <= 2; i++) {
      int input = i;
      assertThatThrownBy(() -> call(backend, node(source), input))
          .isInstanceOf(ContainerFunctionException.class)
          .hasMessageContainingAll("image 'faasflow/node'", "RangeError: no " + i)
          .satisfies(e -> assertThat(((ContainerFunctionException) e).log())
              .contains("about to fail", "at main (action.js:1", "no " + input)
              .doesNotContain("XXX_THE_END"));
    }
    assertThat(backend.counts().get(0).started())
        .as("its container is in order")
        .isEqualTo(1);
  }

  @Test
  void start_ofSourceThatIsWrong_hasTheRuntimesWords() {
    assertThatThrownBy(() -> call(backend, node("function main( {"), 1))
        .isInstanceOf(ContainerStartException.class)
        .hasMessageContainingAll("refused the function with status 502", "SyntaxError");
    assertThatThrownBy(() -> call(backend, node("function other() {}"), 1))
        .isInstanceOf(ContainerStartException.class)
        .hasMessageContaining("The code has no function 'main'");
    assertThatThrownBy(() -> call(backend, node("let a = 1").withMain("f);("), 1))
        .isInstanceOf(ContainerStartException.class)
        .hasMessageContaining("'f);(' is no name of a function");
  }

  @Test
  void process_thatEndsDuringACall_isReported() {
    assertThatThrownBy(() -> call(backend, node("const main = () => process.exit(3)"), 1))
        .isInstanceOfSatisfying(
            ContainerDiedException.class, e -> assertThat(e.exitCode()).hasValue(3));
  }
}
