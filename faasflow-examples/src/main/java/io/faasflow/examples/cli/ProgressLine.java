package io.faasflow.examples.cli;

/**
 * A line that says how far something is, written over again and again; nothing where the output is no
 * terminal, and nothing in the first second. Confined to one thread.
 */
final class ProgressLine implements AutoCloseable {
  private static final long QUIET_NANOS = 1_000_000_000L;

  private final Terminal terminal;
  private int shown;

  ProgressLine(Terminal terminal) {
    this.terminal = terminal;
  }

  /** Shows what has been done, and how long that took. */
  void show(String done, long elapsedNanos) {
    if (!terminal.errKind().isLive() || elapsedNanos < QUIET_NANOS) {
      return;
    }
    String text = done + "  " + elapsedNanos / 1_000_000_000L + " s";
    terminal.err().print("\r" + text + " ".repeat(Math.max(0, shown - text.length())));
    terminal.err().flush();
    shown = text.length();
  }

  /** Takes the line away. */
  @Override
  public void close() {
    if (shown > 0) {
      terminal.err().print("\r" + " ".repeat(shown) + "\r");
      terminal.err().flush();
      shown = 0;
    }
  }
}
