package io.faasflow.workflow.yaml;

import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.reader.StreamReader;

/**
 * What the parser reads from: a text that is in memory as a whole.
 *
 * <p>SnakeYAML's own reader reads in pieces of 1,000 characters, and for each copies all that was
 * looked at and not yet taken. So one comment or word of 16 million characters keeps it busy for
 * minutes. Here, looking ahead costs nothing.
 */
final class TextReader extends StreamReader {
  private final int[] characters; // code points
  private int at;
  private int documentStart;
  private int line;
  private int column;

  TextReader(String text) {
    super("");
    characters = text.codePoints().toArray();
  }

  @Override
  public Mark getMark() {
    return new Mark("", at, line, column, characters, at);
  }

  @Override
  public void forward() {
    forward(1);
  }

  @Override
  public void forward(int length) {
    for (int i = 0; i < length && at < characters.length; i++) {
      int c = characters[at++];
      if (isLineEnd(c)) {
        line++;
        column = 0;
      } else if (c != 0xFEFF) {
        column++;
      }
    }
  }

  private boolean isLineEnd(int c) {
    return c == '\n' || c == 0x85 || c == 0x2028 || c == 0x2029 || (c == '\r' && peek() != '\n');
  }

  @Override
  public int peek() {
    return peek(0);
  }

  @Override
  public int peek(int offset) {
    return at + offset < characters.length ? characters[at + offset] : 0;
  }

  @Override
  public String prefix(int length) {
    return new String(characters, at, Math.min(length, characters.length - at));
  }

  @Override
  public String prefixForward(int length) {
    String prefix = prefix(length);
    // As the original: callers take what holds no line end.
    at = Math.min(at + length, characters.length);
    column += length;
    return prefix;
  }

  @Override
  public int getColumn() {
    return column;
  }

  @Override
  public int getDocumentIndex() {
    return at - documentStart;
  }

  @Override
  public void resetDocumentIndex() {
    documentStart = at;
  }

  @Override
  public int getIndex() {
    return at;
  }

  @Override
  public int getLine() {
    return line;
  }
}
