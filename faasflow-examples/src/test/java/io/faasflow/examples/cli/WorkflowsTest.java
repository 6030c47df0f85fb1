package io.faasflow.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.examples.cli.Cli.Outcome;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The workflow files of this module. */
class WorkflowsTest {
  private final Cli cli = new Cli(Path.of("workflows"));

  @Test
  void validate_allFiles_haveFiftyFunctions() {
    Outcome outcome = cli.run("validate", ".");
    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    assertThat(outcome.out().lines())
        .hasSize(4)
        .allMatch(line -> line.startsWith("ok ") && line.contains(" 50 functions "));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cycles", "epigenomics", "genome", "soykb"})
  void run_anyFile_givesTheSameOnSevenWorkers(String name) {
    Outcome one = cli.run("run", name + ".yaml");
    assertThat(one.exitCode()).as(one.err()).isZero();
    assertThat(cli.run("run", name + ".yaml", "--workers=7").out().lines().skip(1))
        .isEqualTo(one.out().lines().skip(1).toList());
  }
}
