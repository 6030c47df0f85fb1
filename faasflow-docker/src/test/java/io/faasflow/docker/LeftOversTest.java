package io.faasflow.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
