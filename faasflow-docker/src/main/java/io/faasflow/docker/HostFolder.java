package io.faasflow.docker;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of a backend on this machine, and in it one for each container, which is mounted there.
 * Thread-safe.
 *
 * <p>Other users of the machine cannot enter the backend's folder. Those in it are open to all, as
 * containers have users of their own; each sees its own alone, and cannot write to its inbox.
 */
final class HostFolder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HostFolder.class);
  private static final String OWNER = "owner";
  private static final String IN = ".in";
  private static final String OUT = ".out";

  private final Path root;

  private HostFolder(Path root) {
    this.root = root;
  }

  /** Makes the folder of a backend. */
  static HostFolder make(Path parent, String backend, HostProcess owner) throws IOException {
    Path root = Files.createDirectory(
        parent.resolve("faasflow-" + backend),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.writeString(root.resolve(OWNER), owner.toString());
    return new HostFolder(root);
  }

  /** The folder of a new container, with an inbox and an outbox beside it. */
  Path create(String name) throws IOException {
    Path made = create(name, "rwxrwxrwx");
    create(name + IN, "rwxr-xr-x");
    create(name + OUT, "rwxrwxrwx");
    return made;
  }

  private Path create(String name, String permissions) throws IOException {
    Path made = Files.createDirectory(root.resolve(name));
    Files.setPosixFilePermissions(made, PosixFilePermissions.fromString(permissions));
    return made;
  }

  /** A folder that no container sees. */
  Path createOwn(String name) throws IOException {
    return create(name, "rwx------");
  }

  /** The inbox and the outbox of a container with a folder of {@link #create(String)}. */
  Mailbox mailbox(Path one, long memoryBytes) {
    return new Mailbox(beside(one, IN), beside(one, OUT), memoryBytes);
  }

  private static Path beside(Path one, String suffix) {
    return one.resolveSibling(one.getFileName() + suffix);
  }

  /** Removes the folders of a container that is gone. Follows no links that it may have made. */
  void delete(Path one) {
    deleteTree(one);
    deleteTree(beside(one, IN));
    deleteTree(beside(one, OUT));
  }

  /**
   * Removes the folders beside this one of backends whose process is dead. Only those of this user:
   * what another one can change while it is walked through might lead elsewhere.
   */
  void deleteThoseOfTheDead(HostProcess observer) throws IOException {
    UserPrincipal user = Files.getOwner(root);
    try (var folders = Files.newDirectoryStream(root.resolveSibling("."), "faasflow-*")) {
      for (Path folder : folders) {
        HostProcess owner = owner(folder);
        if (owner != null
            && owner.isDead(observer)
            && Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(user)) {
          deleteTree(folder);
        }
      }
    }
  }

  private static @Nullable HostProcess owner(Path folder) {
    try {
      return HostProcess.parse(Files.readString(folder.resolve(OWNER)));
    } catch (
        @SuppressWarnings("unused")
        IOException e) {
      return null; // another user's, or another program's
    }
  }

  private static void deleteTree(Path tree) {
    try {
      Files.walkFileTree(tree, new SimpleFileVisitor<>() {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
            throws IOException {
          Files.deleteIfExists(file);
          return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e)
            throws IOException {
          Files.deleteIfExists(folder);
          return FileVisitResult.CONTINUE;
        }
      });
    } catch (IOException e) {
      LOG.warn("Folder {} of a container could not be removed", tree, e);
    }
  }

  @Override
  public void close() {
    deleteTree(root);
  }
}
