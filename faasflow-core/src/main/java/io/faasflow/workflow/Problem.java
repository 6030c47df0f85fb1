package io.faasflow.workflow;

import java.util.Objects;

/**
 * One thing that is wrong with a definition. Immutable.
 *
 * @param subject the task or node that it is about, or an empty string when it is about the whole
 * @param place where in the definition, such as {@code sequence > switch case 2}
 * @param message what is wrong
 * @param cure what to do about it
 */
public record Problem(String subject, String place, String message, String cure) {
  /** Refuses null. */
  public Problem {
    Objects.requireNonNull(subject, "subject");
    Objects.requireNonNull(place, "place");
    Objects.requireNonNull(message, "message");
    Objects.requireNonNull(cure, "cure");
  }

  @Override
  public String toString() {
    return (place.isEmpty() ? "" : "in " + place + ": ") + message + ". " + cure;
  }
}
