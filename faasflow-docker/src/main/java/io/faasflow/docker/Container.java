package io.faasflow.docker;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A container that is ready for calls. Whoever has it, has it alone: {@link WorkerContainers} hands it
 * from one thread to the other, under its lock, so the fields need no guard of their own.
 */
final class Container {
  private final String id;
  private final Path folder;
  private final Connection connection;
  private final @Nullable Mailbox mailbox;
  private int calls;
  private long idleSince;

  Container(String id, Path folder, Connection connection, @Nullable Mailbox mailbox) {
    this.id = id;
    this.folder = folder;
    this.connection = connection;
    this.mailbox = mailbox;
  }

  String id() {
    return id;
  }

  /** What is mounted into it. */
  Path folder() {
    return folder;
  }

  Connection connection() {
    return connection;
  }

  /** How files get in and out; null: they do not. */
  @Nullable
  Mailbox mailbox() {
    return mailbox;
  }

  /** Counts a call; gives how many there were with it. */
  int countCall() {
    return ++calls;
  }

  /** Since when nobody called it, by {@link System#nanoTime()}. */
  long idleSince() {
    return idleSince;
  }

  void idleSince(long nanos) {
    idleSince = nanos;
  }

  @Override
  public String toString() {
    return "container " + id.substring(0, Math.min(12, id.length()));
  }
}
