package io.faasflow.run;

/**
 * What workers told each other because of a run. Immutable.
 *
 * @param messages how many messages were sent
 * @param bytes how many bytes they took on the wire; 0 where they are handed over within the JVM and
 *     nothing is serialised
 */
public record Traffic(long messages, long bytes) {
  /** Nothing was sent. */
  public static final Traffic NONE = new Traffic(0, 0);

  /** The sum of both. */
  public Traffic plus(Traffic other) {
    return new Traffic(messages + other.messages, bytes + other.bytes);
  }
}
