package io.faasflow.examples.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Finds the files that a command line names, one by one or by their folder. */
final class WorkflowFiles {
  private WorkflowFiles() {}

  /**
   * All files: those that are named, and all *.yaml and *.yml in folders that are named, at any depth,
   * in the order of their names.
   *
   * @param folder where relative paths begin
   * @throws UsageException when one is not there, or a folder has none
   */
  static List<Path> find(List<String> names, Path folder) throws IOException {
    List<Path> files = new ArrayList<>();
    for (String name : names) {
      files.addAll(find(name, folder));
    }
    return files;
  }

  private static List<Path> find(String name, Path folder) throws IOException {
    Path path = Target.path(name, folder);
    if (!Files.isDirectory(path)) {
      if (!Files.exists(path)) {
        throw Target.notThere(name, folder, List.of());
      }
      return List.of(path);
    }
    try (Stream<Path> walk = Files.walk(path)) {
      List<Path> found = walk.filter(Files::isRegularFile)
          .filter(WorkflowFiles::isYaml)
          .sorted()
          .toList();
      if (found.isEmpty()) {
        throw new UsageException("there is no *.yaml and no *.yml in the folder " + name);
      }
      return found;
    }
  }

  private static boolean isYaml(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    return name.endsWith(".yaml") || name.endsWith(".yml");
  }
}
