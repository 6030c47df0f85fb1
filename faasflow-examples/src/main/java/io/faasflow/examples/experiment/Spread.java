package io.faasflow.examples.experiment;

import java.util.Arrays;
import java.util.stream.LongStream;

/**
 * How several measurements of one thing lie. Immutable.
 *
 * @param min the smallest
 * @param median the middle one; of an even number the mean of the two in the middle
 * @param max the largest
 */
public record Spread(long min, long median, long max) {
  /**
   * The spread of some values.
   *
   * @throws IllegalArgumentException when there are none
   */
  public static Spread of(LongStream values) {
    long[] sorted = values.toArray();
    if (sorted.length == 0) {
      throw new IllegalArgumentException("There is no spread of no values");
    }
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    long median = sorted.length % 2 == 1
        ? sorted[middle]
        : sorted[middle - 1] + (sorted[middle] - sorted[middle - 1]) / 2;
    return new Spread(sorted[0], median, sorted[sorted.length - 1]);
  }
}
