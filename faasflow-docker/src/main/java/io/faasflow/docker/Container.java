package io.faasflow.docker;

import io.faasflow.container.ContainerUsage;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A container that is ready for calls. Whoever has it, has it alone: {@link WorkerContainers} hands it
 * from one thread to the other, under its lock, so the fields need no guard of their own.
 */
final class Container {
  /** A way to connect again. */
  interface Again {
    /** Another connection; null: there can be none. Blocks up to a time of {@link System#nanoTime()}. */
    @Nullable
    Connection open(long deadline);
  }

  private final String id;
  private final @Nullable Path folder;
  private Connection connection;
  private final Again again;
  private final @Nullable Mailbox mailbox;
  private final @Nullable Meter meter;
  private ContainerUsage usage = ContainerUsage.NONE; // of calls that the pool does not know yet
  private int calls;
  private long since;

  /** @param meter null: what it takes cannot be measured */
  Container(
      String id,
      @Nullable Path folder,
      Connection connection,
      Again again,
      @Nullable Mailbox mailbox,
      @Nullable Meter meter) {
    this.id = id;
    this.folder = folder;
    this.connection = connection;
    this.again = again;
    this.mailbox = mailbox;
    this.meter = meter;
  }

  String id() {
    return id;
  }

  /** What is mounted into it; null: nothing of this machine. */
  @Nullable
  Path folder() {
    return folder;
  }

  Connection connection() {
    return connection;
  }

  /**
   * Whether it can be called: it has not died while nobody called it. Connects again where the function
   * has closed the connection.
   *
   * @param deadline of {@link System#nanoTime()}
   */
  boolean isUsable(long deadline) {
    if (connection.isUsable()) {
      return true;
    }
    Connection another = connection.isClosedByFunction() ? again.open(deadline) : null;
    if (another == null) {
      return false;
    }
    connection.close();
    connection = another;
    return true;
  }

  /** How files get in and out; null: they do not. */
  @Nullable
  Mailbox mailbox() {
    return mailbox;
  }

  /** What it took since this was asked last, or since it is ready; null where that is not known. */
  @Nullable
  ContainerUsage measure() {
    if (meter == null) {
      return null;
    }
    try {
      ContainerUsage taken = meter.sinceLast();
      usage = usage.plus(taken);
      return taken;
    } catch (
        @SuppressWarnings("unused")
        IOException e) {
      return null; // it has just ended: whoever calls it next will see
    }
  }

  /** What was measured since this was asked last. */
  ContainerUsage takeUsage() {
    ContainerUsage taken = usage;
    usage = ContainerUsage.NONE;
    return taken;
  }

  /** Ends the connection, and measures no more. */
  void close() {
    connection.close();
    if (meter != null) {
      meter.close();
    }
  }

  /** Whether there was no call. */
  boolean isFresh() {
    return calls == 0;
  }

  /** Counts a call; gives how many there were with it. */
  int countCall() {
    return ++calls;
  }

  /** Since when it is at work, or idle, by the pool's time. */
  long since() {
    return since;
  }

  void since(long nanos) {
    since = nanos;
  }

  @Override
  public String toString() {
    return "container " + id.substring(0, Math.min(12, id.length()));
  }
}
