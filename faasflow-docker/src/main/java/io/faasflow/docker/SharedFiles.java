package io.faasflow.docker;

import io.faasflow.docker.CallFailure.Kind;
import io.faasflow.run.RunId;
import io.faasflow.store.Blob;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files by which large values go in and out of the containers of a backend: on one file system with
 * the folders that are mounted, in a folder that no container sees. Thread-safe.
 *
 * <p>An input is linked into a container's inbox; what a container has put into its outbox is moved here.
 * Neither copies a byte. What comes from a container is believed only after it is here, where no name
 * leads to it any more but ours: it must be a regular file without other names; then it is made this
 * process's own and read-only, so that nobody can open it for writing; then the kernel is asked whether
 * somebody has it open for writing still. Where any of this cannot be had, the file is copied, once; and
 * to a disk where there is no room.
 *
 * <p>A file lives as long as its {@link FileBlob} is referred to, as the bytes of any other value do, or
 * until its run ends.
 */
final class SharedFiles {
  private static final Logger LOG = LoggerFactory.getLogger(SharedFiles.class);
  private static final int CHUNK = 256 << 10;
  private static final int FILE_TYPE = 0170000;
  private static final int REGULAR = 0100000;

  private final Path folder;
  private final Path disk;
  private final boolean inMemory;
  private final UserPrincipal self;
  private final int selfId;
  private final Room room;
  private final Room roomOnDisk;
  private final int filesFrom;
  private final AtomicLong names = new AtomicLong();
  private final Map<RunId, Set<SharedFile>> runs = new ConcurrentHashMap<>();
  private final Cleaner cleaner = Cleaner.create();

  /**
   * Files in folders that are this process's alone.
   *
   * @param disk where outputs go that find no room
   * @param bytes how many they may have together, those on the disk aside
   * @param diskBytes how many those on the disk may have together
   * @param filesFrom values below this size travel in requests and answers
   */
  SharedFiles(Path folder, Path disk, long bytes, long diskBytes, int filesFrom)
      throws IOException {
    this.folder = folder;
    this.disk = disk;
    this.inMemory = Files.getFileStore(folder).type().equals("tmpfs");
    this.self = Files.getOwner(folder);
    this.selfId = Facts.of(folder).user();
    this.room = new Room(bytes);
    this.roomOnDisk = new Room(diskBytes);
    this.filesFrom = filesFrom;
  }

  boolean areInMemory() {
    return inMemory;
  }

  /** For all files but those on the disk, and for those whose values were detached. */
  Room room() {
    return room;
  }

  /** For those on the disk. */
  Room roomOnDisk() {
    return roomOnDisk;
  }

  /** A name that no other file has. */
  String nextName() {
    return Long.toString(names.incrementAndGet(), Character.MAX_RADIX);
  }

  // Inputs.

  /**
   * A blob as a file.
   *
   * @return null: it has none, and is to be sent in the request
   * @throws IOException when the blob cannot be read
   */
  @Nullable
  SharedFile input(Blob blob) throws IOException {
    if (blob instanceof FileBlob known && known.file().isLinkable(this)) {
      return known.file();
    }
    return blob.length() < filesFrom ? null : copied(blob);
  }

  private @Nullable SharedFile copied(Blob blob) throws IOException {
    long bytes = blob.length();
    if (!room.reserve(bytes)) {
      return null;
    }
    SharedFile made = new SharedFile(this, folder.resolve(nextName()), bytes, room, null, null);
    try {
      if (blob.isInMemory() && bytes <= Integer.MAX_VALUE) {
        write(made.path(), blob.buffer());
      } else {
        try (InputStream in = blob.open()) {
          write(made.path(), in, bytes);
        }
      }
      readOnly(made.path());
      return made;
    } catch (IOException | RuntimeException | Error e) {
      made.free();
      if (e instanceof IOException
          && Files.getFileStore(folder).getUsableSpace() < bytes) { // others have filled it
        return null;
      }
      throw e;
    }
  }

