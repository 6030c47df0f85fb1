package io.faasflow.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.examples.cli.Cli.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ValidateCommandTest {
  @TempDir
  Path folder;

  private Cli cli;

  @BeforeEach
  void makeFiles() throws IOException {
    cli = new Cli(folder);
    Files.createDirectories(folder.resolve("good/inner"));
    Files.createDirectory(folder.resolve("empty"));
    Files.writeString(folder.resolve("good/flat.yaml"), "functions:\n- {name: a, source: a}\n");
    Files.writeString(folder.resolve("good/inner/nested.YML"), """
        name: tree
        type: pass
        steps:
        - {name: a, type: function}
        - {name: b, type: function}
        """);
    Files.writeString(
        folder.resolve("good/own.yaml"), "faasflow: 1\nname: ours\nsteps: [{task: a}]\n");
    Files.writeString(
        folder.resolve("good/function_info.yaml"),
        "workflow: flat\nfunctions:\n- {name: a, image: i}\n");
    Files.writeString(folder.resolve("good/notes.txt"), "no YAML");
    Files.writeString(
        folder.resolve("bad.yaml"),
        "functions:\n- name: a\n  source: a\n  scale: many\n  next: {type: pass, nodes: [b]}\n");
  }

  @Test
  void folder_allFine_printsALineForEachFile() {
    Outcome outcome = cli.run("validate", "good");
    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.err()).isEmpty();
    assertThat(outcome.out().lines().map(line -> line.replaceAll(" +", " ")))
        .containsExactly(
            "ok flat flat 1 function " + folder.resolve("good/flat.yaml"),
            "ok function-info flat 1 function " + folder.resolve("good/function_info.yaml"),
            "ok nested tree 2 functions " + folder.resolve("good/inner/nested.YML"),
            "ok own ours 1 function " + folder.resolve("good/own.yaml"));
  }

  @Test
  void invalidFile_isReportedWithAllProblemsAndTheRestIsChecked() {
    Outcome outcome = cli.run("validate", "bad.yaml", "good/flat.yaml");
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.out().lines())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("invalid  2 problems  ").endsWith("bad.yaml"),
            line -> assertThat(line).startsWith("ok       flat"));
    assertThat(outcome.err().lines())
        .hasSize(2)
        .anySatisfy(line -> assertThat(line).contains("bad.yaml:4:10: ").contains("many"))
        .anySatisfy(line -> assertThat(line).contains("bad.yaml:5:").contains("'b'"));
  }

  @Test
  void missingFile_isWrongUsage() {
    Outcome outcome = cli.run("validate", "good/flat.yaml", "good/flad.yaml");
    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.err())
        .startsWith(
            "faasflow: there is no file or folder good/flad.yaml. Did you mean good/flat.yaml");
  }

  @Test
  void folderWithoutFiles_isWrongUsage() {
    Outcome outcome = cli.run("validate", "empty");
    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.err()).startsWith("faasflow: there is no *.yaml and no *.yml in the folder");
  }

  @Test
  void noYamlAtAll_isInvalid() {
    Outcome outcome = cli.run("validate", "good/notes.txt");
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err()).contains("notes.txt:1:1: ");
  }
}
