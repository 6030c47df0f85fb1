package io.faasflow.examples.recognizer;

import static io.faasflow.workflow.Task.task;

import io.faasflow.workflow.Outputs;
import io.faasflow.workflow.Parallel;
import io.faasflow.workflow.Step;
import io.faasflow.workflow.Switch;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The workflow that moderates images: two detectors look at each image at the same time; what they
 * object to is pixelated, of the rest the caption is read, translated and censored. Thread-safe.
 */
public final class ImageRecognizer {
  private static final Map<String, String> ENGLISH = Map.of(
      "soleil", "sun", "mer", "sea", "chat", "cat", "maudit", "damned", "pain", "bread", "rose",
      "pink", "vache", "cow", "nuit", "night", "idiot", "idiot", "lune", "moon");
  private static final List<String> RUDE = List.of("damned", "idiot");

  private ImageRecognizer() {}

  /** The workflow. It takes images and gives a verdict on each, in their order. */
  public static Workflow<List<Image>, List<Verdict>> workflow() {
    return Workflow.<List<Image>>builder("image-recognizer")
        .foreach(images -> images, oneImage())
        .build();
  }

  private static Step<Image, Verdict> oneImage() {
    Task<Image, Image> upload = task("upload", image -> image);
    Task<Image, Finding> adult =
        task("adult", image -> new Finding("adult", image.share(ImageRecognizer::isSkin)));
    Task<Image, Finding> violence =
        task("violence", image -> new Finding("violence", image.share(ImageRecognizer::isBlood)));

    // These need the image, which is not what comes to them: they read it by its task.
    Task<Outputs, Verdict> mosaic = Task.reading(upload).task("mosaic", (found, read) -> {
      Image coarse = read.get(upload).pixelated();
      double score = Math.max(found.get(adult).score(), found.get(violence).score());
      return new Verdict(coarse.name(), Verdict.Decision.PIXELATED, score, "");
    });
    Task<Outputs, String> extract =
        Task.reading(upload).task("extract", (found, read) -> read.get(upload).caption());
    Task<String, String> translate = task("translate", ImageRecognizer::translate);
    Task<String, Verdict> censor = Task.reading(upload)
        .task("censor", (caption, read) -> censor(read.get(upload).name(), caption));

    return upload
        .then(Parallel.of(adult, violence))
        .then(Switch.<Outputs, Boolean>on(
                found -> found.get(adult).isIllegal() || found.get(violence).isIllegal())
            .when(true, mosaic)
            .otherwise(extract.then(translate).then(censor)));
  }

  private static boolean isSkin(int colour) {
    int red = colour >> 16 & 0xff;
    int green = colour >> 8 & 0xff;
    int blue = colour & 0xff;
    return red > 95 && green > 40 && blue > 20 && red > green + 15 && green > blue;
  }

  private static boolean isBlood(int colour) {
    int red = colour >> 16 & 0xff;
    return red > 120 && red > 2 * (colour >> 8 & 0xff) && red > 2 * (colour & 0xff);
  }

  private static String translate(String caption) {
    return String.join(
        " ",
        Arrays.stream(caption.split(" ", -1))
            .map(word -> ENGLISH.getOrDefault(word, word))
            .toList());
  }

  private static Verdict censor(String name, String caption) {
    String clean = caption;
    for (String word : RUDE) {
      clean = clean.replace(word, "*".repeat(word.length()));
    }
    return new Verdict(
        name, clean.equals(caption) ? Verdict.Decision.FINE : Verdict.Decision.CENSORED, 0, clean);
  }
}
