package io.faasflow.docker;

import io.faasflow.docker.CallFailure.Kind;

/**
 * How many bytes the files of one answer may have together. A file with holes costs its container nothing,
 * but whoever reads or copies it, and a short answer can name many. Confined to the call's thread.
 */
final class Allowance {
  private final long maxHeapBytes;
  private final long maxFileBytes;
  private long heapBytes;
  private long fileBytes;

  /**
   * What nothing has been taken of.
   *
   * @param maxHeapBytes of small files, which are read at once
   * @param maxFileBytes of all others
   */
  Allowance(long maxHeapBytes, long maxFileBytes) {
    this.maxHeapBytes = maxHeapBytes;
    this.maxFileBytes = maxFileBytes;
  }

  /** Counts a file that is to be read at once. */
  void takeHeap(long bytes) throws CallFailure {
    heapBytes += bytes;
    if (heapBytes > maxHeapBytes) {
      throw new CallFailure(
          Kind.ANSWER,
          "its small files have more than " + maxHeapBytes + " bytes together (maxAnswerBytes)",
          null);
    }
  }

  /** Counts any other file. */
  void takeFile(long bytes) throws CallFailure {
    fileBytes += bytes;
    if (fileBytes > maxFileBytes) {
      throw new CallFailure(
          Kind.ANSWER,
          "its files have more than " + maxFileBytes + " bytes together (fileBytes)",
          null);
    }
  }
}
