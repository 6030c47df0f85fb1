package io.faasflow.workflow.yaml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.container.ContainerImage;
import io.faasflow.container.ContainerProtocol;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ImageYamlTest {
  private static final ContainerImage FULL = ContainerImage.of("acme/b")
      .withProtocol(ContainerProtocol.LAMBDA)
      .withMain("handler")
      .withSource("def handler(x):\n  return x\n")
      .withEnvironment(Map.of("B", "2", "A", "true"))
      .withNetwork();

  private static Workflow<?, ?> workflow(ContainerImage image) {
    return Workflow.<Object>builder("w")
        .sequence(Task.<Object, Object>named("a").function("f").image(image))
        .build();
  }

  private static Task<?, ?> only(Workflow<?, ?> workflow) {
    return (Task<?, ?>) workflow.body().steps().get(0);
  }

  @Test
  void read_aName_isTheImage() {
    Workflow<?, ?> read = WorkflowReader.create().readText("""
            faasflow: 1
            name: w
            steps: [{task: a, image: "acme/a:1"}]
            """, "w.yaml");
    assertThat(only(read).image()).contains(ContainerImage.of("acme/a:1"));
  }

  @Test
  void written_images_areReadAgain() {
    for (ContainerImage image : new ContainerImage[] {
      FULL, ContainerImage.of("b"), ContainerImage.of("b").withNetwork()
    }) {
      Workflow<?, ?> workflow = workflow(image);
      String text = WorkflowWriter.create().write(workflow);
      Workflow<?, ?> read = WorkflowReader.create().readText(text, "w.yaml");
      assertThat(only(read)).as(text).isEqualTo(only(workflow));
      assertThat(read.fingerprint()).isEqualTo(workflow.fingerprint());
    }
  }

  @Test
  void fingerprint_ofImages_seesEveryDifference() {
    assertThat(new String[] {
          workflow(FULL).fingerprint(),
          workflow(ContainerImage.of("acme/b")).fingerprint(),
          workflow(FULL.withMain("other")).fingerprint(),
          workflow(FULL.withSource("other")).fingerprint(),
          workflow(FULL.withProtocol(ContainerProtocol.OPENWHISK)).fingerprint(),
          workflow(FULL.withEnvironment(Map.of())).fingerprint(),
          workflow(ContainerImage.of("acme/b").withNetwork()).fingerprint()
        })
        .doesNotHaveDuplicates();
  }

  @Test
  void read_whatIsWrong_isAllReported() {
    assertThatThrownBy(() -> WorkflowReader.create().readText("""
            faasflow: 1
            name: w
            steps:
              - {task: a, image: "a b"}
              - {task: b, image: {protocol: grpc, main: "", network: 1, more: 2}}
              - {task: c, image: {name: c, environment: {"A-B": x, C: 1}}}
              - {task: d, image: [x]}
              - {pass: e, image: e}
            """, "w.yaml"))
        .isInstanceOf(WorkflowFormatException.class)
        .hasMessageContainingAll(
            "'a b' is no name of an image",
            "there is no protocol 'grpc'",
            "Write one of openwhisk, lambda",
            "the key is missing",
            "the name is empty",
            "must be true or false",
            "'A-B' is no name of an environment variable",
            "must be a string, but is the number '1'",
            "the key is not known here");
  }

  @Test
  void image_ofATaskWithJavaCode_isRefused() {
    assertThatThrownBy(() -> Task.task("a", x -> x).image("b"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("Task 'a' has Java code", "Task.named(\"a\")");
    assertThatThrownBy(() -> Task.pass("a").image("b")).hasMessageContaining("passes data on");
  }
}
