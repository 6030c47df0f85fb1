package io.faasflow.docker;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The end of a container's log, for messages of exceptions. */
final class LogTail {
  private static final int LINES = 30;
  private static final int MAX_LINE = 500;
  private static final int LOOKS = 50;

  /** A log of so many characters may have lost its begin: the engine keeps one or two MB. */
  private static final int ROTATED = 500_000;

  private static final long BETWEEN_NANOS = 20_000_000;

  private LogTail() {}

  /** What a container that has ended, or is not to be waited for, wrote last. */
  static String of(Engine engine, String id) {
    return of(engine, id, null, 0);
  }

  /**
   * What a container wrote last. The answer of a call may overtake what the call wrote, so this waits
   * a while for the lines that end it.
   *
   * @param endOfLog what a runtime writes to both streams at the end of each call; null: nothing
   * @param calls how many calls there were
   */
  static String of(Engine engine, String id, @Nullable String endOfLog, int calls) {
    if (Thread.currentThread().isInterrupted()) {
      return ""; // whoever interrupts does not want to wait for it
    }
    try {
      List<String> lines = List.of();
      for (int look = 0; look < LOOKS; look++) {
        String log = engine.log(id);
        lines = log.lines().toList();
        if (endOfLog == null || isComplete(lines, log.length(), endOfLog, calls)) {
          break;
        }
        LockSupport.parkNanos(BETWEEN_NANOS);
      }
      return last(lines, endOfLog);
    } catch (
        @SuppressWarnings("unused")
        InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    } catch (
        @SuppressWarnings("unused")
        RuntimeException e) {
      return ""; // there is something worse to report
    }
  }

  private static boolean isComplete(List<String> lines, int length, String endOfLog, int calls) {
    long ends = lines.stream().filter(endOfLog::equals).count();
    return ends >= 2L * calls
        || (ends == 0 && calls > 1) // nothing ends the log of this image's calls
        || (length >= ROTATED && endOfLog.equals(lines.get(lines.size() - 1))); // some are gone
  }

  private static String last(List<String> lines, @Nullable String endOfLog) {
    List<String> own = new ArrayList<>();
    for (String line : lines) {
      if (!line.equals(endOfLog)) {
        own.add(line.length() > MAX_LINE ? line.substring(0, MAX_LINE) + "..." : line);
      }
    }
    return String.join("\n", own.subList(Math.max(0, own.size() - LINES), own.size()));
  }
}
