package io.faasflow.examples.recognizer;

/**
 * What becomes of an image. Immutable.
 *
 * @param image its name
 * @param decision what was decided
 * @param score how sure the detectors are that it is illegal, from 0 to 1; 0 where it is not
 * @param caption the caption that may be shown
 */
public record Verdict(String image, Decision decision, double score, String caption) {
  /** What can be decided. */
  public enum Decision {
    /** Shown as it is. */
    FINE,
    /** Shown with stars in place of rude words. */
    CENSORED,
    /** Shown so coarse that nothing can be recognised. */
    PIXELATED
  }
}
