package io.faasflow.examples.cli;

/** The command line names something that is not there or makes no sense; the message says what. */
final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }

  /** Refuses what is not as it has to be. */
  static void unless(boolean fine, String message) {
    if (!fine) {
      throw new UsageException(message);
    }
  }
}
