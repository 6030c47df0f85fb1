package io.faasflow.docker;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** An exchange over a {@link Connection} failed. The connection is of no use afterwards. */
final class WireException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What went wrong. */
  enum Kind {
    /** The other side closed, or is not there. */
    CLOSED,
    /** What came is no HTTP. */
    MALFORMED,
    /** More came than is allowed. */
    TOO_LARGE,
    /** The time was up. */
    TIMEOUT
  }

  private final Kind kind;

  WireException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  Kind kind() {
    return kind;
  }
}
