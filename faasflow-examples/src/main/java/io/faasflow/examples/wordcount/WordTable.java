package io.faasflow.examples.wordcount;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Counts words: a hash table whose keys lie one behind the other in one array of bytes, so that
 * counting a word that is known allocates nothing. Confined to one thread at a time.
 *
 * <p>The word that is being read is written behind the last key. If it turns out to be new, it is a
 * key already; if not, the next word overwrites it.
 */
final class WordTable {
  /** A word, or all different words together, are longer than a table can hold. */
  static final class TooLongException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooLongException(String message) {
      super(message);
    }
  }

  /** The longest word in bytes. Text has no such words; it bounds what a hostile file can cost. */
  static final int MAX_WORD_BYTES = 16 << 20;

  // An array of bytes cannot be much longer, with a word and a text behind the last key.
  private static final int MAX_KEY_BYTES = Integer.MAX_VALUE - 3 * MAX_WORD_BYTES;
  private static final byte[] LOWER_CASE = new byte[256]; // 0: no letter

  static {
    for (int c = 'a'; c <= 'z'; c++) {
      LOWER_CASE[c] = (byte) c;
      LOWER_CASE[c - 'a' + 'A'] = (byte) c;
    }
  }

  private byte[] keys = new byte[1 << 12];
  private int end; // of the last key
  private int tail; // of the word that is being read, which begins at end
  private int hash; // of that word, as far as it was read

  // By the number of the word, in the order of their first appearance.
  private int[] starts = new int[1 << 8];
  private int[] hashes = new int[1 << 8];
  private long[] counts = new long[1 << 8];
  private int size;

  // The hash of a word in the upper half, its number plus 1 in the lower; 0: free.
  private long[] slots = new long[1 << 9];

  static boolean isLetter(byte b) {
    return LOWER_CASE[b & 0xff] != 0;
  }

  /**
   * Reads on. A word that is not over at the end of this text goes on in the next.
   *
   * @param length how much of the array is text, at most 16 MiB
   */
  void addText(byte[] text, int length) {
    makeRoom(length); // all of it may be one word; so the loop need not look
    byte[] words = keys;
    int at = tail;
    int h = hash;
    for (int i = 0; i < length; i++) {
      byte letter = LOWER_CASE[text[i] & 0xff];
      if (letter != 0) {
        words[at++] = letter;
        h = h * 31 + letter;
      } else if (at != end) {
        tail = at;
        add(h, 1);
        at = end;
        h = 0;
      }
    }
    tail = at;
    hash = h;
  }

  /** Ends the last word, if one is being read. */
  void endText() {
    if (tail != end) {
      add(hash, 1);
      hash = 0;
    }
  }

  /** Adds all counts of another table. */
  void addAll(WordTable other) {
    for (int word = 0; word < other.size; word++) {
      int length = other.endOf(word) - other.starts[word];
      makeRoom(length);
      System.arraycopy(other.keys, other.starts[word], keys, end, length);
      tail = end + length;
      add(other.hashes[word], other.counts[word]);
    }
  }

  /** Adds to the count of the word between end and tail; then the tail is at the end again. */
  private void add(int wordHash, long count) {
    int slot = mix(wordHash) & (slots.length - 1);
    for (long found = slots[slot]; found != 0; found = slots[slot]) {
      if ((int) (found >>> 32) == wordHash) {
        int word = (int) found - 1;
        if (isRead(word)) {
          counts[word] += count;
          tail = end;
          return;
        }
      }
      slot = (slot + 1) & (slots.length - 1);
    }
    insert(slot, wordHash, count);
  }

  /** Whether a word is the one between end and tail. */
  private boolean isRead(int word) {
    int start = starts[word];
    int length = endOf(word) - start;
    if (length != tail - end) {
      return false;
    }
    // Words are short: a plain loop takes a third less time than Arrays.equals.
    for (int i = 0; i < length; i++) {
      if (keys[start + i] != keys[end + i]) {
        return false;
      }
    }
    return true;
  }

  private void insert(int slot, int wordHash, long count) {
    checkLength();
    if (size == starts.length) {
      starts = Arrays.copyOf(starts, 2 * size);
      hashes = Arrays.copyOf(hashes, 2 * size);
      counts = Arrays.copyOf(counts, 2 * size);
    }
    starts[size] = end;
    hashes[size] = wordHash;
    counts[size] = count;
    slots[slot] = entry(size, wordHash);
    size++;
    end = tail;
    if (2 * size > slots.length) {
      rehash();
    }
  }

  private void rehash() {
    slots = new long[2 * slots.length];
    for (int word = 0; word < size; word++) {
      int slot = mix(hashes[word]) & (slots.length - 1);
      while (slots[slot] != 0) {
        slot = (slot + 1) & (slots.length - 1);
      }
      slots[slot] = entry(word, hashes[word]);
    }
  }

  private static long entry(int word, int wordHash) {
    return (long) wordHash << 32 | (word + 1);
  }

  private static int mix(int hash) {
    int mixed = hash * 0x9E3779B9;
    return mixed ^ (mixed >>> 16);
  }

  /** Makes room for so many bytes behind the tail. */
  private void makeRoom(int bytes) {
    if (keys.length - tail >= bytes) {
      return;
    }
    checkLength();
    if (end >= MAX_KEY_BYTES) {
      throw new TooLongException(
          "the different words are longer than 2 GB together; count fewer files at a time");
    }
    long needed = Math.max(2L * keys.length, (long) tail + bytes);
    keys = Arrays.copyOf(keys, (int) Math.min(needed, Integer.MAX_VALUE - 8L));
  }

  private void checkLength() {
    if (tail - end > MAX_WORD_BYTES) {
      throw new TooLongException(
          "a word is longer than " + (MAX_WORD_BYTES >> 20) + " MiB; this is no text");
    }
  }

  private int endOf(int word) {
    return word + 1 < size ? starts[word + 1] : end;
  }

  /** How many different words there are. */
  int size() {
    return size;
  }

  /** A word by its number. */
  String word(int word) {
    return new String(keys, starts[word], endOf(word) - starts[word], StandardCharsets.US_ASCII);
  }

  /** The count of a word by its number. */
  long count(int word) {
    return counts[word];
  }

  /** Compares two words by their letters. */
  int compare(int one, int other) {
    return Arrays.compare(keys, starts[one], endOf(one), keys, starts[other], endOf(other));
  }
}
