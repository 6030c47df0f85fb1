package io.faasflow.examples.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Finds names that were probably meant. */
final class NearNames {
  private static final int MAX_LENGTH = 100;
  private static final int MAX_NAMES = 3;

  private record Near(String name, int distance) {}

  private NearNames() {}

  /** The names that differ in up to a third of their letters, the nearest first; at most three. */
  static List<String> of(String word, Collection<String> known) {
    if (word.length() > MAX_LENGTH) {
      return List.of();
    }
    String lower = word.toLowerCase(Locale.ROOT);
    return known.stream()
        .filter(name -> name.length() <= MAX_LENGTH)
        .map(name -> new Near(name, distance(lower, name.toLowerCase(Locale.ROOT))))
        .filter(near -> near.distance() <= Math.max(1, near.name().length() / 3))
        .sorted(Comparator.comparingInt(Near::distance))
        .limit(MAX_NAMES)
        .map(Near::name)
        .toList();
  }

  /** {@code " Did you mean a or b?"}, or nothing. */
  static String question(String word, Collection<String> known) {
    List<String> near = of(word, known);
    return near.isEmpty()
        ? ""
        : near.stream().collect(Collectors.joining(" or ", " Did you mean ", "?"));
  }

  /** How many letters to insert, remove, replace, or swap with their neighbour. */
  private static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int replaced = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        d[i][j] = Math.min(replaced, Math.min(d[i - 1][j], d[i][j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
