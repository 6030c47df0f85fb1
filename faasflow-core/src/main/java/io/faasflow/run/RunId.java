package io.faasflow.run;

import java.io.Serializable;
import java.util.UUID;

/**
 * The id of a run: unique among all hosts, and in the order of starting when compared. Immutable.
 *
 * <p>The layout is that of a version 7 UUID (RFC 9562): milliseconds since 1970 first.
 *
 * @param high the upper 64 bits
 * @param low the lower 64 bits
 */
public record RunId(long high, long low) implements Comparable<RunId>, Serializable {

  /**
   * Reads the form that {@link #toString()} writes.
   *
   * @throws IllegalArgumentException when the text is not a UUID, in upper or lower case
   */
  public static RunId parse(String text) {
    UUID uuid = UUID.fromString(text);
    if (!uuid.toString().equalsIgnoreCase(text)) {
      // The JDK also reads what is no UUID, such as "1-2-3-4-5", and drops digits that are too
      // many.
      throw new IllegalArgumentException("Not a UUID: " + text);
    }
    return new RunId(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits());
  }

  /** When the run was accepted, in milliseconds since 1970. */
  public long epochMillis() {
    return high >>> 16;
  }

  @Override
  public int compareTo(RunId other) {
    int byTime = Long.compareUnsigned(high, other.high);
    return byTime != 0 ? byTime : Long.compareUnsigned(low, other.low);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(high ^ Long.rotateLeft(low, 32));
  }

  @Override
  public String toString() {
    return new UUID(high, low).toString();
  }
}