  private static FileChannel create(Path path) throws IOException {
    return FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  /** In chunks: the JDK keeps a direct buffer for each thread as large as what is written at once. */
  private static void write(Path path, ByteBuffer all) throws IOException {
    try (FileChannel out = create(path)) {
      while (all.hasRemaining()) {
        ByteBuffer chunk = all.slice(all.position(), Math.min(CHUNK, all.remaining()));
        int written = out.write(chunk);
        all.position(all.position() + written);
      }
    }
  }

  private static void write(Path path, InputStream in, long bytes) throws IOException {
    byte[] chunk = new byte[CHUNK];
    try (FileChannel out = create(path)) {
      long left = bytes;
      while (left >= 0) { // a container may make its file longer than any while it is copied
        int read = in.read(chunk);
        if (read < 0) {
          break;
        }
        left -= read;
        ByteBuffer rest = ByteBuffer.wrap(chunk, 0, read);
        while (left >= 0 && rest.hasRemaining()) {
          int ignored = out.write(rest);
        }
      }
      if (left != 0) {
        throw new IOException("The content does not have the " + bytes + " bytes it should have");
      }
    }
  }

  private static void readOnly(Path path) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("r--r--r--"));
  }

  // Outputs.

  /**
   * Takes a file out of a container's outbox.
   *
   * @param name of an entry of the outbox; has no slash
   * @param run which run's end frees it
   * @param allowance what files of the same answer may have
   */
  Blob output(Mailbox from, String name, String contentType, RunId run, Allowance allowance)
      throws CallFailure {
    Path given = from.out().resolve(name);
    Path held = folder.resolve(nextName());
    try {
      // Already here, though it may change until it is moved: what is in a folder cannot be removed
      // safely.
      checkRegular(name, Facts.of(given));
      // Moves an entry, whatever it is, and follows no link.
      Files.move(given, held, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      throw refusal(name, "is not in the folder " + Mailbox.OUT, e);
    } catch (IOException e) {
      throw refusal(name, "cannot be taken: " + e.getMessage(), e);
    }
    boolean isTaken = false;
    try {
      Facts facts = Facts.of(held);
      checkRegular(name, facts);
      if (facts.names() != 1) {
        throw refusal(name, "has other names as well", null);
      }
      long bytes = facts.bytes();
      if (bytes < filesFrom) {
        allowance.takeHeap(bytes);
        return onHeap(held, contentType, (int) bytes);
      }
      if (bytes > room.limit()) {
        throw refusal(
            name, "has " + bytes + " bytes, and may have " + room.limit() + " (fileBytes)", null);
      }
      allowance.takeFile(bytes);
      SharedFile file = room.reserve(bytes) ? inPlace(held, facts, from, run) : null;
      if (file == null) {
        file = onDisk(held, name, bytes, run);
      }
      isTaken = file.path().equals(held);
      return listed(file, contentType);
    } catch (AccessDeniedException e) {
      throw refusal(
          name,
          "cannot be read, as this process is neither root nor the container's user: let the image give"
              + " the file the mode 644",
          e);
    } catch (IOException e) {
      throw refusal(name, "cannot be read: " + e.getMessage(), e);
    } finally {
      if (!isTaken) {
        from.remove(held);
      }
    }
  }

  /**
   * A file for which there is room.
   *
   * @return null: others have filled the memory, which is not for the files alone
   */
  private @Nullable SharedFile inPlace(Path held, Facts facts, Mailbox from, RunId run) {
    long bytes = facts.bytes();
    if (isSealed(held, facts.user(), from, bytes)) {
      return new SharedFile(this, held, bytes, room, run, from);
    }
    SharedFile file = new SharedFile(this, folder.resolve(nextName()), bytes, room, run, null);
    try {
      copy(held, file);
      return file;
    } catch (IOException e) {
      LOG.debug("{} is copied to the disk", held, e);
      return null;
    }
  }

  private SharedFile onDisk(Path held, String name, long bytes, RunId run)
      throws IOException, CallFailure {
    if (!roomOnDisk.reserve(bytes)) {
      throw refusal(
          name,
          "has " + bytes + " bytes and finds no room: files of runs that are not over have "
              + room.used() + " bytes of " + room.limit() + " (fileBytes), and on the disk "
              + roomOnDisk.used() + " of " + roomOnDisk.limit() + " (diskBytes)",
          null);
    }
    SharedFile file = new SharedFile(this, disk.resolve(nextName()), bytes, roomOnDisk, run, null);
    copy(held, file);
    return file;
  }

  /** What there is to know of an entry of a folder; of a link itself, not of what it leads to. */
  private record Facts(int mode, int names, int user, long bytes) {
    static Facts of(Path path) throws IOException {
      Map<String, Object> all =
          Files.readAttributes(path, "unix:mode,nlink,uid,size", LinkOption.NOFOLLOW_LINKS);
      return new Facts(
          (int) Objects.requireNonNull(all.get("mode")),
          (int) Objects.requireNonNull(all.get("nlink")),
          (int) Objects.requireNonNull(all.get("uid")),
          (long) Objects.requireNonNull(all.get("size")));
    }
  }

  private static void checkRegular(String name, Facts facts) throws CallFailure {
    if ((facts.mode() & FILE_TYPE) != REGULAR) {
      throw refusal(name, "is no regular file", null);
    }
  }

  private static CallFailure refusal(String name, String why, @Nullable Exception cause) {
    return new CallFailure(Kind.ANSWER, "its file '" + name + "' " + why, cause);
  }

  /**
   * Whether nobody can change it any more, and the container may have that much out. The container's
   * user must not be ours: who owns a file can make it writable again, through a descriptor of it that
   * he still has.
   */
  private boolean isSealed(Path file, int writer, Mailbox from, long bytes) {
    if (writer == selfId || !from.owe(bytes)) {
      return false;
    }
    try {
      Files.setOwner(file, self); // only root may
      readOnly(file);
      if (WriteLease.hasNoWriter(file)) {
        return true;
      }
    } catch (IOException e) {
      LOG.debug("{} is copied, as it cannot be made this process's own", file, e);
    }
    from.settle(bytes);
    return false;
  }

  private static void copy(Path from, SharedFile to) throws IOException {
    try (InputStream in = Files.newInputStream(from, LinkOption.NOFOLLOW_LINKS)) {
      write(to.path(), in, to.bytes());
      readOnly(to.path());
    } catch (IOException e) {
      to.free();
      throw e;
    }
  }

  /** It is not worth a file. */
  private static Blob onHeap(Path file, String contentType, int bytes) throws IOException {
    try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
      byte[] all = in.readNBytes(bytes);
      if (all.length != bytes) {
        throw new EOFException("it became shorter meanwhile");
      }
      return Blob.of(contentType, all);
    }
  }

  private Blob listed(SharedFile file, String contentType) {
    runs.compute(Objects.requireNonNull(file.run()), (run, known) -> {
      Set<SharedFile> files = known == null ? ConcurrentHashMap.newKeySet() : known;
      files.add(file);
      return files;
    });
    FileBlob blob = file.as(contentType);
    Cleaner.Cleanable ignored = cleaner.register(blob, file::free);
    return blob;
  }

  // The end.

  /** A file has gone. */
  void freed(SharedFile file) {
    if (file.run() != null) {
      runs.computeIfPresent(file.run(), (run, files) -> {
        files.remove(file);
        return files.isEmpty() ? null : files;
      });
    }
  }

  /** A run has ended: frees its files, but for those that its output has. */
  void ended(RunId run, @Nullable Object output) {
    Set<SharedFile> files = runs.remove(run);
    if (files == null) {
      return;
    }
    OutputBlobs kept = OutputBlobs.of(output);
    for (SharedFile file : files) {
      FileBlob blob = file.blob();
      if (blob != null && kept.mayHave(blob)) {
        blob.detach();
      } else {
        file.free();
      }
    }
  }
}
