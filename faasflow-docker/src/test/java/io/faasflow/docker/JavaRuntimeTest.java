package io.faasflow.docker;

import static io.faasflow.docker.Calls.call;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.FaasFlow;
import io.faasflow.container.ContainerFunctionException;
import io.faasflow.container.ContainerImage;
import io.faasflow.container.ContainerStartException;
import io.faasflow.function.FunctionRegistry;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Java functions in containers of the project's own image. */
@NeedsEngine
@Timeout(120)
class JavaRuntimeTest {
  private DockerBackend backend;

  @BeforeEach
  void build() throws URISyntaxException {
    Path classes = Path.of(
        Functions.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    backend = DockerBackend.builder().classPath(List.of(classes)).build();
  }

  @AfterEach
  void close() {
    backend.close();
  }

  private static ContainerImage java(String main) {
    return ContainerImage.of("faasflow/java").withMain(main);
  }

  @Test
  void function_ofTheHostsClasses_givesTheSameInAContainer() {
    Workflow<String, String> workflow = Workflow.<String>builder("w")
        .sequence(Task.<String, String>named("reverse"))
        .build();
    Functions.Reverse reverse = new Functions.Reverse();
    try (FaasFlow inProcess = FaasFlow.builder()
            .functions(FunctionRegistry.builder().register("reverse", reverse).build())
            .build();
        FaasFlow inContainers = FaasFlow.builder()
            .containers(backend)
            .contained("reverse", java(Functions.Reverse.class.getName()))
            .build()) {
      assertThat(inProcess.run(workflow, "stressed")).isEqualTo("desserts");
      assertThat(inContainers.run(workflow, "stressed")).isEqualTo("desserts");
    }
    assertThat(backend.counts().get(0).calls()).isEqualTo(1);
  }

  @Test
  void staticMethod_isCalled() throws Exception {
    ContainerImage sum = java(Functions.class.getName() + "#sum");
    assertThat(call(backend, sum, Map.of("a", 20, "b", 22))).isEqualTo(Map.of("sum", 42));
    assertThat(call(backend, sum, Map.of("a", 1L << 40, "b", 0)))
        .isEqualTo(Map.of("sum", 1L << 40));
    assertThat(backend.counts().get(0).started()).isEqualTo(1);
  }

  @Test
  void context_isThatOfTheTask() throws Exception {
    assertThat(call(backend, java(Functions.Where.class.getName()), null))
        .isEqualTo(
            List.of(Calls.CONTEXT.runId().toString(), "w", "contained", "f", List.of(), 1, "w"));
  }

  @Test
  void exception_afterCallsThatDidNotFail_hasItsTrace() throws Exception {
    ContainerImage odd = java(Functions.class.getName() + "#odd");
    for (int failures = 0; failures < 5; failures++) {
      for (int i = 0; i < 3; i++) {
        call(backend, odd, 2 * i + 1);
      }
      int even = 100 * failures;
      assertThatThrownBy(() -> call(backend, odd, even))
          .isInstanceOfSatisfying(
              ContainerFunctionException.class,
              e -> assertThat(e.log()).contains(even + " is even", "docker.Functions.odd"));
    }
    assertThat(backend.counts().get(0).started()).isEqualTo(1);
  }

  @Test
  void exception_isReportedWithItsTrace() {
    assertThatThrownBy(() -> call(backend, java(Functions.class.getName() + "#fail"), "me"))
        .isInstanceOfSatisfying(
            ContainerFunctionException.class,
            e -> assertThat(e.log())
                .contains("asked to fail by me", "at io.faasflow.docker.Functions.fail")
                .doesNotContain("XXX_THE_END"))
        .hasMessageContaining("IllegalStateException: asked to fail by me");
  }

  @Test
  void error_isReported_andItsContainerUsedAgain() {
    String name = Functions.class.getName();
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> call(backend, java(name + "#failBadly"), "me"))
          .isInstanceOf(ContainerFunctionException.class)
          .hasMessageContaining("AssertionError: asked to fail badly by me");
    }
    assertThat(backend.counts().get(0).started()).isEqualTo(1);
  }

  @Test
  void numberThatJsonHasNot_isRefused() {
    assertThatThrownBy(() -> call(backend, java(Functions.class.getName() + "#noNumber"), 1))
        .isInstanceOf(ContainerFunctionException.class)
        .hasMessageContaining("NaN is no number in JSON");
  }

  @Test
  void loader_ofTheThread_isThatOfTheFunction() throws Exception {
    assertThat(call(backend, java(Functions.class.getName() + "#hasOwnLoader"), 1))
        .isEqualTo(true);
  }

  @Test
  void function_thatIsNotThere_isNamedAtTheStart() {
    for (String main : List.of(
        "no.such.Class",
        Functions.class.getName(),
        "java.lang.Object",
        Functions.class.getName() + "#absent")) {
      assertThatThrownBy(() -> call(backend, java(main), 1))
          .isInstanceOf(ContainerStartException.class)
          .hasMessageContainingAll("refused the function", main.replaceAll(".*#", ""));
    }
  }
}
