package io.faasflow.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.examples.cli.Cli.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchCommandTest {
  private static final String CHAINS = """
      functions:
      - {name: first, source: first, scale: 3, output: {a: {type: normal, size: 40}}, next: {type: pass, nodes: [left, right]}}
      - name: left
        source: left
        scale: 3
        runtime: 1
        input: {a: {type: pass, value: {function: first, parameter: a}, size: 40}}
        output: {b: {type: normal, size: 50}}
        next: {type: pass, nodes: [last]}
      - name: right
        source: right
        scale: 3
        runtime: 2
        input: {a: {type: pass, value: {function: first, parameter: a}, size: 40}}
        output: {c: {type: normal, size: 60}}
        next: {type: pass, nodes: [last]}
      - name: last
        source: last
        scale: 3
        input:
          b: {type: pass, value: {function: left, parameter: b}, size: 50}
          c: {type: pass, value: {function: right, parameter: c}, size: 60}
      """;

  @TempDir
  Path folder;

  private Cli cli;

  @BeforeEach
  void makeFiles() throws IOException {
    cli = new Cli(folder);
    Files.createDirectory(folder.resolve("flows"));
    Files.writeString(folder.resolve("flows/chains.yaml"), CHAINS);
    Files.writeString(
        folder.resolve("flows/function_info.yaml"),
        "workflow: chains\nmax_containers: 1\nfunctions:\n- {image: first, name: first}\n");
    Files.writeString(folder.resolve("bad.yaml"), "functions: []\n");
  }

  private Outcome bench(String... arguments) {
    return cli.run(Stream.concat(
            Stream.of("bench", "scheduling", "--runs=2", "--warm-up=0", "--scale-runtime=0.001"),
            Arrays.stream(arguments))
        .toArray(String[]::new));
  }

  private List<List<String>> csv(String file) throws IOException {
    return Files.readAllLines(folder.resolve(file)).stream()
        .map(line -> List.of(line.split(",", -1)))
        .toList();
  }

  private static long number(List<List<String>> csv, int row, String column) {
    return Long.parseLong(csv.get(row).get(csv.get(0).indexOf(column)));
  }

  @Test
  void scheduling_folder_measuresItsWorkflowsInAllSettings() throws Exception {
    Outcome outcome = bench("flows", "--latency=100us", "--csv=out.csv", "--svg=out.svg");
    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    assertThat(outcome.err()).isEmpty();
    assertThat(outcome.out())
        .startsWith("7 workers with 96 slots each; 0.10 ms a message, lines of 50.0 MB/s; 2 runs")
        .containsPattern("chains, 4 functions \\(.*chains.yaml\\), times in ms")
        .contains("Overhead saved by worker-side scheduling");
    for (String row : List.of("locality", "greedy", "hash")) {
      assertThat(outcome.out())
          .containsPattern("(?m)^master-side +" + row + "( +[0-9.,]+){8}$")
          .containsPattern("(?m)^worker-side +" + row + "( +-?[0-9.,]+){9} %$");
    }
    List<List<String>> csv = csv("out.csv");
    assertThat(csv).hasSize(7).allSatisfy(row -> assertThat(row).hasSameSizeAs(csv.get(0)));
    assertThat(Files.readString(folder.resolve("out.svg"))).contains("<svg", ">chains<");
  }

  @Test
  void scheduling_locality_sendsFewerMessagesThanAMaster() throws Exception {
    assertThat(bench("flows", "--latency=0", "--csv=out.csv").exitCode()).isZero();
    List<List<String>> csv = csv("out.csv");
    assertThat(csv.get(1)).contains("master-side", "locality");
    assertThat(csv.get(4)).contains("worker-side", "locality");
    // Of 4 functions, which fit one worker: each is assigned and reported.
    assertThat(number(csv, 1, "messages_median")).isGreaterThanOrEqualTo(8);
    assertThat(number(csv, 4, "messages_median")).isZero();
    assertThat(number(csv, 4, "cross_worker_data_bytes_median")).isZero();
    assertThat(number(csv, 1, "message_bytes_median")).as("without a network").isZero();
  }

  @Test
  void scheduling_twoFunctionsAWorker_countsWhatTheyFetch() throws Exception {
    Outcome outcome =
        bench("flows", "--workers=4", "--slots=6", "--latency=100us", "--csv=out.csv");
    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    List<List<String>> csv = csv("out.csv");
    assertThat(csv.get(4)).contains("worker-side", "locality");
    // The output of 'first' goes to 'right', that of 'left' to 'last', each with its name.
    assertThat(number(csv, 4, "cross_worker_data_bytes_median")).isBetween(92L, 100L);
    assertThat(number(csv, 4, "messages_median"))
        .isPositive()
        .isLessThan(number(csv, 1, "messages_median"));
    assertThat(number(csv, 4, "message_bytes_median"))
        .isPositive()
        .isLessThan(number(csv, 1, "message_bytes_median"));
  }

  @Test
  void scheduling_tooLittleRoom_namesFileAndPartitioner() {
    Outcome outcome = bench("flows/chains.yaml", "--workers=1", "--slots=9");
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err()).contains("chains.yaml: ", "12 slots");
  }

  @Test
  void scheduling_deadline_isNamed() {
    Outcome outcome =
        cli.run("bench", "scheduling", "flows", "--scale-runtime=1", "--deadline=20ms");
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err()).contains("did not complete within 20.0 ms", "--deadline");
  }

  @Test
  void scheduling_interrupt_stopsIt() {
    Outcome outcome = cli.interruptedAtOnce().run("bench", "scheduling", "flows");
    assertThat(outcome.exitCode()).isEqualTo(130);
    assertThat(outcome.err()).isEqualToNormalizingNewlines("faasflow: interrupted\n");
  }

  @Test
  void scheduling_invalidFile_printsItsProblems() {
    Outcome outcome = bench("bad.yaml");
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err()).contains("bad.yaml:1:");
    assertThat(bench("flows/function_info.yaml").exitCode()).as("no workflow").isEqualTo(1);
  }

  private Outcome data(String... arguments) {
    return cli.run(Stream.concat(
            Stream.of(
                "bench",
                "data",
                "--runs=2",
                "--warm-up=1",
                "--scale-runtime=0",
                "--scale-bytes=1",
                "--bandwidth=1,5"),
            Arrays.stream(arguments))
        .toArray(String[]::new));
  }

  /** Outputs large enough to take time on a slow line. */
  private void makeLarge() throws IOException {
    String large = CHAINS.replace("size: 40", "size: 20000").replace("size: 50", "size: 30000");
    Files.writeString(folder.resolve("large.yaml"), large);
  }

  @Test
  void data_workflowThatFitsOneWorker_takesNoTimeWithFaaStore() throws Exception {
    makeLarge();
    Outcome outcome = data("large.yaml", "--csv=out.csv", "--svg=out.svg");
    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    assertThat(outcome.err()).isEmpty();
    assertThat(outcome.out())
        .startsWith(
            "7 workers with 96 slots each; remote tier: in the JVM; sizes times 1.0; 2 runs")
        .containsPattern("large \\(.*large.yaml\\), times in ms")
        .containsPattern("(?m)^ *1.0 MB/s +remote only( +[0-9.,]+){6}$")
        .containsPattern("(?m)^ +FaaStore +[0-9.,]+ +[0-9.,]+ +-?[0-9.]+ %( +[0-9.,]+){4}$");
    List<List<String>> csv = csv("out.csv");
    assertThat(csv).hasSize(5).allSatisfy(row -> assertThat(row).hasSameSizeAs(csv.get(0)));
    assertThat(csv.get(1)).contains("remote only");
    assertThat(csv.get(2)).contains("FaaStore");
    // Two outputs of 20,000 bytes and more, each saved, and fetched by one or two readers.
    assertThat(number(csv, 1, "remote_bytes_median")).isBetween(120_000L, 130_000L);
    assertThat(number(csv, 1, "memory_bytes_median")).isZero();
    assertThat(number(csv, 2, "remote_bytes_median")).isZero();
    assertThat(number(csv, 2, "memory_bytes_median")).isBetween(50_000L, 51_000L);
    // At least what the line of 1 MB/s takes for them.
    assertThat(seconds(csv, 1, "data_time_min_s")).isGreaterThan(0.11);
    assertThat(seconds(csv, 2, "data_time_min_s")).isLessThan(0.11);
    assertThat(Files.readString(folder.resolve("out.svg"))).contains("<svg", ">large<", "5 MB/s");
  }

  private static double seconds(List<List<String>> csv, int row, String column) {
    return Double.parseDouble(csv.get(row).get(csv.get(0).indexOf(column)));
  }

  @Test
  void data_noMemory_isNoBetterThanRemoteOnly() throws Exception {
    makeLarge();
    Outcome outcome = data("large.yaml", "--memory=0", "--csv=out.csv");
    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    List<List<String>> csv = csv("out.csv");
    assertThat(number(csv, 2, "memory_bytes_median")).isZero();
    assertThat(number(csv, 2, "remote_bytes_median"))
        .isEqualTo(number(csv, 1, "remote_bytes_median"));
  }

  @Test
  void data_interrupt_stopsIt() {
    Outcome outcome = cli.interruptedAtOnce().run("bench", "data", "flows");
    assertThat(outcome.exitCode()).isEqualTo(130);
    assertThat(outcome.err()).isEqualToNormalizingNewlines("faasflow: interrupted\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--runs 3|Missing required parameter: 'FILE'",
        "nothing.yaml|there is no file or folder nothing.yaml.",
        "flows --runs 0|runs must be from 1 to 100000, was 0",
        "flows --workers 0|--workers must be from 1 to 1000, was 0",
        "flows --slots -1|--slots must be 0 or more, was -1",
        "flows --memory -1|--memory must be 0 or more, was -1",
        "flows --bandwidth 5,0|--bandwidth must be above 0, was 0.0",
        "flows --csv flows|flows is a folder; name a file to write to",
        "flows --svg no/such.svg|there is no folder to write no/such.svg to",
      })
  void data_wrongUsage_saysWhy(String arguments, String message) {
    Outcome wrong = cli.run(("bench data " + arguments).split(" ", -1));
    assertThat(wrong.out()).isEmpty();
    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(wrong.err())
        .startsWith("faasflow: " + message)
        .contains("Try: faasflow bench data --help");
  }

  @Test
  void bench_withoutExperiment_saysWhichThereAre() {
    Outcome outcome = cli.run("bench");
    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.err())
        .isEqualToNormalizingNewlines(
            "faasflow: name an experiment: scheduling, data\nTry: faasflow bench --help\n");
    assertThat(cli.run("bench", "schedulin").err())
        .startsWith("faasflow: unknown command 'schedulin'. Did you mean scheduling?");
  }

  @Test
  void help_ofScheduling_saysWhatIsMeasured() {
    Outcome help = cli.run("bench", "scheduling", "--help");
    assertThat(help.exitCode()).isZero();
    assertThat(help.out())
        .startsWith("Usage: faasflow bench scheduling")
        .contains("critical", "--latency", "default: 500us", "default: 96", "--stacktrace")
        .contains("Exit codes:", "Examples:");
    assertThat(help.out().lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(101));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--runs 3|Missing required parameter: 'FILE'",
        "nothing.yaml|there is no file or folder nothing.yaml.",
        "flows --runs 0|--runs must be from 1 to 100000, was 0",
        "flows --warm-up -1|--warm-up must be from 0 to 100000, was -1",
        "flows --workers 0|--workers must be from 1 to 1000, was 0",
        "flows --slots -1|--slots must be 0 or more, was -1",
        "flows --bandwidth 0|--bandwidth must be above 0, was 0.0",
        "flows --bandwidth NaN|--bandwidth must be above 0, was NaN",
        "flows --latency -1ms|Invalid value for option '--latency': '-1ms' is not a duration",
        "flows --scale-bytes 2|The scale of sizes must be from 0 to 1, was 2.0",
        "flows --deadline 0|Invalid value for option '--deadline': the duration '0' must be above",
        "flows --csv flows|flows is a folder; name a file to write to",
        "flows --svg no/such.svg|there is no folder to write no/such.svg to",
      })
  void scheduling_wrongUsage_saysWhy(String arguments, String message) {
    Outcome wrong = cli.run(("bench scheduling " + arguments).split(" ", -1));
    assertThat(wrong.out()).isEmpty();
    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(wrong.err())
        .startsWith("faasflow: " + message)
        .contains("Try: faasflow bench scheduling --help");
  }
}
