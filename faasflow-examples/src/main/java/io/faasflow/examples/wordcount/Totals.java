package io.faasflow.examples.wordcount;

/**
 * What was read. Immutable.
 *
 * @param files files whose words were counted
 * @param bytes their size
 * @param binaryFiles files in folders that were left out because they are no text
 */
record Totals(long files, long bytes, long binaryFiles) {
  static final Totals NONE = new Totals(0, 0, 0);
  static final Totals BINARY_FILE = new Totals(0, 0, 1);

  Totals plus(Totals other) {
    return new Totals(files + other.files, bytes + other.bytes, binaryFiles + other.binaryFiles);
  }
}
