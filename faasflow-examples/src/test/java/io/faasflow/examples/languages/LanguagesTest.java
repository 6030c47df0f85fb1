package io.faasflow.examples.languages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.faasflow.FaasFlow;
import io.faasflow.LocalExecutor;
import io.faasflow.container.ContainerStartException;
import io.faasflow.docker.DockerBackend;
import io.faasflow.docker.EngineUnavailableException;
import io.faasflow.run.FaasFlowException;
import io.faasflow.run.TaskFailedException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LanguagesTest {
  private static final String TEXT = "He walked, she walks: walking and jumping cats";
  private static final Map<String, Object> FIGURES =
      Map.of("words", 8, "distinct", 6, "meanLength", 3.38, "most", "walk", "times", 3);

  @Test
  void workflow_withStubs_needsNoEngine() {
    try (LocalExecutor executor = LocalExecutor.create()) {
      executor.stub("stems", new Stems());
      executor.stub("statistics", (List<String> stems) -> Map.of("words", stems.size()));
      assertThat(executor.run(Languages.workflow(), TEXT).outputOrThrow())
          .isEqualTo(Map.of("words", 8));
    }
  }

  @Test
  void workflow_inContainers_givesTheFigures() throws Exception {
    Path classes =
        Path.of(Stems.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (DockerBackend containers =
            DockerBackend.builder().classPath(List.of(classes)).build();
        FaasFlow flow = FaasFlow.builder().containers(containers).build()) {
      assertThat(flow.run(Languages.workflow(), TEXT)).isEqualTo(FIGURES);
    } catch (EngineUnavailableException e) {
      skip(e);
    } catch (TaskFailedException e) {
      if (!(e.getCause() instanceof ContainerStartException missing)) {
        throw e;
      }
      skip(missing); // an engine without the images
    }
  }

  private static void skip(FaasFlowException why) {
    if ("true".equals(System.getenv("FAASFLOW_REQUIRE_DOCKER"))) {
      throw why;
    }
    abort(why.getMessage());
  }
}
