package io.faasflow.docker;

import org.jspecify.annotations.Nullable;

/** Why a container will not become ready. */
final class NotReadyException extends Exception {
  private static final long serialVersionUID = 1L;

  NotReadyException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
