package io.faasflow.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.faasflow.store.Blob;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files and folders of the host that containers have filled; without an engine. */
@EnabledOnOs(OS.LINUX)
@Timeout(120)
class HostFilesTest {
  @TempDir
  private Path folder;

  private HostFolder make() throws IOException {
    return make((root, folders) -> {
      throw new IOException("Nobody can open " + folders);
    });
  }

  private HostFolder make(HostFolder.Opener opener) throws IOException {
    return HostFolder.make(folder, "test", HostProcess.self(), opener);
  }

  /** A folder in a folder, and so on; longer in all than a path may be. */
  private void addDeepFolder(Path parent) throws IOException {
    Path inner = Files.createDirectory(folder.resolve("0"));
    for (int i = 1; i <= 3; i++) {
      Path outer = folder.resolve(Integer.toString(i));
      Path deepest = Files.createDirectories(outer.resolve("a/".repeat(1_000)));
      Files.writeString(deepest.resolve("file"), "deep");
      Files.move(inner, deepest.resolve("b"));
      inner = outer;
    }
    Files.move(inner, parent.resolve("deep"));
  }

  private void fill(Path one, Path outside) throws IOException {
    addDeepFolder(one);
    Files.createSymbolicLink(one.resolve("link"), outside);
    Path sub = Files.createDirectory(one.resolve("sub"));
    Files.createSymbolicLink(sub.resolve("link"), outside);
    Files.createSymbolicLink(sub.resolve("none"), Path.of("nowhere"));
    Files.createDirectory(sub.resolve("empty"));
  }

  @Test
  void folders_areRemovedWithAllThatIsInThem_andNothingElseIs() throws IOException {
    Path outside = Files.createDirectory(folder.resolve("outside"));
    Path foreign = Files.writeString(outside.resolve("file"), "foreign");
    HostFolder host = make();
    Path one = host.create("one");
    Path other = host.create("other");
    fill(one, outside);
    fill(one.resolveSibling("one.out"), outside);

    host.delete(one);

    assertThat(one.getParent().toFile().list())
        .containsExactlyInAnyOrder("owner", "other", "other.in", "other.out");
    host.delete(one); // it has gone
    fill(other, outside);
    host.close();
    assertThat(folder.toFile().list()).containsExactly("outside");
    assertThat(foreign).hasContent("foreign");
  }

  @Test
  void folder_thatIsALinkNow_isNotFollowed() throws IOException {
    Path outside = Files.createDirectory(folder.resolve("outside"));
    Path foreign = Files.writeString(outside.resolve("file"), "foreign");
    HostFolder host = make();
    Path one = host.create("one");
    Files.delete(one);
    Files.createSymbolicLink(one, outside);
    host.delete(one);
    assertThat(one.getParent().toFile().list()).containsExactly("owner");
    host.close();
    assertThat(foreign).hasContent("foreign");
  }

  /** Folders in each other, which this process can change no more than those of another user. */
  private static void addShut(Path parent, String permissions, int levels) throws IOException {
    Path shut = Files.createDirectory(parent.resolve("shut"));
    Files.writeString(shut.resolve("file"), "content");
    Files.createDirectory(shut.resolve("empty"));
    if (levels > 1) {
      addShut(shut, permissions, levels - 1);
      addShut(Files.createDirectory(shut.resolve("more")), permissions, 1);
    }
    Files.setPosixFilePermissions(shut, PosixFilePermissions.fromString(permissions));
  }

  @ParameterizedTest
  @ValueSource(strings = {"---------", "r-xr-xr-x", "r--r--r--", "-wx------"})
  void folders_ofOthers_areOpenedFirst(String permissions) throws IOException {
    assumeFalse(Root.isSelf(), "root needs not have them opened");
    List<Integer> asked = new ArrayList<>();
    HostFolder host = make((root, folders) -> {
      asked.add(folders.size());
      for (Path one : folders) {
        Files.setPosixFilePermissions(
            root.resolve(one), PosixFilePermissions.fromString("rwxrwxrwx"));
      }
    });
    Path one = host.create("one");
    for (int i = 0; i < 3; i++) {
      addShut(Files.createDirectory(one.resolve("of" + i)), permissions, 4);
    }
    host.delete(one);
    assertThat(one.getParent().toFile().list()).containsExactly("owner");
    assertThat(asked).as("a level at once").hasSize(4).startsWith(3);
    host.close();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void folders_thatStayShut_areLeftForTheNext() throws IOException {
    assumeFalse(Root.isSelf(), "root needs not have them opened");
    AtomicInteger asked = new AtomicInteger();
    HostFolder host = make((root, folders) -> asked.incrementAndGet());
    Path one = host.create("one");
    addShut(one, "r-xr-xr-x", 2);
    host.close();
    assertThat(asked.get()).isBetween(1, 100);
    Path root = one.getParent();
    assertThat(root.resolve("owner")).exists();
    for (Path shut : FileTree.of(root).filter(Files::isDirectory).toList()) {
      Files.setPosixFilePermissions(shut, PosixFilePermissions.fromString("rwxrwxrwx"));
    }
    host.close();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void mailbox_putsBackAFullFolder_thoughItsNameIsTaken() throws IOException {
    Path out = Files.createDirectory(folder.resolve("out"));
    Mailbox mailbox = new Mailbox(folder.resolve("in"), out, 1 << 20);
    Path held = Files.createDirectory(folder.resolve("held"));
    Files.writeString(held.resolve("file"), "content");
    Files.writeString(out.resolve("held"), "in the way");
    mailbox.remove(held);
    assertThat(held).doesNotExist();
    mailbox.empty();
    assertThat(out.toFile().list()).as("the folder").hasSize(1).doesNotContain("held");
  }

  /** As the end of a run and the cleaner may do. */
  @Test
  void file_freedByTwoAtOnce_hasGoneWhenEitherReturns() throws Exception {
    SharedFiles files = new SharedFiles(folder, folder, 1L << 30, 0, 1);
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      for (int i = 0; i < 2_000; i++) {
        SharedFile file = files.input(Blob.of(new byte[10]));
        CyclicBarrier together = new CyclicBarrier(2);
        Future<?> other = thread.submit(() -> {
          together.await(60, TimeUnit.SECONDS);
          file.free();
          return null;
        });
        together.await(60, TimeUnit.SECONDS);
        file.free();
        assertThat(file.path()).doesNotExist();
        assertThat(files.room().used()).isZero();
        other.get(60, TimeUnit.SECONDS);
      }
    } finally {
      thread.shutdownNow();
    }
  }

  @Test
  void input_thatDoesNotEnd_isGivenUp() throws IOException {
    SharedFiles files = new SharedFiles(folder, folder, 1L << 30, 0, 1);
    InputStream endless = new InputStream() {
      @Override
      public int read() {
        return 1;
      }

      @Override
      public int read(byte[] into, int offset, int length) {
        return length;
      }
    };
    assertThatThrownBy(() -> files.input(Blob.of("a/b", 1_000_000, () -> endless)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("does not have the 1000000 bytes");
    assertThat(files.room().used()).isZero();
    assertThat(folder).isEmptyDirectory();
  }
}
