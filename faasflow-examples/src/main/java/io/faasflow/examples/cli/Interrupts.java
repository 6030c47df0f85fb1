package io.faasflow.examples.cli;

/** Tells when the user wants the program to stop. Thread-safe. */
interface Interrupts {
  /** An action that is called when that happens, until this is closed. */
  interface Registration extends AutoCloseable {
    @Override
    void close();
  }

  /** Calls the action, on any thread, when the user wants to stop; replaces the one before. */
  Registration onInterrupt(Runnable action);
}
