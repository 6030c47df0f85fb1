package io.faasflow.examples.cli;

/** What the program tells scripts. */
final class ExitCode {
  /** All went well. */
  static final int FINE = 0;

  /** A run failed, a file is invalid, or no plan fits. */
  static final int FAILED = 1;

  /** The command line makes no sense, or names what is not there. */
  static final int USAGE = 2;

  /** Somebody pressed Ctrl-C: 128 and the number of the signal. */
  static final int INTERRUPTED = 130;

  private ExitCode() {}
}
