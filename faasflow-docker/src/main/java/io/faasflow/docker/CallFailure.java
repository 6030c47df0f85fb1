package io.faasflow.docker;

import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Why a call gave no output; still without the container's log. */
final class CallFailure extends Exception {
  private static final long serialVersionUID = 1L;
  private static final int MAX_LENGTH = 4_000;

  /** What failed. */
  enum Kind {
    /** The function; the container is in order. */
    FUNCTION,
    /** The answer cannot be used. */
    ANSWER,
    /** It took too long. */
    TIMEOUT,
    /** There was no answer, as the connection broke. */
    BROKEN
  }

  private final Kind kind;
  private final transient @Nullable Ending ending;

  CallFailure(Kind kind, String message, @Nullable Throwable cause) {
    this(kind, message, cause, null);
  }

  private CallFailure(
      Kind kind, String message, @Nullable Throwable cause, @Nullable Ending ending) {
    super(shortened(message), cause);
    this.kind = kind;
    this.ending = ending;
  }

  /** The function's process ended, and whoever watched it in the container has said so. */
  static CallFailure ended(String message, OptionalInt exitCode) {
    return new CallFailure(Kind.BROKEN, message, null, new Ending(true, exitCode, false));
  }

  /** What a function says may be as long as an answer, and is kept for as long as the failed run. */
  private static String shortened(String message) {
    return message.length() > MAX_LENGTH ? message.substring(0, MAX_LENGTH) + "..." : message;
  }

  Kind kind() {
    return kind;
  }

  /** How the function ended; null: whoever asks the engine learns it. */
  @Nullable
  Ending ending() {
    return ending;
  }
}
