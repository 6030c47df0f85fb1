package io.faasflow.examples.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Text in columns. Confined to one thread. */
final class Table {
  private static final String GAP = "  ";

  private final boolean[] toTheRight;
  private final List<String[]> rows = new ArrayList<>();

  /**
   * A table without rows.
   *
   * @param alignment a letter a column: {@code l} or {@code r}
   */
  Table(String alignment) {
    toTheRight = new boolean[alignment.length()];
    for (int i = 0; i < alignment.length(); i++) {
      toTheRight[i] = alignment.charAt(i) == 'r';
    }
  }

  Table row(String... cells) {
    if (cells.length != toTheRight.length) {
      throw new IllegalArgumentException(
          cells.length + " cells for " + toTheRight.length + " columns");
    }
    rows.add(cells.clone());
    return this;
  }

  void print(PrintWriter out) {
    int[] widths = new int[toTheRight.length];
    for (String[] row : rows) {
      Arrays.setAll(widths, i -> Math.max(widths[i], width(row[i])));
    }
    for (String[] row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.length; i++) {
        String blanks = " ".repeat(widths[i] - width(row[i]));
        line.append(i == 0 ? "" : GAP);
        line.append(toTheRight[i] ? blanks + row[i] : row[i] + blanks);
      }
      out.println(line.toString().stripTrailing());
    }
  }

  private static int width(String cell) {
    return cell.codePointCount(0, cell.length());
  }
}
