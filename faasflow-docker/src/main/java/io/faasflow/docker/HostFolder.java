package io.faasflow.docker;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
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

  /** How often the engine is asked, once for each level of folders in folders, before they are left. */
  private static final int MOST_LEVELS = 100;

  private static final int MOST_AT_ONCE = 10_000;

  /** Opens folders that containers have made to all users, which takes root where this process is not. */
  interface Opener {
    /**
     * Opens folders.
     *
     * @param root this process's own
     * @param folders paths in it
     */
    void open(Path root, List<Path> folders) throws IOException;
  }

  private final Path root;
  private final Opener opener;

  private HostFolder(Path root, Opener opener) {
    this.root = root;
    this.opener = opener;
  }

  /**
   * Makes the folder of a backend.
   *
   * @param opener for what this process may not remove itself, as it is not root
   */
  static HostFolder make(Path parent, String backend, HostProcess owner, Opener opener)
      throws IOException {
    Path root = Files.createDirectory(
        parent.resolve("faasflow-" + backend),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.writeString(root.resolve(OWNER), owner.toString());
    return new HostFolder(root, opener);
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
    try (SecureDirectoryStream<Path> in = open(root)) {
      for (Path each : List.of(one, beside(one, IN), beside(one, OUT))) {
        delete(root, in, each.getFileName());
      }
    } catch (IOException | DirectoryIteratorException e) {
      LOG.warn("The folders of container {} could not be removed", one, e);
    }
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
        if (owner != null && owner.isDead(observer) && isOf(user, folder)) {
          deleteAll(folder);
        }
      }
    }
  }

  private static boolean isOf(UserPrincipal user, Path folder) throws IOException {
    try {
      return Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(user);
    } catch (
        @SuppressWarnings("unused")
        NoSuchFileException e) {
      return false; // another backend that begins has just removed it
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

  private void deleteAll(Path root) {
    try {
      try (SecureDirectoryStream<Path> in = open(root)) {
        for (Path entry : in) {
          if (!entry.endsWith(OWNER)) {
            delete(root, in, entry.getFileName());
          }
        }
        delete(root, in, Path.of(OWNER)); // last: without it nobody would try again
      }
      Files.delete(root);
    } catch (IOException | DirectoryIteratorException e) {
      LOG.warn("Folder {} could not be removed", root, e);
    }
  }

  @SuppressWarnings("StreamResourceLeak") // the caller closes it
  private static SecureDirectoryStream<Path> open(Path folder) throws IOException {
    DirectoryStream<Path> opened = Files.newDirectoryStream(folder);
    if (opened instanceof SecureDirectoryStream<Path> secure) {
      return secure;
    }
    opened.close();
    throw new IOException("Cannot be walked through without paths that others may change");
  }

  /**
   * Removes an entry of a backend's folder, which no container sees, with all that is in it. A container
   * may live still where its engine has gone, and put links in the way of whoever goes by paths, or
   * pipes in that of whoever opens what was a folder. So nothing is opened where a container could
   * change it: folders are moved out first, which also makes it the same how deep they are.
   *
   * <p>Who is not root can neither empty nor move a folder of another user, so those are opened first,
   * all of a level at once.
   */
  private void delete(Path path, SecureDirectoryStream<Path> in, Path name) throws IOException {
    Deque<Path> left = new ArrayDeque<>();
    left.add(name);
    for (int level = 0; ; level++) {
      List<Path> shut = new ArrayList<>();
      List<Path> again = new ArrayList<>();
      while (!left.isEmpty()) {
        Path next = left.remove();
        int before = shut.size();
        try {
          delete(in, next, left, shut);
        } catch (
            @SuppressWarnings("unused")
            AccessDeniedException e) {
          shut.add(next);
        } catch (
            @SuppressWarnings("unused")
            NoSuchFileException e) {
          // That is what was wanted.
        }
        if (shut.size() > before) {
          again.add(next);
        }
      }
      if (shut.isEmpty()) {
        return;
      }
      if (level == MOST_LEVELS) {
        throw new AccessDeniedException(
            path.resolve(shut.get(0)).toString(), null, "only its user or root can remove it");
      }
      opener.open(path, shut.subList(0, Math.min(MOST_AT_ONCE, shut.size())));
      left.addAll(again);
    }
  }

  /**
   * Removes an entry.
   *
   * @param moved gets what of a folder was moved out of it instead
   * @param shut gets what of a folder cannot be moved out before it is opened
   */
  private static void delete(
      SecureDirectoryStream<Path> root, Path name, Deque<Path> moved, List<Path> shut)
      throws IOException {
    if (!isFolder(root, name)) {
      root.deleteFile(name);
      return;
    }
    int before = shut.size();
    try (SecureDirectoryStream<Path> folder =
        root.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
      List<Path> stuck = new ArrayList<>();
      for (Path entry : folder) {
        try {
          deleteOrMove(folder, entry.getFileName(), root, moved);
        } catch (AccessDeniedException e) {
          if (!isFolder(folder, entry.getFileName())) {
            throw e;
          }
          stuck.add(entry.getFileName());
        }
      }
      for (Path one : stuck) { // its name may be one that cannot be told the engine
        Path own = Path.of(UUID.randomUUID().toString());
        folder.move(one, folder, own);
        shut.add(name.resolve(own));
      }
    }
    if (shut.size() == before) {
      root.deleteDirectory(name);
    }
  }

  private static void deleteOrMove(
      SecureDirectoryStream<Path> from,
      Path name,
      SecureDirectoryStream<Path> to,
      Deque<Path> moved)
      throws IOException {
    try {
      if (isFolder(from, name)) {
        from.deleteDirectory(name);
      } else {
        from.deleteFile(name);
      }
    } catch (
        @SuppressWarnings("unused")
        NoSuchFileException e) {
      // That is what was wanted.
    } catch (
        @SuppressWarnings("unused")
        DirectoryNotEmptyException e) {
      Path own = Path.of(UUID.randomUUID().toString());
      from.move(name, to, own);
      moved.add(own);
    }
  }

  private static boolean isFolder(SecureDirectoryStream<Path> in, Path name) throws IOException {
    return in.getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .readAttributes()
        .isDirectory();
  }

  @Override
  public void close() {
    deleteAll(root);
  }
}
