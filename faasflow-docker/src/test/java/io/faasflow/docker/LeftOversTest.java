package io.faasflow.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.container.ContainerImage;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a host leaves that was killed, and who removes it. */
@NeedsEngine
@Timeout(120)
class LeftOversTest {
  @TempDir
  private Path folder;

  private static List<String> containersOf(Engine engine, long pid) {
    return engine.withLabel(Engine.OWNER_LABEL, null).stream()
        .filter(one -> HostProcess.parse(one.labels().get(Engine.OWNER_LABEL)).pid() == pid)
        .map(Engine.Labelled::id)
        .toList();
  }

  @Test
  void leftOvers_ofAKilledHost_areRemovedByTheNextAndNothingElseIs() throws Exception {
    Process host = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            HostToKill.class.getName(),
            folder.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
    try (Engine engine = Engine.connect(null);
        DockerBackend neighbour =
            DockerBackend.builder().folder(folder).diskFolder(folder).build();
        BufferedReader said = host.inputReader()) {
      assertThat(said.readLine()).isEqualTo("ready");
      assertThat(Calls.rogue(neighbour, "well")).isNotNull();
      assertThat(containersOf(engine, host.pid())).hasSize(2);
      try (DockerBackend early =
          DockerBackend.builder().folder(folder).diskFolder(folder).build()) {
        assertThat(containersOf(engine, host.pid())).as("its host lives").hasSize(2);
        assertThat(early.counts()).isEmpty();
      }

      host.destroyForcibly().waitFor();
      assertThat(containersOf(engine, host.pid())).as("nobody removed them").hasSize(2);

      try (DockerBackend next =
          DockerBackend.builder().folder(folder).diskFolder(folder).build()) {
        assertThat(containersOf(engine, host.pid())).isEmpty();
        assertThat(Calls.rogue(next, "well")).isNotNull();
      }
      assertThat(Calls.rogue(neighbour, "well")).isEqualTo(Map.of("echo", Map.of("way", "well")));
      assertThat(neighbour.counts().get(0).started())
          .as("its container was left")
          .isEqualTo(1);
    } finally {
      host.destroyForcibly().waitFor();
    }
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  /** Too long for the plain headers of an archive. */
  private static final String NAME = "folder".repeat(33);

  /** Folders that only their user may change, in each other, in all that the container can write. */
  private static final ContainerImage NESTS = Calls.python("""
      import os
      def main(x):
          made = []
          for path in ["/faasflow/out", "/run/faasflow"]:
              for _ in range(5):
                  path += "/" + "folder" * 33
                  os.mkdir(path, 0o700)
                  made.append(path)
                  with open(path + "/file", "w") as file:
                      file.write("content")
          for path in reversed(made):
              os.chmod(path, 0o500)
      """);

  @Test
  void folders_ofContainers_areRemovedWithThem() throws Exception {
    try (DockerBackend backend =
        DockerBackend.builder().folder(folder).diskFolder(folder).build()) {
      Calls.call(backend, NESTS, 1);
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void folders_ofContainers_areOpenedByTheEngine() throws Exception {
    try (Engine engine = Engine.connect(null);
        DockerBackend backend =
            DockerBackend.builder().folder(folder).diskFolder(folder).build()) {
      Calls.call(backend, NESTS, 1);
      Path made = FileTree.of(folder)
          .filter(one -> one.toString().endsWith(".out/" + NAME))
          .findFirst()
          .orElseThrow();
      Path root = made.getParent().getParent();
      Path inner = made.resolve(NAME);
      HostProcess self = HostProcess.self();
      engine.openFolders(
          root,
          List.of(root.relativize(made), root.relativize(inner)),
          Engine.labels("other", self));
      for (Path one : List.of(made, inner)) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(one)))
            .isEqualTo("rwxrwxrwx");
        assertThat(one.resolve("file")).hasContent("content");
      }
      assertThat(engine.withLabel(Engine.BACKEND_LABEL, "other")).isEmpty();
      assertThatThrownBy(() -> engine.openFolders(
              folder.resolve("none"), List.of(Path.of("x")), Engine.labels("other", self)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("does not open what containers have made in " + folder);
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void owner_ofAnotherMachine_isNeverJudgedDead() throws IOException {
    HostProcess self = HostProcess.self();
    assertThat(self.isDead(self)).isFalse();
    assertThat(HostProcess.parse(self.toString())).isEqualTo(self);
    String host = self.host();
    String boot = self.boot();
    assertThat(new HostProcess("elsewhere", "", boot, 1, "0").isDead(self)).isFalse();
    assertThat(new HostProcess(host, "other", "earlier pid:[1]", 1, "0").isDead(self))
        .as("another machine of that name")
        .isFalse();
    assertThat(new HostProcess(host, self.machine(), boot + "x", 1, "0").isDead(self))
        .as("another name space of process ids")
        .isFalse();
    HostProcess known = new HostProcess(host, "id", "now pid:[1]", self.pid(), self.start());
    assertThat(new HostProcess(host, "id", "earlier pid:[1]", 1, "0").isDead(known))
        .isTrue();
    assertThat(new HostProcess(host, "id", "earlier pid:[2]", 1, "0").isDead(known))
        .as("in a container, maybe of another machine")
        .isFalse();
    HostProcess unknown = new HostProcess(host, "", "now pid:[1]", self.pid(), self.start());
    assertThat(new HostProcess(host, "", "earlier pid:[1]", 1, "0").isDead(unknown))
        .as("it may be another machine of that name")
        .isFalse();
    assertThat(new HostProcess(host, self.machine(), boot, self.pid(), "1").isDead(self))
        .as("the pid is another process's now")
        .isTrue();
    assertThat(new HostProcess(host, self.machine(), boot, 999_999_999, "1").isDead(self))
        .isTrue();
    assertThat(HostProcess.parse("")).isNull();
    assertThat(HostProcess.parse("a|b|c|d")).isNull();
    assertThat(HostProcess.parse("a|b|c|d|e")).isNull();
  }
}
