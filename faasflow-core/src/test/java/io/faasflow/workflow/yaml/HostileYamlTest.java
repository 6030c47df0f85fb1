package io.faasflow.workflow.yaml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class HostileYamlTest {
  private static final String HEAD = "faasflow: 1\nname: w\n";
  private static final String TASK = HEAD + "steps:\n  - task: a\n";

  @TempDir
  Path folder;

  private static YamlProblem first(String text) {
    long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    WorkflowFormatException e = catchThrowableOfType(
        WorkflowFormatException.class,
        () -> WorkflowReader.create().readText(text, "hostile.yaml"));
    // CPU time, so that what else the machine does is no part of it.
    long nanos = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before;
    assertThat(Duration.ofNanos(nanos)).isLessThan(Duration.ofSeconds(10));
    assertThat(e).as("an exception").isNotNull();
    assertThat(e.problems()).isNotEmpty();
    assertThat(e.getMessage()).hasSizeLessThan(50_000);
    return e.problems().get(0);
  }

  private static void assertProblem(String text, int line, int column, String what, String cure) {
    YamlProblem problem = first(text);
    assertThat(problem.message()).contains(what);
    assertThat(problem.cure()).contains(cure);
    assertThat(problem.line()).as("line").isEqualTo(line);
    assertThat(problem.column()).as("column").isEqualTo(column);
    assertThat(problem.source()).isEqualTo("hostile.yaml");
  }

  static Stream<Arguments> hostile() {
    return Stream.of(
        Arguments.of("", 1, 1, "the file is empty", "Write a workflow"),
        Arguments.of("   \n\n# only a comment\n", 1, 1, "the file is empty", "Write a workflow"),
        Arguments.of("---\n", 2, 1, "but is empty", "faasflow: 1"),
        Arguments.of(
            "- a\n- b\n", 1, 1, "must be a map at its top level, but is a list", "faasflow"),
        Arguments.of("just text", 1, 1, "but is the text 'just text'", "faasflow: 1"),
        Arguments.of(TASK + "---\nfaasflow: 1\n", 5, 1, "a second document", "a file of its own"),
        Arguments.of(TASK + "x: [a, b\n", 6, 1, "is not YAML", "Check indentation"),
        Arguments.of(TASK + "\tx: 1\n", 5, 1, "is not YAML", "Indent with spaces"),
        Arguments.of(HEAD + "steps: a: b\n", 3, 9, "mapping values are not allowed", "quotes"),
        Arguments.of(HEAD + "steps: *nope\n", 3, 8, "undefined alias", "Define it before"),
        Arguments.of(HEAD + "steps: \"abc\n", 4, 1, "is not YAML", "Check indentation"),
        Arguments.of(HEAD + "steps: \"\\q\"\n", 3, 10, "is not YAML", "Check"),
        Arguments.of(HEAD + "steps: \"\\UFFFFFFFF\"\n", 1, 1, "is not YAML", "Correct it"),
        Arguments.of(HEAD + "x: &a [*a]\n", 3, 8, "'*a' stands inside of its value", "Remove it"),
        Arguments.of(HEAD + "x: &a {k: [*a]}\n", 3, 12, "inside of its value", "Remove it"),
        Arguments.of(HEAD + "x: &a {*a : 1}\n", 3, 8, "inside of its value", "Remove it"),
        Arguments.of(
            HEAD + "x: !!javax.script.ScriptEngineManager [!!java.net.URL [\"http://x\"]]\n",
            3,
            4,
            "the tag 'tag:yaml.org,2002:javax.script.ScriptEngineManager' is not allowed",
            "Remove it"),
        Arguments.of(HEAD + "x: !foo bar\n", 3, 4, "the tag '!foo' is not allowed", "Remove"),
        Arguments.of(HEAD + "x: !!set {a}\n", 3, 4, "is not allowed", "Remove"),
        Arguments.of(HEAD + "x: !!binary aGVsbG8=\n", 3, 4, "is not allowed", "Remove"),
        Arguments.of(HEAD + "x: !!timestamp 2001-01-01\n", 3, 4, "is not allowed", "Remove"),
        Arguments.of(HEAD + "x: !!map [a]\n", 3, 4, "is not allowed", "Remove"),
        Arguments.of(
            HEAD + "name: b\nsteps: [{task: a}]\n",
            3,
            1,
            "the key stands in this map twice",
            "Remove one"),
        Arguments.of(HEAD + "1: b\nsteps: [{task: a}]\n", 3, 1, "the key is not a string", "\"1\""),
        Arguments.of(
            HEAD + "true: b\nsteps: [{task: a}]\n", 3, 1, "the key is not a string", "\"true\""),
        Arguments.of(
            HEAD + "[a]: b\nsteps: [{task: a}]\n",
            3,
            1,
            "a key of this map is a list or a map",
            "strings"),
        Arguments.of(
            HEAD + "<<: {name: x}\nsteps: [{task: a}]\n",
            3,
            1,
            "merge keys are not supported",
            "Write out"),
        Arguments.of(
            "name: a\nb\u0000c: 1\n", 2, 2, "the character U+0000 is not allowed", "UTF-8"),
        Arguments.of(
            "\u0089PNG\r\n\u001a\n", 1, 1, "U+0089 is not allowed", "Save the file as text"),
        Arguments.of("name: \ud800\n", 1, 7, "U+D800 is not allowed", "UTF-8"));
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void read_hostileText_namesPositionAndCure(
      String text, int line, int column, String what, String cure) {
    assertProblem(text, line, column, what, cure);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[",
        "{a: ",
        "- ",
        "? ",
        "a:\n b",
        "[[[{a: [",
        "&a [",
        "'",
        "\"\\",
        "|",
        "|9\n",
        "%YAML 3.0\n---\n",
        "%TAG ! x\n",
        "*",
        "&",
        "!",
        "!<",
        "@",
        "`",
        "--- |\n---\n...",
        "? [",
        "a: b: c",
        "- - - :",
        "{,}",
        "[,]",
        "}",
        "]",
        "\"\\x\"",
        "\"\\u12\"",
        ">-\n\t",
        "%",
        "!!",
        "!!a!b",
        "&a &b c",
        "&a *a",
        "*a b",
        "a: &x\nb: *x",
        "- a\nb: c",
        "# \n\u0085",
        "<<",
        "<<: *a",
        ": :",
        "?"
      })
  void read_fragments_giveAFormatError(String text) {
    first(text);
    first(HEAD + text);
    first(TASK + "    with: " + text);
  }

  @Test
  void read_randomTexts_giveAFormatErrorOnly() {
    Random random = new Random(42);
    String alphabet = "{}[]:,-?*&!|>'\"%@#<= \n\t\\abz019.~";
    for (int i = 0; i < 10_000; i++) {
      String text = random
          .ints(1 + random.nextInt(40), 0, alphabet.length())
          .mapToObj(at -> alphabet.substring(at, at + 1))
          .collect(Collectors.joining());
      assertOnlyFormatErrors(text);
      assertOnlyFormatErrors(HEAD + "steps:\n  - " + text);
    }
  }

  @Test
  void read_cutTexts_giveAFormatErrorOnly() {
    String whole = WorkflowReaderTest.EVERYTHING;
    for (int end = 0; end < whole.length(); end++) {
      assertOnlyFormatErrors(whole.substring(0, end));
      assertOnlyFormatErrors(whole.substring(end));
    }
  }

  private static void assertOnlyFormatErrors(String text) {
    Throwable thrown = catchThrowable(() -> WorkflowReader.create().readText(text, "x.yaml"));
    if (thrown != null) {
      assertThat(thrown).as(text).isInstanceOf(WorkflowFormatException.class);
    }
  }

  @Test
  void read_billionLaughs_isRefused() {
    StringBuilder text = new StringBuilder(HEAD + "steps:\n  - task: a\n    with:\n");
    text.append("      a0: {value: &a0 [lol, lol]}\n");
    for (int i = 1; i < 40; i++) {
      String last = "*a" + (i - 1);
      text.append("      a" + i + ": {value: &a" + i + " [" + last + ", " + last + "]}\n");
    }
    YamlProblem problem = first(text.toString());
    assertThat(problem.message()).contains("aliases stand for more than 1000000 values");
    assertThat(problem.cure()).contains("YamlLimits.maxNodes");
    assertThat(problem.line()).isGreaterThan(5);
  }

  @Test
  void read_billionLaughsOfSteps_isRefused() {
    StringBuilder text = new StringBuilder(HEAD + "steps:\n");
    text.append("  - parallel: &a0 [{task: x}, {task: x}]\n");
    for (int i = 1; i < 40; i++) {
      String last = "{parallel: *a" + (i - 1) + "}";
      text.append("  - parallel: &a" + i + " [" + last + ", " + last + "]\n");
    }
    assertThat(first(text.toString()).message())
        .contains("more than 20000 tasks, nodes and conditions");
  }

  @Test
  void read_aliasesWithinReason_areAllowed() {
    String uses = IntStream.range(0, 2_000)
        .mapToObj(i -> "  - {task: t" + i + ", with: *w, size: *s}\n")
        .collect(Collectors.joining());
    String text =
        HEAD + "input: {big: &s 100}\nsteps:\n  - {task: a, with: &w {x: INPUT.big}}\n" + uses;
    assertThat(WorkflowReader.create().readText(text, "x").body().steps()).hasSize(2_001);
  }

  @Test
  void read_tooManyAliases_isRefused() {
    String text = HEAD + "x: [&a b" + ", *a".repeat(11) + "]\n";
    YamlLimits limits = YamlLimits.DEFAULT.withMaxAliases(10);
    assertThat(
            catchThrowable(() -> WorkflowReader.create().limits(limits).readText(text, "x.yaml")))
        .isInstanceOf(WorkflowFormatException.class)
        .hasMessageContaining("x.yaml:3:51: the file uses aliases more than 10 times")
        .hasMessageContaining("raise YamlLimits.maxAliases");
  }

  @ParameterizedTest
  @ValueSource(ints = {1_001, 10_000, 1_000_000})
  void read_deepNesting_isRefused(int depth) {
    YamlProblem problem = first("[".repeat(depth));
    assertThat(problem.message()).isEqualTo("lists and maps nest more than 1000 deep");
    assertThat(problem.cure()).contains("YamlLimits.maxDepth");
    assertThat(problem.column()).isEqualTo(1_001);
    assertThat(first("{a: ".repeat(depth)).message()).contains("nest more than 1000 deep");
  }

  @Test
  void read_deepBlocks_areRefused() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 3_000; i++) {
      text.append(" ".repeat(i)).append("a:\n");
    }
    assertThat(first(text.toString()).line()).isEqualTo(1_001);
  }

  @Test
  void read_deepestAllowedConstant_isRefusedByItsOwnLimit() {
    String text = TASK + "    with: {x: {value: " + "[".repeat(990) + "]".repeat(990) + "}}";
    YamlProblem problem = first(text);
    assertThat(problem.message()).contains("nests lists and maps more than 50 deep");
    assertThat(problem.line()).isEqualTo(5);
  }

  @Test
  void read_deepSteps_namesTheLine() {
    String text = HEAD + "steps: " + "[{parallel: ".repeat(300) + "[{task: a}]" + "}]".repeat(300);
    YamlProblem problem = first(text);
    assertThat(problem.message()).isEqualTo("constructs nest more than 200 deep");
    assertThat(problem.line()).isEqualTo(3);
    assertThat(problem.column()).isGreaterThan(2_000);
  }

  @Test
  void read_deepFileOnSmallStack_givesAFormatError() throws InterruptedException {
    String text = HEAD + "x: " + "[".repeat(990) + "]".repeat(990);
    Throwable[] thrown = new Throwable[1];
    Thread thread = new Thread(
        null,
        () -> thrown[0] = catchThrowable(() -> WorkflowReader.create().readText(text, "x")),
        "small-stack",
        64 * 1024);
    thread.start();
    thread.join();
    assertThat(thrown[0]).isInstanceOf(WorkflowFormatException.class);
  }

  @Test
  void read_hundredThousandTasks_isRefused() {
    String steps = IntStream.range(0, 100_000)
        .mapToObj(i -> "  - task: t" + i + "\n")
        .collect(Collectors.joining());
    YamlProblem problem = first(HEAD + "steps:\n" + steps);
    assertThat(problem.message()).contains("more than 20000 tasks, nodes and conditions");
    assertThat(problem.cure()).contains("YamlLimits.maxSteps");
    assertThat(problem.line()).isEqualTo(20_004);
  }

  @Test
  void read_hundredThousandNodesAllowed_areRead() {
    StringBuilder text = new StringBuilder(HEAD + "steps:\n  - dag:\n");
    for (int i = 0; i < 100_000; i++) {
      text.append("      - {pass: n" + i + (i < 99_999 ? ", next: n" + (i + 1) : "") + "}\n");
    }
    YamlLimits limits = YamlLimits.DEFAULT.withMaxSteps(100_000);
    assertThat(WorkflowReader.create()
            .limits(limits)
            .readText(text.toString(), "x")
            .body()
            .steps())
        .hasSize(1);
  }

  @Test
  void read_millionsOfValues_areRefused() {
    assertThat(first("x: [" + "a,".repeat(2_000_000) + "]").message())
        .contains("more than 1000000 values");
    assertThat(first("x: {" + "? ,".repeat(2_000_000) + "}").message()).isNotEmpty();
  }

  @Test
  void read_cycleOfNodes_isPrintedAsItsPath() {
    String text = HEAD
        + "steps:\n"
        + "  - dag:\n"
        + "      - {task: a, next: b}\n"
        + "      - {task: b, next: c}\n"
        + "      - {task: c, next: a}\n";
    YamlProblem problem = first(text);
    assertThat(problem.message()).contains("wait for each other in a circle").contains("a -> b");
    assertThat(problem.line()).isBetween(5, 7);
    assertThat(problem.column()).isEqualTo(16);
    assertThat(problem.key()).isEqualTo("task");
  }

  @Test
  void read_costlyConditions_areBounded() {
    String condition = "a.x" + " + 1".repeat(148) + " > 1";
    StringBuilder text = new StringBuilder(HEAD + "steps:\n  - task: a\n  - switch:\n");
    for (int i = 0; i < 4_000; i++) {
      text.append("      - {when: \"" + condition + "\", do: {pass: p" + i + "}}\n");
    }
    YamlProblem problem = first(text.toString());
    assertThat(problem.message()).contains("more than 20000 tasks, nodes and conditions");
    assertThat(problem.line()).isBetween(1_000, 3_000);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "%s",
        "'%s'",
        "\"%s",
        "|\n %s",
        "? %s",
        "&%s",
        "*%s",
        "!%s",
        HEAD + "%s: 1",
        HEAD + "steps: %s",
        HEAD + "steps:\n  - %s",
        HEAD + "steps:\n  - task: %s",
        HEAD + "steps:\n  - {task: a, function: %s, x: 1}",
        HEAD + "steps:\n  - {task: a, with: {x: %s}}",
        HEAD + "steps:\n  - {task: a, with: {x: {value: %s}, y: }}",
        HEAD + "steps:\n  - {switch: [{when: %s, do: {task: a}}]}",
        HEAD + "steps:\n  - {task: a, runtime: %s}",
        HEAD + "steps:\n  - {task: a, size: %s}",
        HEAD + "steps:\n  - {task: a, resources: {cpus: %s}}",
      })
  void read_hugeScalars_areRefusedBriefly(String text) {
    assertThat(first(text.replace("%s", "x".repeat(10_000_000))).toString()).hasSizeLessThan(3_000);
    assertThat(first(text.replace("%s", "1".repeat(500_000))).toString()).hasSizeLessThan(3_000);
    assertThat(first(text.replace("%s", "1".repeat(500))).toString()).hasSizeLessThan(3_000);
  }

  @Test
  void read_numberWithAHugeExponent_isRefused() {
    String exponent = "1e" + "9".repeat(900);
    assertThat(first(HEAD + "steps:\n  - {task: a, resources: {cpus: " + exponent + "}}")
            .message())
        .contains("cpus must be from 0 to 1,000,000");
    assertThat(first(HEAD + "steps:\n  - {task: a, runtime: " + exponent + "}").message())
        .contains("must be a duration");
  }

  @Test
  void read_longestAllowedText_isRefusedBeyond() {
    assertThat(first("#".repeat(YamlLimits.DEFAULT.maxCharacters())).message())
        .isEqualTo("the file is empty");
    YamlProblem problem = first("#".repeat(YamlLimits.DEFAULT.maxCharacters() + 1));
    assertThat(problem.message()).isEqualTo("the file has more than 16777216 characters");
    assertThat(problem.cure()).contains("YamlLimits.maxCharacters");
  }

  @Test
  void read_thousandsOfProblems_stopsAtAThousand() {
    String steps = "  - {taks: a}\n".repeat(5_000);
    WorkflowFormatException e = catchThrowableOfType(
        WorkflowFormatException.class,
        () -> WorkflowReader.create().readText(HEAD + "steps:\n" + steps, "x.yaml"));
    assertThat(e.problems()).hasSize(1_000);
    assertThat(e.getMessage())
        .contains("x.yaml:4:5: key 'steps'", "Did you mean 'task'?", "and 980 more")
        .hasLineCount(22);
  }

  // Files.

  private Path file(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("w.yaml"), bytes);
  }

  private static void assertRefused(Path file, String message) {
    assertThat(catchThrowable(() -> WorkflowReader.create().read(file)))
        .isInstanceOf(WorkflowFormatException.class)
        .hasMessageContaining(message);
  }

  @Test
  void read_fiftyMegabytes_isRefused() throws IOException {
    assertRefused(file(" ".repeat(50_000_000).getBytes(StandardCharsets.UTF_8)), "16777216");
    assertRefused(file(" ".repeat(60_000_000).getBytes(StandardCharsets.UTF_8)), "16777216");
  }

  @Test
  void read_endlessDevice_isRefused() {
    Path zero = Path.of("/dev/zero");
    if (Files.exists(zero)) {
      assertRefused(zero, "more than 16777216 characters");
    }
  }

  @Test
  void read_badUtf8_namesThePosition() throws IOException {
    byte[] bytes = "faasflow: 1\nname: w\u00ef".getBytes(StandardCharsets.ISO_8859_1);
    assertRefused(file(bytes), "w.yaml:2:8: the bytes here are not UTF-8. Save the file as text");
  }

  @Test
  void read_binaryJunk_isRefused() throws IOException {
    Random random = new Random(1);
    for (int i = 0; i < 500; i++) {
      byte[] bytes = new byte[1 + random.nextInt(2_000)];
      random.nextBytes(bytes);
      assertRefused(file(bytes), "w.yaml:");
    }
  }

  @Test
  void read_byteOrderMarks_areAccepted() throws IOException {
    for (byte[] bytes : new byte[][] {
      ("\uFEFF" + TASK).getBytes(StandardCharsets.UTF_8),
      ("\uFEFF" + TASK).getBytes(StandardCharsets.UTF_16LE),
      ("\uFEFF" + TASK).getBytes(StandardCharsets.UTF_16BE)
    }) {
      assertThat(WorkflowReader.create().read(file(bytes)).name()).isEqualTo("w");
    }
  }

  @Test
  void read_utf16WithoutMark_isRefused() throws IOException {
    assertRefused(file(TASK.getBytes(StandardCharsets.UTF_16LE)), "U+0000 is not allowed");
  }

  @Test
  void read_missingFile_namesIt() {
    Path file = folder.resolve("none.yaml");
    assertThat(catchThrowable(() -> WorkflowReader.create().read(file)))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessage("There is no file " + file + "; correct the path");
  }

  @Test
  void read_directory_isRefused() {
    assertRefused(folder, ":1:1: is a directory. Name a file of that directory");
  }
}
