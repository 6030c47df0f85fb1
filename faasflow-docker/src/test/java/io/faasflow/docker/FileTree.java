package io.faasflow.docker;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What is in a folder, and in those within it, while others change it. */
final class FileTree {
  private FileTree() {}

  /** Everything that is there; what goes while we look is in it or not. Links are not followed. */
  static Stream<Path> of(Path folder) {
    File[] found = Files.isSymbolicLink(folder) ? null : folder.toFile().listFiles();
    return found == null // gone, or not a folder
        ? Stream.of()
        : Stream.of(found).map(File::toPath).flatMap(one -> Stream.concat(Stream.of(one), of(one)));
  }
}
