package io.faasflow.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How things are read and written: values, quantities, tables, progress, errors. */
class TextTest {
  private static @Nullable Object parsed(String text) {
    return InputValue.parse("x", text);
  }

  @Test
  void parse_scalars_givesWhatYamlSays() {
    assertThat(parsed("3")).isEqualTo(3);
    assertThat(parsed("010")).isEqualTo(10);
    assertThat(parsed("-7")).isEqualTo(-7);
    assertThat(parsed("3000000000")).isEqualTo(3_000_000_000L);
    assertThat(parsed("100000000000000000000")).isEqualTo(1e20);
    assertThat(parsed("1.5e3")).isEqualTo(1500.0);
    assertThat(parsed("true")).isEqualTo(true);
    assertThat(parsed("False")).isEqualTo(false);
    assertThat(parsed("no")).isEqualTo("no");
    assertThat(parsed("2001-01-01")).isEqualTo("2001-01-01");
    assertThat(parsed("a b")).isEqualTo("a b");
    assertThat(parsed("'3'")).isEqualTo("3");
    assertThat(parsed("\"a\\tb\"")).isEqualTo("a\tb");
    assertThat(parsed("")).isNull();
    assertThat(parsed("~")).isNull();
    assertThat(parsed("[1, two, null]")).isEqualTo(Arrays.asList(1, "two", null));
    assertThat(parsed("{a: {b: 1}}")).isEqualTo(Map.of("a", Map.of("b", 1)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"[1", "!!java.net.URL [x]", "@x", "{[1]: 2}", "&a [*a]", "!!set {a}"})
  void parse_noValue_isWrongUsage(String text) {
    assertThatThrownBy(() -> parsed(text))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("--input x");
  }

  @ParameterizedTest
  @CsvSource({"500ms,PT0.5S", "30s,PT30S", "1.5,PT1.5S", "2m,PT2M", "1h,PT1H"})
  void duration_withUnit_isRead(String text, Duration expected) {
    assertThat(new Quantity.DurationConverter().convert(text)).isEqualTo(expected);
  }

  @Test
  void latency_zeroAndMicroseconds_areRead() {
    assertThat(new Quantity.LatencyConverter().convert("0")).isZero();
    assertThat(new Quantity.LatencyConverter().convert("500us"))
        .isEqualTo(Duration.ofNanos(500_000));
  }

  @Test
  void quantities_areReadable() {
    assertThat(Quantity.count(1_234_567)).isEqualTo("1,234,567");
    assertThat(Quantity.count(1, "file")).isEqualTo("1 file");
    assertThat(Quantity.count(0, "file")).isEqualTo("0 files");
    assertThat(Quantity.text(Duration.ofMillis(12))).isEqualTo("12.0 ms");
    assertThat(Quantity.text(Duration.ofMillis(2_345))).isEqualTo("2.35 s");
    assertThat(Quantity.throughput(3_000_000, Duration.ofMillis(500))).isEqualTo("6.0 MB/s");
    assertThat(Quantity.throughput(0, Duration.ZERO)).isEqualTo("0.0 MB/s");
  }

  @Test
  void table_columns_areAligned() {
    StringWriter out = new StringWriter();
    PrintWriter writer = new PrintWriter(out);
    new Table("lr").row("a", "1").row("λόγος", "100").row("b", "").print(writer);
    assertThat(out.toString().lines()).containsExactly("a        1", "λόγος  100", "b");
    assertThatThrownBy(() -> new Table("l").row("a", "b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("2 cells for 1 columns");
  }

  @Test
  void nearNames_fewLettersApart_areFound() {
    List<String> known = List.of("word-count", "mandelbrot", "hash");
    assertThat(NearNames.of("wordcount", known)).containsExactly("word-count");
    assertThat(NearNames.of("MANDELBROD", known)).containsExactly("mandelbrot");
    assertThat(NearNames.of("x", known)).isEmpty();
    assertThat(NearNames.of("x".repeat(1_000), known)).isEmpty();
    assertThat(NearNames.question("has", known)).isEqualTo(" Did you mean hash?");
  }

  private static String progress(TerminalKind kind, long seconds) {
    StringWriter err = new StringWriter();
    PrintWriter writer = new PrintWriter(err);
    Terminal terminal = new Terminal(writer, writer, kind, kind, Path.of(""), action -> () -> {});
    try (ProgressLine line = new ProgressLine(terminal)) {
      line.show("run 1,000 of 2,000", seconds * 1_000_000_000L);
      line.show("run 2", seconds * 1_000_000_000L);
    }
    return err.toString();
  }

  @Test
  void progress_longRunOnATerminal_isOneLineRewrittenAndTakenAway() {
    assertThat(progress(TerminalKind.PLAIN, 2))
        .startsWith("\rrun 1,000 of 2,000  2 s\rrun 2  2 s   ")
        .endsWith(" \r")
        .doesNotContain("\n", "\u001b");
  }

  @Test
  void progress_shortRunOrNoTerminal_isNotShown() {
    assertThat(progress(TerminalKind.COLOUR, 0)).isEmpty();
    assertThat(progress(TerminalKind.NONE, 100)).isEmpty();
  }

  @Test
  void terminalKind_ofTestStreams_hasNoColourWhereUnwanted() {
    for (int stream : new int[] {1, 2}) {
      assertThat(TerminalKind.ofStream(stream, Map.of("NO_COLOR", "1")))
          .isNotEqualTo(TerminalKind.COLOUR);
      assertThat(TerminalKind.ofStream(stream, Map.of("TERM", "dumb")))
          .isEqualTo(TerminalKind.NONE);
    }
  }

  @Test
  void describe_exceptions_saysWhatHappened() {
    assertThat(ErrorMessages.describe(new UncheckedIOException(new NoSuchFileException("a"))))
        .isEqualTo("there is no file or folder a");
    assertThat(ErrorMessages.describe(new AccessDeniedException("a")))
        .isEqualTo("cannot read a: permission denied");
    assertThat(ErrorMessages.describe(new FileSystemException("a", null, "too many links")))
        .isEqualTo("cannot read a: too many links");
    assertThat(ErrorMessages.describe(new FileSystemException("a")))
        .isEqualTo("cannot read a: unknown reason");
    assertThat(ErrorMessages.describe(new IOException("disk full"))).isEqualTo("disk full");
    assertThat(ErrorMessages.describe(new IllegalStateException("odd")))
        .isEqualTo("IllegalStateException: odd");
    assertThat(ErrorMessages.describe(new NullPointerException()))
        .isEqualTo("NullPointerException");
  }
}
