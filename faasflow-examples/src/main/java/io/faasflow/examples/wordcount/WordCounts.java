package io.faasflow.examples.wordcount;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** How often each word was found. Immutable, so thread-safe. */
public final class WordCounts {
  /**
   * A word and how often it was found. Immutable.
   *
   * @param word in lower case
   * @param count 1 or more
   */
  public record Count(String word, long count) {}

  private final WordTable table; // not written to any more
  private final Totals totals;
  private final long words;

  WordCounts(WordTable table, Totals totals) {
    this.table = table;
    this.totals = totals;
    long sum = 0;
    for (int i = 0; i < table.size(); i++) {
      sum += table.count(i);
    }
    this.words = sum;
  }

  /** Adds up counts; none give the counts of nothing. */
  public static WordCounts merge(List<WordCounts> parts) {
    WordTable table = new WordTable();
    Totals totals = Totals.NONE;
    for (WordCounts part : parts) {
      table.addAll(part.table);
      totals = totals.plus(part.totals);
    }
    return new WordCounts(table, totals);
  }

  /** How many words were found. */
  public long words() {
    return words;
  }

  /** How many different ones. */
  public int distinctWords() {
    return table.size();
  }

  /** How many files were counted. */
  public long files() {
    return totals.files();
  }

  /** How large they are together. */
  public long bytes() {
    return totals.bytes();
  }

  /** How many files were left out because they are binary. */
  public long binaryFiles() {
    return totals.binaryFiles();
  }

  /**
   * The most frequent words, the most frequent first; words of the same count by the alphabet.
   *
   * @param most how many at most, 0 or more
   */
  public List<Count> top(int most) {
    Comparator<Integer> alphabet = table::compare;
    Comparator<Integer> lastFirst =
        Comparator.<Integer>comparingLong(table::count).thenComparing(alphabet.reversed());
    PriorityQueue<Integer> best = new PriorityQueue<>(lastFirst);
    for (int word = 0; word < table.size(); word++) {
      best.add(word);
      if (best.size() > most) {
        best.remove();
      }
    }
    List<Count> top = new ArrayList<>(best.size());
    while (!best.isEmpty()) {
      int word = best.remove();
      top.add(new Count(table.word(word), table.count(word)));
    }
    Collections.reverse(top);
    return top;
  }

  @Override
  public String toString() {
    return words + " words, " + table.size() + " different ones, in " + totals.files() + " files";
  }
}
