package io.faasflow.examples.wordcount;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A share of the work: slices of files, many small ones or a part of a large one. Immutable.
 *
 * <p>A large file is cut behind the end of a line, where one is near, else between two words; never
 * in a word. Finding the cuts reads a few kilobytes at each, not the file. Counting reads through a
 * small buffer: memory grows with the number of different words, not with the size of the files.
 *
 * @param slices what to count
 */
public record Chunk(List<Slice> slices) {
  /**
   * A part of a file. Immutable.
   *
   * @param file the file
   * @param from where it begins, in bytes
   * @param to where it ends, exclusive
   */
  public record Slice(TextFile file, long from, long to) {}

  private static final long MIN_BYTES = 1 << 20;
  private static final long PREFERRED_BYTES = 16 << 20;
  // Each chunk makes a table of its words, and all of them meet in memory: so there are not too
  // many of them. But enough that nobody waits for the last one.
  private static final int MAX_CHUNKS = 256;
  private static final int CHUNKS_A_PROCESSOR = 4;
  // What opening a file costs, as bytes that could be counted meanwhile.
  private static final long OPENING = 16 << 10;
  private static final int PROBE_BYTES = 16 << 10;
  private static final int BUFFER_BYTES = 128 << 10;
  // As git does it: text has no zero in its first bytes.
  private static final int BINARY_PROBE_BYTES = 8_000;

  /** Copies the list. */
  public Chunk {
    slices = List.copyOf(slices);
  }

  /**
   * Splits files into chunks of about the same size.
   *
   * @throws IOException when a file cannot be read
   */
  public static List<Chunk> split(List<TextFile> files) throws IOException {
    return splitBy(sizeFor(files), files);
  }

  private static long sizeFor(List<TextFile> files) {
    long total = files.stream().mapToLong(file -> file.size() + OPENING).sum();
    int least = CHUNKS_A_PROCESSOR * Runtime.getRuntime().availableProcessors();
    long chunks = Math.min(MAX_CHUNKS, Math.max(least, total / PREFERRED_BYTES));
    return Math.max(MIN_BYTES, total / chunks);
  }

  /** Splits files into chunks of about this size; a line or word that is longer stays whole. */
  static List<Chunk> splitBy(long bytes, List<TextFile> files) throws IOException {
    List<Chunk> chunks = new ArrayList<>();
    List<Slice> slices = new ArrayList<>();
    long size = 0;
    for (TextFile file : files) {
      for (Slice slice : file.size() <= bytes ? whole(file) : cut(file, bytes)) {
        slices.add(slice);
        size += slice.to() - slice.from() + OPENING;
        if (size >= bytes) {
          chunks.add(new Chunk(slices));
          slices.clear();
          size = 0;
        }
      }
    }
    if (!slices.isEmpty()) {
      chunks.add(new Chunk(slices));
    }
    return chunks;
  }

  private static List<Slice> whole(TextFile file) {
    return List.of(new Slice(file, 0, file.size()));
  }

  private static List<Slice> cut(TextFile file, long bytes) throws IOException {
    List<Slice> slices = new ArrayList<>();
    try (FileChannel channel = FileChannel.open(file.path(), StandardOpenOption.READ)) {
      if (file.origin() == TextFile.Origin.IN_FOLDER && isBinary(channel)) {
        return whole(file); // counting will find out again, and skip it
      }
      long from = 0;
      while (file.size() - from > bytes) {
        long to = cutBehind(channel, from + bytes, file.size());
        slices.add(new Slice(file, from, to));
        from = to;
      }
      if (from < file.size()) {
        slices.add(new Slice(file, from, file.size()));
      }
    }
    return slices;
  }

  private static boolean isBinary(FileChannel channel) throws IOException {
    byte[] first = new byte[BINARY_PROBE_BYTES];
    return hasZero(first, channel.read(ByteBuffer.wrap(first), 0));
  }

  private static boolean hasZero(byte[] bytes, int length) {
    for (int i = 0; i < length; i++) {
      if (bytes[i] == 0) {
        return true;
      }
    }
    return false;
  }

  /** The next place from here where no word is cut: behind a newline, or any byte between words. */
  private static long cutBehind(FileChannel channel, long start, long size) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(PROBE_BYTES);
    for (long at = start; at < size; at += buffer.position()) {
      buffer.clear();
      if (channel.read(buffer, at) < 0) {
        break; // the file has become shorter meanwhile
      }
      int between = -1;
      for (int i = 0; i < buffer.position(); i++) {
        byte b = buffer.get(i);
        if (b == '\n') {
          return at + i + 1;
        }
        if (between < 0 && !WordTable.isLetter(b)) {
          between = i;
        }
      }
      if (between >= 0) {
        return at + between + 1;
      }
    }
    return size;
  }

  /**
   * Counts the words of a chunk. Stops with an exception when its thread is interrupted.
   *
   * @throws IOException when a file cannot be read, or the thread is interrupted
   */
  public static WordCounts count(Chunk chunk) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    WordTable table = new WordTable();
    Totals totals = Totals.NONE;
    for (Slice slice : chunk.slices()) {
      totals = totals.plus(countSlice(slice, buffer, table));
    }
    return new WordCounts(table, totals);
  }

  private static Totals countSlice(Slice slice, byte[] text, WordTable table) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(text);
    try (FileChannel channel = FileChannel.open(slice.file().path(), StandardOpenOption.READ)) {
      long at = slice.from();
      boolean probe = at == 0 && slice.file().origin() == TextFile.Origin.IN_FOLDER;
      while (at < slice.to()) {
        buffer.clear().limit((int) Math.min(buffer.capacity(), slice.to() - at));
        int read = channel.read(buffer, at);
        if (read < 0) {
          break; // the file has become shorter meanwhile
        }
        if (probe && hasZero(text, Math.min(read, BINARY_PROBE_BYTES))) {
          return Totals.BINARY_FILE;
        }
        probe = false;
        table.addText(text, read);
        at += read;
      }
      table.endText();
      return new Totals(slice.from() == 0 ? 1 : 0, at - slice.from(), 0);
    } catch (WordTable.TooLongException e) {
      throw new IOException(slice.file().path() + ": " + e.getMessage(), e);
    }
  }
}
