package io.faasflow.examples.cli;

import java.io.PrintWriter;
import java.nio.file.Path;

/**
 * The world around a command: where it writes, and where relative paths begin. Immutable.
 *
 * @param out results
 * @param err errors, notes and progress
 * @param outKind what {@code out} is connected to
 * @param errKind what {@code err} is connected to
 * @param folder the working directory
 * @param interrupts tells when the user wants to stop
 */
record Terminal(
    PrintWriter out,
    PrintWriter err,
    TerminalKind outKind,
    TerminalKind errKind,
    Path folder,
    Interrupts interrupts) {

  /** Writes an error. */
  void error(String message) {
    out.flush(); // so that the two stay in order where they go to the same place
    err.println("faasflow: " + message);
    err.flush();
  }
}
