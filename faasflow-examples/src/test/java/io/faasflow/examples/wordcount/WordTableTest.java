package io.faasflow.examples.wordcount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class WordTableTest {
  private static WordTable table(String... texts) {
    WordTable table = new WordTable();
    for (String text : texts) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      table.addText(bytes, bytes.length);
    }
    table.endText();
    return table;
  }

  private static Map<String, Long> counts(WordTable table) {
    Map<String, Long> counts = new TreeMap<>();
    for (int word = 0; word < table.size(); word++) {
      assertThat(counts.put(table.word(word), table.count(word))).isNull();
    }
    return counts;
  }

  @Test
  void addText_mixedCaseAndPunctuation_countsRunsOfLetters() {
    assertThat(counts(table("The cat; the CAT's 2nd-best hat.\n")))
        .isEqualTo(Map.of("the", 2L, "cat", 2L, "s", 1L, "nd", 1L, "best", 1L, "hat", 1L));
  }

  @Test
  void addText_lettersBeyondAscii_separateWords() {
    assertThat(counts(table("naïve café"))).isEqualTo(Map.of("na", 1L, "ve", 1L, "caf", 1L));
  }

  @Test
  void addText_wordAcrossTexts_countsOnce() {
    assertThat(counts(table("al", "p", "ha be", "ta"))).isEqualTo(Map.of("alpha", 1L, "beta", 1L));
  }

  @Test
  void addText_nothing_countsNothing() {
    assertThat(counts(table(""))).isEmpty();
    assertThat(counts(table(" 12 \n"))).isEmpty();
  }

  @Test
  void addText_manyDifferentWords_growsAndKeepsAll() {
    StringBuilder text = new StringBuilder();
    Map<String, Long> expected = new TreeMap<>();
    for (int i = 0; i < 50_000; i++) {
      String word =
          Integer.toString(i % 20_000, 26).replaceAll("[0-9]", "q$0").replaceAll("[0-9]", "zz");
      text.append(word).append(' ');
      expected.merge(word, 1L, Long::sum);
    }
    assertThat(counts(table(text.toString()))).isEqualTo(expected);
  }

  @Test
  void addAll_twoTables_sumsCounts() {
    WordTable sum = table("a b b");
    sum.addAll(table("b c"));
    sum.addAll(table(""));
    assertThat(counts(sum)).isEqualTo(Map.of("a", 1L, "b", 3L, "c", 1L));
  }

  @Test
  void addText_wordOfSomeMegabytes_isCounted() {
    String word = "x".repeat(5_000_000);
    WordTable table = table("a " + word + " a " + word);
    assertThat(table.size()).isEqualTo(2);
    assertThat(table.count(1)).isEqualTo(2);
  }

  @Test
  void addText_wordWithoutEnd_isRefused() {
    byte[] letters = new byte[1 << 20];
    Arrays.fill(letters, (byte) 'x');
    WordTable table = new WordTable();
    assertThatThrownBy(() -> {
          for (int i = 0; i < 40; i++) {
            table.addText(letters, letters.length);
          }
        })
        .isInstanceOf(WordTable.TooLongException.class)
        .hasMessage("a word is longer than 16 MiB; this is no text");
  }

  @Test
  void compare_words_goesByTheAlphabet() {
    WordTable table = table("beta alpha alphabet");
    assertThat(table.compare(0, 1)).isPositive();
    assertThat(table.compare(1, 2)).isNegative();
    assertThat(table.compare(1, 1)).isZero();
  }
}
