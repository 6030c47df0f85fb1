package io.faasflow.faastore.redis;

/** What was found in Redis is not what was stored. The message says how; who catches it adds which. */
final class DamagedException extends Exception {
  private static final long serialVersionUID = 1L;

  DamagedException(String message) {
    super(message);
  }
}
