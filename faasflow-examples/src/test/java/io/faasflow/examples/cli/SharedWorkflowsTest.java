package io.faasflow.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.faasflow.examples.cli.Cli.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The workflows of the original FaaSFlow, where they lie beside the repository. */
class SharedWorkflowsTest {
  private static final Path FOLDER =
      Path.of("").toAbsolutePath().resolve("../../shared/workflows").normalize();

  private final Cli cli = new Cli(FOLDER);

  @BeforeEach
  void needFolder() {
    assumeThat(Files.isDirectory(FOLDER)).as("there is a folder " + FOLDER).isTrue();
  }

  private static List<String> workflows() throws IOException {
    try (Stream<Path> files = Files.walk(FOLDER)) {
      return files
          .map(file -> FOLDER.relativize(file).toString())
          .filter(name -> name.endsWith(".yaml"))
          .filter(name -> !name.startsWith("broken") && !name.endsWith("function_info.yaml"))
          .sorted()
          .toList();
    }
  }

  @Test
  void validate_acceptsAllButTheBroken() {
    assertThat(cli.run("validate", "flat", "nested")).satisfies(outcome -> {
      assertThat(outcome.err()).isEmpty();
      assertThat(outcome.exitCode()).isZero();
      assertThat(outcome.out().lines()).hasSizeGreaterThan(20);
    });
    Outcome broken = cli.run("validate", "broken");
    assertThat(broken.exitCode()).isEqualTo(1);
    assertThat(broken.out().lines()).allMatch(line -> line.startsWith("invalid"));
  }

  @Test
  void run_givesTheSameOnAnyNumberOfWorkers() throws Exception {
    for (String file : workflows()) {
      Outcome one = cli.run("run", file);
      assertThat(one.exitCode()).as(file + one.err()).isZero();
      for (String workers : List.of("3", "7")) {
        Outcome several = cli.run("run", file, "--workers", workers);
        assertThat(several.out().lines().skip(1))
            .as(file)
            .isEqualTo(one.out().lines().skip(1).toList());
      }
    }
  }

  @Test
  void planAndDraw_takeEachFile() throws Exception {
    for (String file : workflows()) {
      assertThat(cli.run("plan", file, "--workers", "3", "--json").exitCode())
          .as(file)
          .isZero();
      assertThat(cli.run("draw", file, "--format", "dot").exitCode()).as(file).isZero();
    }
  }
}
