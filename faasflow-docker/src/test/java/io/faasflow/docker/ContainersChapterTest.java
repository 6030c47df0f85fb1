package io.faasflow.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.FaasFlow;
import io.faasflow.store.Blob;
import io.faasflow.workflow.Workflow;
import io.faasflow.workflow.yaml.WorkflowReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The workflows with source in the guide's chapter do what they say. */
@NeedsEngine
class ContainersChapterTest {
  private static final Path CHAPTER = Path.of("..", "src-docs", "containers.md");
  private static final Blob PICTURE = Blob.of("image/x-portable-pixmap", new byte[1 << 20]);
  private static final Pattern YAML =
      Pattern.compile("^```yaml\\R(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL);

  @Test
  @SuppressWarnings({"unchecked", "rawtypes"}) // their inputs are lists, or bytes
  void workflows_withSource_run(@TempDir Path folder) throws Exception {
    Map<String, Object> outputs = new HashMap<>();
    Matcher block = YAML.matcher(Files.readString(CHAPTER));
    try (DockerBackend backend = DockerBackend.builder().folder(folder).build();
        FaasFlow flow = FaasFlow.builder().containers(backend).build()) {
      while (block.find()) {
        Workflow workflow = WorkflowReader.create().readText(block.group(1), "the chapter");
        if (block.group(1).contains("source:")) {
          Object input = workflow.name().equals("thumbnails") ? PICTURE : List.of(1, 2, 6);
          outputs.put(workflow.name(), flow.run(workflow, input));
        }
      }
    }
    assertThat(outputs).containsOnlyKeys("mean", "thumbnails", "greet");
    Blob small = (Blob) ((Map<?, ?>) outputs.get("thumbnails")).get("small");
    assertThat(small.contentType()).isEqualTo(PICTURE.contentType());
    assertThat(small.length()).isEqualTo(PICTURE.length() / 2);
    assertThat(outputs.get("mean")).isEqualTo(Map.of("mean", 3));
    assertThat((List<String>) outputs.get("greet"))
        .hasSize(3)
        .first()
        .asString()
        .startsWith("Hello 1, from ");
  }
}
