package io.faasflow.examples.generated;

/**
 * How far generated functions are from what a definition declares. Immutable.
 *
 * @param bytes what declared sizes above {@value #SMALL_BYTES} bytes are multiplied by, from 0 to
 *     1; smaller ones are names and numbers, and stay as they are
 * @param runtime what declared runtimes are multiplied by, from 0 to 1,000; with 0, functions
 *     return at once
 */
public record Scale(double bytes, double runtime) {
  /** The largest size that is not scaled, and the smallest that scaling gives. */
  static final int SMALL_BYTES = 64;

  /** A thousandth of the sizes, and no runtime. */
  public static final Scale DEFAULT = new Scale(0.001, 0);

  /** Refuses what is out of range. */
  public Scale {
    if (!(bytes >= 0 && bytes <= 1)) {
      throw new IllegalArgumentException("The scale of sizes must be from 0 to 1, was " + bytes);
    }
    if (!(runtime >= 0 && runtime <= 1_000)) {
      throw new IllegalArgumentException(
          "The scale of runtimes must be from 0 to 1,000, was " + runtime);
    }
  }

  /** The size that stands for a declared one; at most 1 GiB, for it is to fit into an array. */
  public int bytesFor(long declared) {
    return declared <= SMALL_BYTES
        ? (int) declared
        : (int) Math.min(1 << 30, Math.max(SMALL_BYTES, Math.round(declared * bytes)));
  }
}
