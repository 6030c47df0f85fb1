package io.faasflow.docker;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Two folders of a container: the inbox, which it can read, and the outbox, which it can write.
 * Thread-safe.
 *
 * <p>Pages of a file in memory count against the memory of the container that wrote them, for as long as
 * the file exists, wherever it is moved. So a container may have only so much out.
 */
final class Mailbox {
  private static final Logger LOG = LoggerFactory.getLogger(Mailbox.class);

  /** Where the inbox is in the container. */
  static final String IN = "/faasflow/in";

  /** Where the outbox is in the container. */
  static final String OUT = "/faasflow/out";

  /** A container may have this part of its memory out. */
  private static final int PART_OF_MEMORY = 4;

  private final Path in;
  private final Path out;
  private final long mostOwed;
  private final AtomicLong owed = new AtomicLong();

  /**
   * The folders exist.
   *
   * @param memoryBytes what the container may take
   */
  Mailbox(Path in, Path out, long memoryBytes) {
    this.in = in;
    this.out = out;
    this.mostOwed = memoryBytes / PART_OF_MEMORY;
  }

  Path in() {
    return in;
  }

  Path out() {
    return out;
  }

  /** Takes note of bytes that stay the container's; false: it has too many out already. */
  boolean owe(long bytes) {
    if (owed.addAndGet(bytes) <= mostOwed) {
      return true;
    }
    owed.addAndGet(-bytes);
    return false;
  }

  /** Bytes that the container has no longer out. */
  void settle(long bytes) {
    owed.addAndGet(-bytes);
  }

  /** Removes the files that the container has left in its outbox. */
  void empty() {
    try (var entries = Files.newDirectoryStream(out)) {
      for (Path entry : entries) {
        try {
          Files.deleteIfExists(entry);
        } catch (IOException e) {
          LOG.debug("{} could not be removed; it goes with its container", entry, e);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      LOG.debug("The outbox {} could not be emptied; it goes with its container", out, e);
    }
  }

  /**
   * Removes what was moved out of the outbox, or puts it back, under a name that the container cannot
   * have taken before. Never walks into a folder: the container lives,
   * and whoever has the folder open could put a link in the way that leads out of it.
   */
  void remove(Path made) {
    try {
      Files.deleteIfExists(made);
    } catch (IOException e) {
      LOG.debug("{} could not be removed; it goes with its container", made, e);
      try {
        Files.move(made, out.resolve(UUID.randomUUID().toString()), StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException again) {
        LOG.warn("{} could not be removed; it goes when the backend is closed", made, again);
      }
    }
  }
}
