package io.faasflow.examples.cli;

import io.faasflow.examples.wordcount.WordCounts;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * Prints counts of words.
 *
 * @param top how many words to list
 */
record WordReport(int top) implements Job.Report<WordCounts> {
  static final int DEFAULT_TOP = 20;

  @Override
  public void print(WordCounts counts, Duration time, Terminal terminal) {
    List<WordCounts.Count> words = counts.top(top);
    if (!words.isEmpty()) {
      Table table = new Table("rlrr").row("rank", "word", "count", "share");
      int rank = 1;
      for (WordCounts.Count word : words) {
        table.row(
            Integer.toString(rank++),
            word.word(),
            Quantity.count(word.count()),
            String.format(Locale.ROOT, "%.2f%%", 100.0 * word.count() / counts.words()));
      }
      table.print(terminal.out());
      terminal.out().println();
    }
    Table summary = new Table("lr")
        .row("words", Quantity.count(counts.words()))
        .row("distinct words", Quantity.count(counts.distinctWords()))
        .row("files", Quantity.count(counts.files()));
    if (counts.binaryFiles() > 0) {
      summary.row("binary files skipped", Quantity.count(counts.binaryFiles()));
    }
    summary
        .row("bytes", Quantity.count(counts.bytes()))
        .row("time", Quantity.text(time))
        .row("throughput", Quantity.throughput(counts.bytes(), time))
        .print(terminal.out());
    if (counts.words() == 0) {
      terminal.out().flush();
      terminal
          .err()
          .println(
              counts.files() == 0
                  ? "note: no text file was found"
                  : "note: there is not a single word in "
                      + (counts.files() == 1 ? "this file" : "these files"));
    }
  }
}
