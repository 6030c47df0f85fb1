package io.faasflow.docker;

import org.jspecify.annotations.Nullable;

/** Why a call gave no output; still without the container's log. */
final class CallFailure extends Exception {
  private static final long serialVersionUID = 1L;

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

  CallFailure(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  Kind kind() {
    return kind;
  }
}
