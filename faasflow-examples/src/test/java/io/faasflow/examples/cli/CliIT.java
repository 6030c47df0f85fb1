package io.faasflow.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged jar as a user runs it: a process of its own. */
class CliIT {
  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();
  private static final Path JAR = Path.of("target", "faasflow.jar").toAbsolutePath();
  private static final Path SHELL = Path.of("/bin/sh");

  private static final String SLOW = """
      functions:
      - {name: slow, source: slow, runtime: 600}
      """;

  @TempDir
  Path folder;

  private record Outcome(int exitCode, String out, String err) {}

  private Process start(List<String> command) throws IOException {
    return new ProcessBuilder(command).directory(folder.toFile()).start();
  }

  private static CompletableFuture<String> textOf(BufferedReader reader) {
    return CompletableFuture.supplyAsync(() -> {
      StringBuilder text = new StringBuilder();
      try {
        for (int c = reader.read(); c >= 0; c = reader.read()) {
          text.append((char) c);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return text.toString();
    });
  }

  private static Outcome outcome(Process process) throws Exception {
    CompletableFuture<String> out = textOf(process.inputReader(StandardCharsets.UTF_8));
    CompletableFuture<String> err = textOf(process.errorReader(StandardCharsets.UTF_8));
    boolean ended = process.waitFor(60, TimeUnit.SECONDS);
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.toHandle().destroyForcibly(); // the handle leaves the streams open
    assertThat(ended).as("the process ends").isTrue();
    return new Outcome(
        process.exitValue(), out.get(10, TimeUnit.SECONDS), err.get(10, TimeUnit.SECONDS));
  }

  private Outcome run(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(JAVA, "-jar", JAR.toString()));
    command.addAll(List.of(arguments));
    return outcome(start(command));
  }

  private Outcome shell(String script) throws Exception {
    assumeThat(Files.isExecutable(SHELL)).as("there is a shell").isTrue();
    return outcome(start(List.of(SHELL.toString(), "-c", script, "sh", JAVA, JAR.toString())));
  }

  @Test
  void wordCount_ofFiles_printsTheTable() throws Exception {
    Files.writeString(folder.resolve("README.md"), "to be or not to be\n");
    Outcome outcome = run("run", "word-count");
    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    assertThat(outcome.err()).isEmpty();
    assertThat(outcome.out())
        .containsPattern(Pattern.compile("^ +1  be +2  33.33%$", Pattern.MULTILINE))
        .containsPattern(Pattern.compile("^words +6$", Pattern.MULTILINE))
        .contains("MB/s")
        .doesNotContain("\u001b", "\r1");
  }

  @Test
  void help_and_version_work() throws Exception {
    assertThat(run("--help").out()).startsWith("Usage: faasflow");
    assertThat(run("--version").out()).matches("(?s)faasflow [0-9].*on Java .*");
    Outcome none = run();
    assertThat(none.exitCode()).isEqualTo(2);
    assertThat(none.err()).contains("name a command");
  }

  @Test
  void exitCodes_areWhatHelpSays() throws Exception {
    Files.writeString(folder.resolve("bad.yaml"), "functions: 3\n");
    Files.writeString(folder.resolve("slow.yaml"), SLOW);
    assertThat(run("list").exitCode()).isZero();
    assertThat(run("validate", "slow.yaml").exitCode()).isZero();
    assertThat(run("validate", "bad.yaml").exitCode()).isEqualTo(1);
    assertThat(run("plan", "slow.yaml", "--json").exitCode()).isZero();
    assertThat(run("draw", "slow.yaml").exitCode()).isZero();
    assertThat(run("run", "slow.yaml").exitCode()).isZero();
    assertThat(run("run", "slow.yaml", "--timeline", "page.html").exitCode()).isZero();
    assertThat(folder.resolve("page.html")).isNotEmptyFile();
    assertThat(run("run", "missing.yaml").exitCode()).isEqualTo(2);
    Outcome late = run("run", "slow.yaml", "--scale-runtime", "1", "--deadline", "100ms");
    assertThat(late.exitCode()).isEqualTo(1);
    assertThat(late.err()).startsWith("faasflow: workflow 'slow' did not complete within 100.0 ms");
  }

  @Test
  void wordCount_namesInUtf8_arePrintedInUtf8() throws Exception {
    assumeThat(System.getProperty("sun.jnu.encoding")).isEqualTo("UTF-8");
    Files.writeString(folder.resolve("λόγος.yaml"), SLOW);
    Outcome outcome = outcome(start(List.of(
        JAVA,
        "-Dfile.encoding=ISO-8859-1",
        "-Dsun.jnu.encoding=UTF-8",
        "-jar",
        JAR.toString(),
        "validate",
        ".")));
    assertThat(outcome.out()).contains("λόγος.yaml");
  }

  @Test
  void brokenPipe_endsQuietly() throws Exception {
    Outcome outcome =
        shell("\"$1\" -jar \"$2\" run mandelbrot --input rows=3000 --input iterations=2 | head -1");
    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.err()).isEmpty();
    assertThat(outcome.out().lines()).hasSize(1);
  }

  @Test
  void fullDisk_isAFailure() throws Exception {
    assumeThat(Files.exists(Path.of("/dev/full"))).as("there is a full device").isTrue();
    Outcome outcome = shell("\"$1\" -jar \"$2\" list > /dev/full");
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err()).startsWith("faasflow: cannot write the output: ");
  }

  @Test
  void terminate_runGoesOn_cancelsItCleanly() throws Exception {
    Process process = startSlowRun();
    assertThat(process.toHandle().destroy()).isTrue(); // SIGTERM
    Outcome outcome = outcome(process);
    assertThat(outcome.err()).isEqualTo("faasflow: interrupted\n");
    // 143 is 128 and the number of SIGTERM, as 130 is of SIGINT.
    assertThat(outcome.exitCode()).isEqualTo(143);
  }

  @Test
  void interrupt_runGoesOn_cancelsItCleanly() throws Exception {
    assumeThat(ignoresInterrupts())
        .as("SIGINT is ignored here and so in processes")
        .isFalse();
    Process process = startSlowRun();
    assertThat(shell("kill -INT " + process.pid()).exitCode()).isZero();
    Outcome outcome = outcome(process);
    assertThat(outcome.err()).isEqualTo("faasflow: interrupted\n");
    assertThat(outcome.exitCode()).isEqualTo(130);
  }

  private static boolean ignoresInterrupts() throws IOException {
    Path status = Path.of("/proc/self/status");
    return !Files.exists(status)
        || Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .anyMatch(line -> (Long.parseUnsignedLong(line.substring(8).strip(), 16) & 2) != 0);
  }

  /** Starts a run of ten minutes and returns when it goes on. */
  private Process startSlowRun() throws IOException {
    Files.writeString(folder.resolve("slow.yaml"), SLOW);
    Process process = start(List.of(
        JAVA,
        "-Xlog:class+load:stdout",
        "-jar",
        JAR.toString(),
        "run",
        "slow.yaml",
        "--scale-runtime",
        "1"));
    BufferedReader log = process.inputReader(StandardCharsets.UTF_8);
    // This class is loaded once the run has begun and listens to signals.
    String line = log.readLine();
    while (line != null && !line.contains("ShutdownHook$Registered")) {
      line = log.readLine();
    }
    return process;
  }
}
