package io.faasflow.examples.languages;

import io.faasflow.function.TaskFunction;
import java.util.List;

/** Cuts the commonest endings off words. Runs in the host or in a container: it is the same class. */
public final class Stems implements TaskFunction<List<String>, List<String>> {
  private static final List<String> ENDINGS = List.of("ing", "ed", "es", "s");
  private static final int SHORTEST = 3;

  @Override
  public List<String> apply(List<String> words) {
    return words.stream().map(Stems::stem).toList();
  }

  private static String stem(String word) {
    for (String ending : ENDINGS) {
      if (word.endsWith(ending) && word.length() - ending.length() >= SHORTEST) {
        return word.substring(0, word.length() - ending.length());
      }
    }
    return word;
  }
}
