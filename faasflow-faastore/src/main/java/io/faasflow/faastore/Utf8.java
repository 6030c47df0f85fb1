package io.faasflow.faastore;

/** What a text takes as UTF-8. */
final class Utf8 {
  private Utf8() {}

  /** Its bytes; -1 where it has a surrogate without its other half, which UTF-8 cannot say. */
  static long length(String text) {
    int chars = text.length();
    long bytes = chars;
    for (int i = 0; i < chars; i++) {
      char c = text.charAt(i);
      if (c >= 0x80) {
        if (c < 0x800) {
          bytes++;
        } else if (!Character.isSurrogate(c)) {
          bytes += 2;
        } else if (Character.isHighSurrogate(c)
            && i + 1 < chars
            && Character.isLowSurrogate(text.charAt(i + 1))) {
          bytes += 2; // two chars, four bytes
          i++;
        } else {
          return -1;
        }
      }
    }
    return bytes;
  }
}
