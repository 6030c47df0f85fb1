package io.faasflow.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.faasflow.examples.cli.Cli.Outcome;
import io.faasflow.observe.RunTimeline;
import io.faasflow.observe.TimelineJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunCommandTest {
  private static final String SWITCH = """
      global_input:
        a: {type: pass, value: {function: INPUT, parameter: a}, size: 8}
        b: {type: pass, value: {function: INPUT, parameter: b}, size: 8}
      functions:
      - name: virtual1
        source: VIRTUAL
        next: {type: switch, conditions: [INPUT.a < INPUT.b, default], nodes: [less, more]}
      - name: less
        source: less
        output: {less: {type: normal, size: 1000000}}
      - name: more
        source: more
        runtime: 600
        output: {more: {type: normal, size: 8}, keys: {type: keys, size: 8}}
        next: {type: foreach, nodes: [each]}
      - name: each
        source: each
        input: {x: {type: key, value: {function: more, parameter: keys}, size: 8}}
        output: {done: {type: normal, size: 8}}
      """;

  @TempDir
  Path folder;

  private Cli cli;

  @BeforeEach
  void makeFiles() throws IOException {
    cli = new Cli(folder);
    Files.writeString(folder.resolve("switch.yaml"), SWITCH);
    Files.writeString(folder.resolve("text"), "one two two\nthree Three THREE\n");
  }

  @Test
  void wordCount_file_printsTheTable() {
    Outcome outcome = cli.run("run", "word-count", "text");
    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.err()).isEmpty();
    assertThat(outcome.out().lines().map(line -> line.strip().replaceAll(" +", " ")))
        .startsWith(
            "rank word count share",
            "1 three 3 50.00%",
            "2 two 2 33.33%",
            "3 one 1 16.67%",
            "",
            "words 6",
            "distinct words 3",
            "files 1",
            "bytes 30");
    assertThat(outcome.out())
        .containsPattern(Pattern.compile("^time +[0-9.]+ m?s$", Pattern.MULTILINE))
        .containsPattern(Pattern.compile("^throughput +[0-9.]+ MB/s$", Pattern.MULTILINE));
  }

  @Test
  void wordCount_top_limitsTheTable() {
    assertThat(cli.run("run", "word-count", "text", "--top", "1").out())
        .contains("three")
        .doesNotContain("two");
    assertThat(cli.run("run", "word-count", "text", "--top=0").out())
        .startsWith("words ")
        .doesNotContain("rank");
  }

  @Test
  void wordCount_severalPathsAndWorkers_countsAll() {
    Outcome outcome =
        cli.run("run", "word-count", "text", ".", "switch.yaml", "--workers", "3", "--top", "500");
    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.out()).containsPattern("files +2\n").contains("three", "foreach");
  }

  @Test
  void wordCount_noPath_countsTheRepositorysText() throws Exception {
    Outcome nothing = cli.run("run", "word-count");
    assertThat(nothing.exitCode()).isEqualTo(2);
    assertThat(nothing.err())
        .startsWith("faasflow: there is no README.md, no src-docs and no Java source here");
    Files.writeString(folder.resolve("README.md"), "read me");
    Outcome outcome = cli.run("run", "word-count");
    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.out()).contains("read", "me").doesNotContain("three");
  }

  @Test
  void wordCount_missingPath_suggestsNearOnes() {
    Outcome outcome = cli.run("run", "word-count", "text", "swich.yaml");
    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.err()).contains("swich.yaml. Did you mean ").contains("switch.yaml?");
  }

  @Test
  void wordCount_noWords_saysSo() throws Exception {
    Files.writeString(folder.resolve("empty"), "");
    Files.createDirectory(folder.resolve("folder"));
    Outcome outcome = cli.run("run", "word-count", "empty");
    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.out()).startsWith("words ").containsPattern("words +0\n");
    assertThat(outcome.err()).contains("note: there is not a single word in this file");
    assertThat(cli.run("run", "word-count", "folder").err())
        .contains("note: no text file was found");
  }

  @Test
  void wordCount_unreadableFile_fails() throws Exception {
    Path secret = Files.writeString(folder.resolve("secret"), "word");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("---------"));
    assumeThat(Files.isReadable(secret)).as("the superuser may read all").isFalse();
    Outcome outcome = cli.run("run", "word-count", "secret");
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err())
        .contains("failed in task 'count'")
        .contains("cannot read")
        .contains("secret: permission denied");
  }

  @Test
  void wordCount_failingTask_isNamed() throws Exception {
    Files.writeString(folder.resolve("letters"), "x".repeat(17 << 20));
    Outcome outcome = cli.run("run", "word-count", "letters");
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err())
        .startsWith("faasflow: workflow 'word-count' failed in task 'count' instance [0]: ")
        .contains("letters: a word is longer than 16 MiB")
        .doesNotContain("\tat ");
    assertThat(cli.run("run", "word-count", "letters", "--stacktrace").err()).contains("\tat ");
  }

  @Test
  void wordCount_inputsAndScales_areRefused() {
    assertThat(cli.run("run", "word-count", "text", "--input", "a=1").err())
        .startsWith("faasflow: the workflow word-count takes no --input a.");
    assertThat(cli.run("run", "word-count", "text", "--scale-bytes", "0.5").err())
        .startsWith("faasflow: --scale-bytes and --scale-runtime are for files");
  }

  @Test
  void imageRecognizer_images_printsVerdicts() {
    Outcome outcome = cli.run("run", "image-recognizer", "--input", "images=5", "--workers", "2");
    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.out()).contains("image-0", "image-4", "5 images in ");
    assertThat(cli.run("run", "image-recognizer", "--input", "imges=5").err())
        .contains("takes no --input imges. Did you mean images? It takes: images");
    assertThat(cli.run("run", "image-recognizer", "--input", "images=many").err())
        .contains("--input images must be a whole number, was many");
    assertThat(cli.run("run", "image-recognizer", "--input", "images=-1").err())
        .contains("--input images must be from 0 to 100000, was -1");
    assertThat(cli.run("run", "image-recognizer", "text").err())
        .contains("the workflow image-recognizer takes no 'text'");
    assertThat(cli.run("run", "image-recognizer", "--top", "5").err())
        .contains("--top is for word-count, not for image-recognizer");
  }

  @Test
  void languages_withoutAnEngine_saysWhatToDo() {
    Outcome outcome = cli.run("run", "languages", "--engine", "unix:///no/such.sock");
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err())
        .contains(
            "No Docker engine answers at unix:///no/such.sock. Start one, or set DOCKER_HOST");
  }

  @Test
  void mandelbrot_size_drawsThatManyRows() {
    Outcome outcome = cli.run("run", "mandelbrot", "--input", "rows=7", "--input", "columns=30");
    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.out().lines()).hasSize(7);
    assertThat(cli.run("run", "mandelbrot", "--input", "rows=0").err())
        .contains("--input rows must be from 1 to 10000, was 0");
  }

  @Test
  void file_inputs_decideTheSwitch() {
    Outcome less = cli.run("run", "switch.yaml", "--input", "a=1", "--input", "b=2");
    assertThat(less.exitCode()).isZero();
    assertThat(less.err()).isEmpty();
    assertThat(less.out())
        .startsWith("workflow switch (switch.yaml) completed in ")
        .containsPattern("less +text +1,000 characters +[0-9a-f]+\\.\\.\\.");
    Outcome more = cli.run("run", "switch.yaml", "--input", "a=2", "--input", "b=1.5");
    assertThat(more.out()).containsPattern("done +list +3 elements +\\[[0-9a-f]{8}, ");
  }

  @Test
  void file_noInputs_generatesThem() {
    Outcome outcome = cli.run("run", "switch.yaml");
    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.out()).contains("completed in");
  }

  @Test
  void file_sameInputs_givesTheSameOnAnyNumberOfWorkers() {
    String one = result(cli.run("run", "switch.yaml", "--input=a=2", "--input=b=1"));
    for (String workers : new String[] {"3", "7"}) {
      assertThat(result(
              cli.run("run", "switch.yaml", "--input=a=2", "--input=b=1", "--workers", workers)))
          .isEqualTo(one);
    }
  }

  private static String result(Outcome outcome) {
    assertThat(outcome.exitCode()).isZero();
    return outcome.out().lines().skip(1).toList().toString();
  }

  @Test
  void file_unknownInput_isNotedAndGiven() {
    Outcome outcome = cli.run("run", "switch.yaml", "--input", "aa=1");
    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.err())
        .contains("note: the workflow does not mention an input 'aa'. Did you mean a?");
  }

  @Test
  void file_wrongKindOfInput_fails() throws Exception {
    Files.writeString(folder.resolve("foreach.yaml"), """
        global_input:
          list: {type: pass, value: {function: INPUT, parameter: list}, size: 8}
        functions:
        - {name: first, source: first, next: {type: foreach, nodes: [each]}}
        - name: each
          source: each
          input: {x: {type: key, value: {function: INPUT, parameter: list}, size: 8}}
          output: {done: {type: normal, size: 8}}
        """);
    Outcome three = cli.run("run", "foreach.yaml", "--input", "list=[1, 2, 3, 4]");
    assertThat(three.exitCode()).isZero();
    assertThat(three.out()).contains("4 elements");
    Outcome wrong = cli.run("run", "foreach.yaml", "--input", "list=3");
    assertThat(wrong.exitCode()).isEqualTo(1);
    assertThat(wrong.err()).startsWith("faasflow: workflow 'foreach' failed in task ");
    Outcome broken = cli.run("run", "foreach.yaml", "--input", "list=[3");
    assertThat(broken.exitCode()).isEqualTo(2);
    assertThat(broken.err()).startsWith("faasflow: --input list=[3 is not a YAML value");
  }

  @Test
  void file_invalid_printsItsProblems() throws Exception {
    Files.writeString(folder.resolve("bad.yaml"), "fuctions:\n- name: a\n");
    Outcome outcome = cli.run("run", "bad.yaml");
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err()).contains("bad.yaml:1:1: ").contains("Did you mean 'functions'?");
  }

  @Test
  void file_argumentsThatAreNotForFiles_areRefused() {
    assertThat(cli.run("run", "switch.yaml", "text").err())
        .contains("a file takes no further argument 'text'");
    assertThat(cli.run("run", "switch.yaml", "--top", "3").err())
        .contains("--top is for word-count");
    assertThat(cli.run("run", "switch.yaml", "--scale-bytes", "2").err())
        .contains("The scale of sizes must be from 0 to 1, was 2.0");
    assertThat(cli.run("run", "swtch.yaml").err())
        .contains("no file 'swtch.yaml'. Did you mean switch.yaml?");
  }

  @Test
  void file_scaledBytes_changesSizes() {
    Outcome outcome =
        cli.run("run", "switch.yaml", "--input=a=1", "--input=b=2", "--scale-bytes", "0.01");
    assertThat(outcome.out()).contains("10,000 characters");
  }

  @Test
  void file_deadline_stopsTheRun() {
    Outcome outcome = cli.run(
        "run",
        "switch.yaml",
        "--input=a=2",
        "--input=b=1",
        "--scale-runtime",
        "1",
        "--deadline",
        "50ms");
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err())
        .isEqualToNormalizingNewlines(
            "faasflow: workflow 'switch' did not complete within 50.0 ms; give it more time with"
                + " --deadline\n");
  }

  @Test
  void interrupt_cancelsTheRun() {
    Outcome outcome = cli.interruptedAtOnce()
        .run("run", "switch.yaml", "--input=a=2", "--input=b=1", "--scale-runtime", "1");
    assertThat(outcome.exitCode()).isEqualTo(130);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err()).isEqualToNormalizingNewlines("faasflow: interrupted\n");
  }

  @Test
  void interruptOfTheThread_cancelsTheRun() {
    Thread.currentThread().interrupt();
    Outcome outcome =
        cli.run("run", "switch.yaml", "--input=a=2", "--input=b=1", "--scale-runtime", "1");
    assertThat(outcome.exitCode()).isEqualTo(130);
    assertThat(outcome.err()).contains("interrupted");
  }

  @Test
  void file_namedLikeABuiltInWorkflow_isMeantByItsPath() throws Exception {
    Files.writeString(folder.resolve("mandelbrot"), SWITCH);
    assertThat(cli.run("run", "./mandelbrot").out())
        .startsWith("workflow mandelbrot (./mandelbrot)");
  }

  /** A run of 3 s. */
  private Outcome longRun(TerminalKind kind, String... more) {
    List<String> all = new ArrayList<>(
        List.of("run", "switch.yaml", "--input=a=2", "--input=b=1", "--scale-runtime", "0.005"));
    all.addAll(List.of(more));
    return cli.on(kind).run(all.toArray(String[]::new));
  }

  @Test
  void live_onATerminal_isShownAndTakenAway() {
    Outcome outcome = longRun(TerminalKind.COLOUR);
    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.err())
        .contains("switch\u001b[K\n", " running, ", "  > more")
        .containsPattern(" %  \\d+ s, about ")
        .endsWith("A\u001b[J");
    assertThat(outcome.out()).startsWith("workflow switch").doesNotContain("\u001b[K");
    assertThat(longRun(TerminalKind.COLOUR, "--no-live").err()).isEmpty();
  }

  @Test
  void live_elsewhere_isALineNowAndThenWhereItIsAskedFor() {
    long start = System.nanoTime();
    Outcome outcome = longRun(TerminalKind.NONE, "--live");
    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.err().lines())
        .hasSizeBetween(1, (int) (2 + seconds / 2))
        .allSatisfy(line -> assertThat(line)
            .matches("switch: \\d+ %, \\d+ of \\d+ done, \\d+ running, \\d+ waiting, .*"));
    assertThat(outcome.err()).doesNotContain("\u001b", "\r");
  }

  @Test
  void timeline_fileAndBuiltIn_writesAPageOfTheRun() throws IOException {
    Outcome file = cli.run(
        "run", "switch.yaml", "--input", "a=2", "--input", "b=1", "--timeline", "file.html");
    assertThat(file.err()).isEmpty();
    assertThat(file.exitCode()).isZero();
    assertThat(Files.readString(folder.resolve("file.html")))
        .startsWith("<!DOCTYPE html>")
        .contains(">completed</span></h1>", "<h2>Graph</h2>", "<td>more</td>", ">skipped</td>");
    assertThat(cli.run("run", "word-count", "text", "--timeline", "count.html").exitCode())
        .isZero();
    assertThat(Files.readString(folder.resolve("count.html"))).contains("<h1>word-count ");
    assertThat(cli.run("run", "word-count", "text", "--timeline", "count.json").exitCode())
        .isZero();
    RunTimeline read = TimelineJson.read(Files.readString(folder.resolve("count.json")));
    assertThat(read.workflow()).isEqualTo("word-count");
    assertThat(read.entries("count")).isNotEmpty();
  }

  @Test
  void timeline_inAFolderThatIsMissing_isRefusedBeforeTheRun() {
    Outcome outcome = cli.run("run", "word-count", "text", "--timeline", "none/page.html");
    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err()).contains("--timeline must be a file in a folder that exists");
  }
}
