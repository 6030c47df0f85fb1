package io.faasflow.examples.wordcount;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A file to count the words of. Immutable.
 *
 * @param path where it is
 * @param size its size in bytes when it was found
 * @param origin how it was found
 */
public record TextFile(Path path, long size, Origin origin) {
  /** How a file was found. */
  public enum Origin {
    /** It was named, so it counts whatever is in it. */
    NAMED,
    /** It lies in a folder that was named, so it counts unless it is binary. */
    IN_FOLDER
  }

  // What version control and builds keep: nobody's text.
  private static final Set<String> SKIPPED_FOLDERS = Set.of(".git", ".hg", ".svn", "target");

  /** Refuses null and a negative size. */
  public TextFile {
    Objects.requireNonNull(path, "path");
    Objects.requireNonNull(origin, "origin");
    if (size < 0) {
      throw new IllegalArgumentException("The size of " + path + " is negative: " + size);
    }
  }

  /**
   * Finds files: those that are named, and those in folders that are named, at any depth. Each
   * counts once, however often it is named. Symbolic links in folders are not followed; folders
   * named .git, .hg, .svn and target in them are left out. Blocks for as long as the walk takes.
   *
   * @throws FileSystemException when a path does not exist, is neither a file nor a folder, or a
   *     folder cannot be read; it has the path and the reason
   */
  public static List<TextFile> find(List<Path> paths) throws IOException {
    Map<Path, TextFile> found = new LinkedHashMap<>();
    for (Path path : paths) {
      if (Files.isDirectory(path)) {
        for (TextFile file : below(path)) {
          found.putIfAbsent(identity(file.path()), file);
        }
      } else if (Files.isRegularFile(path)) {
        found.put(identity(path), new TextFile(path, Files.size(path), Origin.NAMED));
      } else if (Files.exists(path)) {
        throw new FileSystemException(path.toString(), null, "neither a file nor a folder");
      } else {
        throw new NoSuchFileException(path.toString());
      }
    }
    return List.copyOf(found.values());
  }

  /**
   * The text that a clone of a repository has: its README.md, what is in its src-docs, and its Java
   * sources. Empty where there is none of these.
   *
   * @param folder the repository, or a folder in it
   */
  public static List<Path> ofRepository(Path folder) throws IOException {
    List<Path> text = new ArrayList<>();
    for (String name : List.of("README.md", "src-docs")) {
      if (Files.isReadable(folder.resolve(name))) {
        text.add(folder.resolve(name));
      }
    }
    for (TextFile file : below(folder)) {
      if (file.path().toString().endsWith(".java")) {
        text.add(file.path());
      }
    }
    return List.copyOf(text);
  }

  private static Path identity(Path path) {
    return path.toAbsolutePath().normalize();
  }

  private static Collection<TextFile> below(Path folder) throws IOException {
    List<TextFile> files = new ArrayList<>();
    Files.walkFileTree(folder, new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult preVisitDirectory(Path inner, BasicFileAttributes attributes) {
        Path name = inner.getFileName();
        return !inner.equals(folder) && SKIPPED_FOLDERS.contains(String.valueOf(name))
            ? FileVisitResult.SKIP_SUBTREE
            : FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        if (attributes.isRegularFile()) {
          files.add(new TextFile(file, attributes.size(), Origin.IN_FOLDER));
        }
        return FileVisitResult.CONTINUE;
      }
    });
    return files;
  }
}
