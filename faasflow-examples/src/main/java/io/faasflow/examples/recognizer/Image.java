package io.faasflow.examples.recognizer;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;

/** A small picture with a caption. Immutable. */
public final class Image {
  private static final int SIDE = 64;
  private static final List<String> WORDS =
      List.of("soleil", "mer", "chat", "maudit", "pain", "rose", "vache", "nuit", "idiot", "lune");

  private final String name;
  private final String caption;
  private final int[] pixels; // 0xRRGGBB, row by row; never written to once it is here

  private Image(String name, String caption, int[] pixels) {
    this.name = name;
    this.caption = caption;
    this.pixels = pixels;
  }

  /** An image that depends on nothing but its number: noise around a colour, and some words. */
  public static Image generate(int number) {
    SplittableRandom random = new SplittableRandom(number);
    int red = random.nextInt(256);
    int green = random.nextInt(256);
    int blue = random.nextInt(256);
    int[] pixels = new int[SIDE * SIDE];
    Arrays.setAll(
        pixels, i -> near(random, red) << 16 | near(random, green) << 8 | near(random, blue));
    String caption =
        String.join(" ", random.ints(4, 0, WORDS.size()).mapToObj(WORDS::get).toList());
    return new Image("image-" + number, caption, pixels);
  }

  private static int near(SplittableRandom random, int channel) {
    return Math.max(0, Math.min(255, channel + random.nextInt(-64, 65)));
  }

  /** What it is called. */
  public String name() {
    return name;
  }

  /** The words that are written on it. */
  public String caption() {
    return caption;
  }

  /** The share of its pixels, from 0 to 1, whose colour (0xRRGGBB) is like that. */
  public double share(IntPredicate colour) {
    return (double) Arrays.stream(pixels).filter(colour).count() / pixels.length;
  }

  /** The same image, so coarse that nothing can be recognised, and without its caption. */
  public Image pixelated() {
    int block = SIDE / 4;
    int[] coarse = new int[pixels.length];
    Arrays.setAll(coarse, i -> pixels[i / SIDE / block * block * SIDE + i % SIDE / block * block]);
    return new Image(name, "", coarse);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Image that
        && name.equals(that.name)
        && caption.equals(that.caption)
        && Arrays.equals(pixels, that.pixels);
  }

  @Override
  public int hashCode() {
    return Objects.hash(name, caption, Arrays.hashCode(pixels));
  }

  @Override
  public String toString() {
    return name + " '" + caption + "'";
  }
}
