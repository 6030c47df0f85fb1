package io.faasflow.docker;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which process owns containers, as labels say it, so that another one can tell whether it still lives.
 * Immutable.
 *
 * @param host the machine's name
 * @param machine its id, which no other one has; empty where it has none, as in many containers
 * @param boot which of its boots, and which name space of process ids: elsewhere a pid says nothing
 * @param pid the process
 * @param start when it started, in ticks of the machine: pids are used again
 */
record HostProcess(String host, String machine, String boot, long pid, String start) {
  private static final Path PROC = Path.of("/proc");
  private static final Path MACHINE = Path.of("/etc/machine-id");
  private static final Pattern MACHINE_ID = Pattern.compile("[0-9a-f]{32}");

  /** This process. */
  static HostProcess self() throws IOException {
    long pid = ProcessHandle.current().pid();
    String boot = Files.readString(PROC.resolve("sys/kernel/random/boot_id")).trim() + " "
        + Files.readSymbolicLink(PROC.resolve("self/ns/pid"));
    // Not asked of InetAddress: that asks name servers, which may be slow, or not know it.
    String host = Files.readString(PROC.resolve("sys/kernel/hostname")).trim();
    String machine = Files.isReadable(MACHINE) ? Files.readString(MACHINE).trim() : "";
    return new HostProcess(
        host, MACHINE_ID.matcher(machine).matches() ? machine : "", boot, pid, start(pid));
  }

  /** When a process started; empty where there is none. */
  private static String start(long pid) throws IOException {
    Path stat = PROC.resolve(Long.toString(pid)).resolve("stat");
    String text;
    try {
      text = Files.readString(stat, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      if (Files.exists(stat)) {
        throw e;
      }
      return ""; // there was none, or it ended just now
    }
    // The name, in parentheses, may hold anything; the 22nd field is the 20th after it.
    return text.substring(text.lastIndexOf(')') + 2).split(" ", -1)[19];
  }

  /** Reads what {@link #toString()} wrote; null where it is something else. */
  static @Nullable HostProcess parse(String text) {
    String[] parts = text.split("\\|", -1);
    if (parts.length != 5 || !parts[3].matches("\\d{1,18}")) {
      return null;
    }
    return new HostProcess(parts[0], parts[1], parts[2], Long.parseLong(parts[3]), parts[4]);
  }

  /**
   * Whether that process surely does not live any more. One of another machine, or of another name
   * space of this one, may, and so may any where those of others cannot be seen: then it is not ours to
   * judge.
   *
   * @param observer this process
   */
  boolean isDead(HostProcess observer) throws IOException {
    if (!host.equals(observer.host) || !machine.equals(observer.machine)) {
      return false;
    }
    String[] own = observer.boot.split(" ", 2);
    String[] its = boot.split(" ", 2);
    if (!own[0].equals(its[0])) {
      // Nothing lives through a boot of the same machine. But machines that share an engine may
      // have one name, and what runs in containers even one id.
      return !machine.isEmpty() && own[1].equals(its[1]);
    }
    return boot.equals(observer.boot) && seesOthers() && !start(pid).equals(start);
  }

  /** Not where /proc is mounted so (hidepid) that a user's processes are hidden from all others. */
  private static boolean seesOthers() {
    return Files.isReadable(PROC.resolve("1/stat"));
  }

  @Override
  public String toString() {
    return host + "|" + machine + "|" + boot + "|" + pid + "|" + start;
  }
}
