package io.faasflow.faastore;

import io.faasflow.run.RunId;
import java.util.Objects;

/**
 * The name of an object in a {@link RemoteTier}. Immutable.
 *
 * @param run the run that the object belongs to
 * @param name which object of the run: 1 to {@value #MAX_NAME_LENGTH} characters of printable ASCII
 *     without blanks
 */
public record ObjectKey(RunId run, String name) {
  /** How long a name may be, inclusive. */
  public static final int MAX_NAME_LENGTH = 512;

  /**
   * @throws IllegalArgumentException when the name is empty, too long, or has other characters
   */
  public ObjectKey {
    Objects.requireNonNull(run, "run");
    if (name.isEmpty() || name.length() > MAX_NAME_LENGTH) {
      throw new IllegalArgumentException("The name of an object has 1 to " + MAX_NAME_LENGTH
          + " characters, this one has " + name.length());
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c <= ' ' || c > '~') {
        throw new IllegalArgumentException("The name of an object is printable ASCII without"
            + " blanks; character " + i + " is 0x" + Integer.toHexString(c));
      }
    }
  }

  /** The run and the name, for messages. */
  @Override
  public String toString() {
    return run + "/" + name;
  }
}
