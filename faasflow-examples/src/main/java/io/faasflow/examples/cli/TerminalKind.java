package io.faasflow.examples.cli;

import java.io.Console;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** What a stream of the program is connected to. */
enum TerminalKind {
  /** A file, a pipe, or a terminal that can do nothing but print: plain text. */
  NONE,
  /** A terminal that can rewrite a line, and whose user wants no colours. */
  PLAIN,
  /** A terminal with colours. */
  COLOUR;

  boolean isLive() {
    return this != NONE;
  }

  /**
   * Finds out.
   *
   * @param stream 1: standard output, 2: standard error
   * @param environment NO_COLOR and TERM are looked at
   */
  static TerminalKind ofStream(int stream, Map<String, String> environment) {
    String term = environment.getOrDefault("TERM", "");
    if (term.equals("dumb") || !isTerminal(stream)) {
      return NONE;
    }
    // https://no-color.org: present and not empty.
    return environment.getOrDefault("NO_COLOR", "").isEmpty() ? COLOUR : PLAIN;
  }

  @SuppressWarnings("SystemConsoleNull") // the other isTerminal knows about JDK 22
  private static boolean isTerminal(int stream) {
    Path link = Path.of("/proc/self/fd/" + stream);
    if (Files.isSymbolicLink(link)) {
      try {
        String target = Files.readSymbolicLink(link).toString();
        return target.startsWith("/dev/pts/")
            || target.startsWith("/dev/tty")
            || target.startsWith("/dev/console");
      } catch (IOException e) {
        return false; // when in doubt, plain text
      }
    }
    // The JDK only knows of standard input and output together; so the other streams share that.
    Console console = System.console();
    return console != null && isTerminal(console);
  }

  /** Until JDK 21 a console is a terminal; since JDK 22 it must be asked. */
  private static boolean isTerminal(Console console) {
    MethodHandle question;
    try {
      question = MethodHandles.publicLookup()
          .findVirtual(Console.class, "isTerminal", MethodType.methodType(boolean.class));
    } catch (NoSuchMethodException | IllegalAccessException e) {
      return true; // an older JDK
    }
    try {
      return (boolean) question.invokeExact(console);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("Console.isTerminal declares no exceptions", e);
    }
  }
}
