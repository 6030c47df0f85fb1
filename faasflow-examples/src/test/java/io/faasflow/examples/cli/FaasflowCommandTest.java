package io.faasflow.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.examples.cli.Cli.Outcome;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FaasflowCommandTest {
  private final Cli cli = new Cli(Path.of(""));

  @Test
  void help_names_allCommandsAndExitCodes() {
    Outcome help = cli.run("--help");
    assertThat(help.exitCode()).isZero();
    assertThat(help.err()).isEmpty();
    assertThat(help.out())
        .startsWith("Usage: faasflow")
        .contains("  run ", "  list ", "  validate ", "  draw ", "  plan ", "  bench ")
        .contains("Exit codes:", "  0  ", "  1  ", "  2  ", "  130  ")
        .contains("Examples:", "faasflow run word-count")
        .doesNotContain("\u001b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "list", "validate", "draw", "plan", "bench"})
  void help_ofACommand_hasExamplesAndExitCodes(String command) {
    Outcome help = cli.run(command, "--help");
    assertThat(help.exitCode()).isZero();
    assertThat(help.out())
        .startsWith("Usage: faasflow " + command)
        .contains("Exit codes:", "Examples:", "faasflow " + command, "--stacktrace");
    assertThat(help.out().lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(101));
  }

  @Test
  void help_ofRun_definesAWord() {
    assertThat(cli.run("run", "-h").out())
        .contains("tr -cs 'A-Za-z' '\\n' | tr A-Z a-z | sort | uniq -c");
  }

  @Test
  void help_onAColourTerminal_hasColours() {
    assertThat(cli.on(TerminalKind.COLOUR).run("--help").out()).contains("\u001b[");
    assertThat(cli.on(TerminalKind.PLAIN).run("--help").out()).doesNotContain("\u001b");
  }

  @Test
  void version_says_theJava() {
    Outcome version = cli.run("--version");
    assertThat(version.exitCode()).isZero();
    assertThat(version.out()).contains("faasflow ", "on Java ");
  }

  @Test
  void noCommand_isWrongUsage() {
    Outcome none = cli.run();
    assertThat(none.exitCode()).isEqualTo(2);
    assertThat(none.out()).isEmpty();
    assertThat(none.err())
        .isEqualToNormalizingNewlines(
            "faasflow: name a command: run, list, validate, draw, plan, bench\nTry: faasflow --help\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rnu|unknown command 'rnu'. Did you mean run?",
        "validat|unknown command 'validat'. Did you mean validate?",
        "xyzzy|unknown command 'xyzzy'. Commands are: run, list, validate, draw, plan, bench",
        "--hlep|unknown option '--hlep'. Did you mean --help?"
      })
  void unknownCommand_suggestsNearOnes(String argument, String message) {
    Outcome unknown = cli.run(argument);
    assertThat(unknown.exitCode()).isEqualTo(2);
    assertThat(unknown.err()).startsWith("faasflow: " + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "run word-count --worker 3|unknown option '--worker'. Did you mean --workers?",
        "run|Missing required parameter: 'NAME|FILE'",
        "run word-count --workers x|Invalid value for option '--workers': 'x' is not an int",
        "run word-count --workers 0|--workers must be from 1 to 1000, was 0",
        "run word-count --workers 1001|--workers must be from 1 to 1000, was 1001",
        "run word-count --top -1|--top must be 0 or more, was -1",
        "run word-count --deadline soon|Invalid value for option '--deadline': 'soon' is not",
        "run word-count --deadline 0s|Invalid value for option '--deadline': the duration '0s'",
        "run word-count --partitioner hahs|there is no partitioner 'hahs'. Did you mean hash?",
        "run word-count --input a|Value for option option '--input' (K=V) should be in",
        "run word-cuont|there is no built-in workflow and no file 'word-cuont'. Did you mean",
        "draw nothing-like-it|there is no built-in workflow and no file 'nothing-like-it'. Built",
        "draw src|src is a folder; name one of the files in it",
        "draw word-count --format svg|Invalid value for option '--format': expected one of",
        "draw word-count more|'more' is one argument too many",
        "validate|Missing required parameter: 'FILE'",
        "validate no/such.yaml|there is no file or folder no/such.yaml.",
        "plan word-count --slots -1|--slots must be 0 or more, was -1",
        "plan word-count --partitioner random|there is no partitioner 'random'. Known are: all-on"
      })
  void wrongUsage_exitsWithTwoAndSaysWhy(String arguments, String message) {
    Outcome wrong = cli.run(arguments.split(" ", -1));
    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(wrong.out()).isEmpty();
    assertThat(wrong.err())
        .startsWith("faasflow: " + message)
        .contains("Try: faasflow " + arguments.split(" ", -1)[0] + " --help")
        .doesNotContain("\tat ");
    assertThat(wrong.err().lines().count()).isLessThanOrEqualTo(3);
  }

  @Test
  void stacktrace_ofWrongUsage_isShownWhenAskedFor() {
    assertThat(cli.run("run", "word-cuont", "--stacktrace").err()).contains("\tat io.faasflow");
    assertThat(cli.run("rnu", "--stacktrace").err()).contains("\tat picocli");
    assertThat(cli.run("--stacktrace", "run", "word-cuont").err()).contains("\tat io.faasflow");
  }

  @Test
  void list_names_allBuiltInWorkflows() {
    Outcome list = cli.run("list");
    assertThat(list.exitCode()).isZero();
    assertThat(list.out().lines())
        .hasSize(4)
        .anyMatch(line -> line.startsWith("word-count "))
        .anyMatch(line -> line.startsWith("image-recognizer "))
        .anyMatch(line -> line.startsWith("mandelbrot "))
        .anyMatch(line -> line.startsWith("languages "));
  }
}
