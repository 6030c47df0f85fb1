package io.faasflow.docker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The user that may do anything. */
final class Root {
  private Root() {}

  /** Whether it is this process's. */
  static boolean isSelf() throws IOException {
    return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
  }
}
