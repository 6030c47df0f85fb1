package io.faasflow.workflow.yaml;

import java.util.Objects;

/**
 * One thing that is wrong with a file. Immutable.
 *
 * @param source the file's name, or what the caller named a text
 * @param line counted from 1
 * @param column counted from 1, in code points
 * @param key the key that it is about, or whose value it is about; empty: the file as a whole
 * @param message what is wrong, without a full stop
 * @param cure what to do about it, without a full stop
 */
public record YamlProblem(
    String source, int line, int column, String key, String message, String cure) {
  /** Refuses null. */
  public YamlProblem {
    Objects.requireNonNull(source, "source");
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(message, "message");
    Objects.requireNonNull(cure, "cure");
  }

  /** {@code file:line:column: key 'x': what is wrong. Cure}. */
  @Override
  public String toString() {
    return source
        + ":"
        + line
        + ":"
        + column
        + ": "
        + (key.isEmpty() ? "" : "key '" + key + "': ")
        + message
        + ". "
        + cure;
  }
}
