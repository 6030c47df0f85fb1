package io.faasflow.examples.cli;

import io.faasflow.workflow.Workflow;
import io.faasflow.workflow.yaml.WorkflowReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a user means by NAME|FILE: a built-in workflow, or a file.
 *
 * <p>The set is closed.
 */
sealed interface Target permits Target.BuiltIn, Target.File {
  /** The workflow. */
  Workflow<?, ?> workflow();

  /** A built-in workflow. */
  record BuiltIn(Example<?, ?> example) implements Target {
    @Override
    public Workflow<?, ?> workflow() {
      return example.workflow();
    }
  }

  /** A workflow that was read from a file. */
  record File(String name, Workflow<Map<String, Object>, Object> workflow) implements Target {}

  /**
   * Finds it. A built-in workflow has precedence; a file of such a name is meant by {@code ./NAME}.
   *
   * @throws UsageException when there is neither a workflow nor a file of that name
   * @throws io.faasflow.workflow.yaml.WorkflowFormatException when the file is invalid
   */
  static Target find(String nameOrFile, Path folder) {
    Optional<Example<?, ?>> example = Examples.find(nameOrFile);
    if (example.isPresent()) {
      return new BuiltIn(example.get());
    }
    Path file = path(nameOrFile, folder);
    if (Files.isDirectory(file)) {
      throw new UsageException(nameOrFile + " is a folder; name one of the files in it");
    }
    if (!Files.exists(file)) {
      throw notThere(nameOrFile, folder, Examples.names());
    }
    return new File(nameOrFile, WorkflowReader.create().read(file));
  }

  /** A path as the user wrote it, from where the user is. */
  static Path path(String text, Path folder) {
    try {
      return folder.resolve(text);
    } catch (InvalidPathException e) {
      throw new UsageException("'" + text + "' cannot be the name of a file: " + e.getReason());
    }
  }

  /** What to throw when there is no such file; names what may have been meant. */
  static UsageException notThere(String text, Path folder, List<String> names) {
    Set<String> near = new LinkedHashSet<>(NearNames.of(text, names));
    Path path = path(text, folder);
    Path parent = Optional.ofNullable(path.toAbsolutePath().getParent()).orElse(path);
    Path last = Optional.ofNullable(path.getFileName()).orElse(path);
    String prefix =
        text.substring(0, Math.max(0, text.length() - last.toString().length()));
    for (String sibling : NearNames.of(last.toString(), filesIn(parent))) {
      near.add(prefix + sibling);
    }
    return new UsageException((names.isEmpty()
            ? "there is no file or folder " + text + "."
            : "there is no built-in workflow and no file '" + text + "'.")
        + (near.isEmpty() ? "" : " Did you mean " + String.join(" or ", near) + "?")
        + (names.isEmpty() ? "" : " Built in are: " + String.join(", ", names)));
  }

  private static List<String> filesIn(Path folder) {
    List<String> names = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      files.limit(10_000).forEach(file -> names.add(String.valueOf(file.getFileName())));
    } catch (IOException | UncheckedIOException e) {
      return List.of(); // then there is nothing to suggest
    }
    return names;
  }
}
