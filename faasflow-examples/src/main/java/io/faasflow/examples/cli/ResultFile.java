package io.faasflow.examples.cli;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file that results are written to, if one was named. Immutable.
 *
 * @param name as on the command line; null: nothing is written
 * @param folder where relative names begin
 */
record ResultFile(@Nullable String name, Path folder) {
  /**
   * Finds out before anything is measured whether results can be written, as far as can be told.
   *
   * @throws UsageException when they cannot
   */
  void check() {
    if (name == null) {
      return;
    }
    Path file = Target.path(name, folder);
    if (Files.isDirectory(file)) {
      throw new UsageException(name + " is a folder; name a file to write to");
    }
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null && !Files.isDirectory(parent)) {
      throw new UsageException("there is no folder to write " + name + " to");
    }
  }

  void write(String text) throws IOException {
    if (name == null) {
      return;
    }
    try {
      Files.writeString(Target.path(name, folder), text);
    } catch (FileSystemException e) {
      String reason = e.getReason();
      throw new IOException(
          "cannot write " + name + ": " + (reason == null ? e.getClass().getSimpleName() : reason),
          e);
    }
  }
}
