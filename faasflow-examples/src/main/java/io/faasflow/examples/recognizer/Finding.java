package io.faasflow.examples.recognizer;

/**
 * What a detector says about an image. Immutable.
 *
 * @param kind what it looks for
 * @param score how sure it is, from 0 to 1
 */
record Finding(String kind, double score) {
  private static final double LIMIT = 0.5;

  boolean isIllegal() {
    return score >= LIMIT;
  }
}
