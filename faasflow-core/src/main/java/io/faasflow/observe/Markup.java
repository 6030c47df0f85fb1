package io.faasflow.observe;

import java.util.List;
import java.util.Locale;

/** Text and figures for HTML and SVG. Stateless. */
final class Markup {
  private static final char REPLACEMENT = '\uFFFD';
  private static final int CONTROL_PICTURES = 0x2400;
  private static final double TENTHS = 10;
  private static final int KILO = 1_000;

  private Markup() {}

  /**
   * Anybody's text as content of an element, or of an attribute in double quotes. Control characters,
   * halves of surrogate pairs and what changes the direction of writing become visible signs, so that
   * a name cannot pose as another one.
   */
  static String escape(String text) {
    StringBuilder safe = new StringBuilder(text.length() + 16);
    text.codePoints().forEach(c -> {
      switch (c) {
        case '&' -> safe.append("&amp;");
        case '<' -> safe.append("&lt;");
        case '>' -> safe.append("&gt;");
        case '"' -> safe.append("&quot;");
        case '\'' -> safe.append("&#39;");
        case '\n', '\t' -> safe.appendCodePoint(c);
        default -> safe.appendCodePoint(visible(c));
      }
    });
    return safe.toString();
  }

  private static int visible(int c) {
    if (c < ' ') {
      return CONTROL_PICTURES + c;
    }
    boolean isNonCharacter = (c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF);
    return switch (Character.getType(c)) {
      case Character.CONTROL, Character.SURROGATE, Character.LINE_SEPARATOR -> REPLACEMENT;
      case Character.PARAGRAPH_SEPARATOR, Character.FORMAT ->
        // U+200D joins the parts of many signs.
        c == 0x200D ? c : REPLACEMENT;
      default -> isNonCharacter ? REPLACEMENT : c;
    };
  }

  /** The first characters of a text, and a sign that there were more. */
  static String cut(String text, int most) {
    return text.codePointCount(0, text.length()) <= most
        ? text
        : text.substring(0, text.offsetByCodePoints(0, most - 1)) + '…';
  }

  /** A coordinate, to a tenth. */
  static String number(double value) {
    double rounded = Math.round(value * TENTHS) / TENTHS;
    return rounded == Math.rint(rounded) ? Long.toString((long) rounded) : Double.toString(rounded);
  }

  /** {@code timed out}. */
  static String words(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** {@code timed-out}. */
  static String cssClass(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** {@code 12 B}, {@code 3.4 KB}, {@code 5.6 MB}, in thousands and millions of bytes. */
  static String bytes(long bytes) {
    if (bytes < KILO) {
      return bytes + " B";
    }
    double size = (double) bytes / KILO;
    String unit = "KB";
    for (String larger : List.of("MB", "GB", "TB")) {
      if (size >= KILO) {
        size /= KILO;
        unit = larger;
      }
    }
    return String.format(Locale.ROOT, "%.1f %s", size, unit);
  }

  /** {@code 1 task}, {@code 1,234 tasks}. */
  static String count(long n, String what) {
    return String.format(Locale.ROOT, "%,d %s%s", n, what, n == 1 ? "" : "s");
  }
}
