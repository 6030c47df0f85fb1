package io.faasflow.examples.cli;

import io.faasflow.examples.cli.Example.Arguments;
import io.faasflow.examples.languages.Languages;
import io.faasflow.examples.mandelbrot.Mandelbrot;
import io.faasflow.examples.recognizer.Image;
import io.faasflow.examples.recognizer.ImageRecognizer;
import io.faasflow.examples.recognizer.Verdict;
import io.faasflow.examples.wordcount.TextFile;
import io.faasflow.examples.wordcount.WordCount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** The built-in workflows. */
final class Examples {
  private static final int MAX_IMAGES = 100_000;

  private Examples() {}

  /** All of them, the most important first. */
  static List<Example<?, ?>> all() {
    return List.of(
        new Example<>(
            WordCount.workflow(),
            "counts the words of files: split, count in parallel (foreach), merge",
            Examples::paths,
            arguments -> new WordReport(arguments.top().orElse(WordReport.DEFAULT_TOP))),
        new Example<>(
            ImageRecognizer.workflow(),
            "moderates generated images: parallel detectors and a switch, in a foreach",
            Examples::images,
            arguments -> Examples::print),
        new Example<>(
            Mandelbrot.workflow(),
            "draws the Mandelbrot set in text: a foreach of its rows",
            Examples::picture,
            arguments -> (text, time, terminal) -> terminal.out().println(text)),
        new Example<>(
            Languages.workflow(),
            "statistics of a text by a lambda, and by Java and Python in containers",
            Examples::text,
            arguments -> Examples::print));
  }

  static Optional<Example<?, ?>> find(String name) {
    return all().stream().filter(example -> example.name().equals(name)).findFirst();
  }

  static List<String> names() {
    return all().stream().<String>map(Example::name).toList();
  }

  private static List<Path> paths(Arguments arguments) throws IOException {
    refuseInputs(arguments, "word-count", List.of());
    if (arguments.paths().isEmpty()) {
      List<Path> text = TextFile.ofRepository(arguments.folder());
      if (text.isEmpty()) {
        throw new UsageException(
            "there is no README.md, no src-docs and no Java source here; name files or folders:"
                + " faasflow run word-count PATH...");
      }
      return text;
    }
    List<Path> paths =
        arguments.paths().stream().map(arguments.folder()::resolve).toList();
    for (Path path : paths) {
      if (!Files.exists(path)) {
        throw Target.notThere(path.toString(), arguments.folder(), List.of());
      }
    }
    return paths;
  }

  private static List<Image> images(Arguments arguments) {
    refusePaths(arguments, "image-recognizer");
    refuseInputs(arguments, "image-recognizer", List.of("images"));
    int images = number(arguments, "images", 12);
    if (images < 0 || images > MAX_IMAGES) {
      throw new UsageException(
          "--input images must be from 0 to " + MAX_IMAGES + ", was " + images);
    }
    return IntStream.range(0, images).mapToObj(Image::generate).toList();
  }

  private static void print(List<Verdict> verdicts, Duration time, Terminal terminal) {
    Table table = new Table("llrl").row("image", "decision", "score", "caption");
    for (Verdict verdict : verdicts) {
      table.row(
          verdict.image(),
          verdict.decision().name().toLowerCase(Locale.ROOT),
          String.format(Locale.ROOT, "%.2f", verdict.score()),
          verdict.caption());
    }
    table.print(terminal.out());
    terminal
        .out()
        .println("\n" + Quantity.count(verdicts.size(), "image") + " in " + Quantity.text(time));
  }

  private static Mandelbrot.Picture picture(Arguments arguments) {
    refusePaths(arguments, "mandelbrot");
    refuseInputs(arguments, "mandelbrot", List.of("columns", "rows", "iterations"));
    try {
      return new Mandelbrot.Picture(
          number(arguments, "columns", 78),
          number(arguments, "rows", 24),
          number(arguments, "iterations", 500));
    } catch (IllegalArgumentException e) {
      throw new UsageException("--input " + e.getMessage());
    }
  }

  private static String text(Arguments arguments) {
    refusePaths(arguments, "languages");
    refuseInputs(arguments, "languages", List.of("text"));
    return String.valueOf(
        arguments.inputs().getOrDefault("text", "He walked, she walks: walking and jumping cats"));
  }

  private static void print(Map<String, Object> figures, Duration time, Terminal terminal) {
    Table table = new Table("lr");
    figures.forEach((name, value) -> table.row(name, String.valueOf(value)));
    table.row("time", Quantity.text(time)).print(terminal.out());
  }

  private static int number(Arguments arguments, String name, int otherwise) {
    Object value = arguments.inputs().getOrDefault(name, otherwise);
    if (value instanceof Integer number) {
      return number;
    }
    throw new UsageException("--input " + name + " must be a whole number, was " + value);
  }

  private static void refusePaths(Arguments arguments, String workflow) {
    if (!arguments.paths().isEmpty()) {
      throw new UsageException(
          "the workflow " + workflow + " takes no '" + arguments.paths().get(0) + "'");
    }
    if (arguments.top().isPresent()) {
      throw new UsageException("--top is for word-count, not for " + workflow);
    }
  }

  private static void refuseInputs(Arguments arguments, String workflow, List<String> known) {
    for (String name : arguments.inputs().keySet()) {
      if (!known.contains(name)) {
        throw new UsageException("the workflow "
            + workflow
            + " takes no --input "
            + name
            + "."
            + NearNames.question(name, known)
            + (known.isEmpty() ? "" : " It takes: " + String.join(", ", known)));
      }
    }
  }
}
