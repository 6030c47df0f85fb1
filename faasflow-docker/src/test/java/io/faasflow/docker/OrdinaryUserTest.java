package io.faasflow.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.io.File;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** Where the tests are run by root, those in which that makes a difference are run by another user as well. */
@NeedsEngine
@Timeout(300)
class OrdinaryUserTest {
  /** Neither root nor the user of the containers, and none that a machine is likely to have. */
  private static final String USER = "54321";

  private static final List<DiscoverySelector> TESTS = List.of(
      selectClass(HostFilesTest.class),
      selectClass(LeftOversTest.class),
      selectMethod(SharedFilesTest.class, "file_ofOneContainer_isReadByAnotherWithoutACopy"),
      selectMethod(SharedFilesTest.class, "file_thatThisUserMayNotRead_isNamedWithTheCure"));

  @Test
  void testsOfFiles_passForAnotherUser(@TempDir Path folder) throws Exception {
    assumeTrue(Root.isSelf(), "this is an ordinary user: the tests themselves show it");
    String host = System.getenv().getOrDefault("DOCKER_HOST", "unix:///var/run/docker.sock");
    assumeTrue(host.startsWith("unix://"), "an engine behind TCP asks for no user");
    Path socket = Path.of(host.substring("unix://".length()));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));

    String group = String.valueOf(Files.getAttribute(socket, "unix:gid"));
    assumeTrue(
        asUser(group, folder, "-version").code() == 0, "no other user can run this machine's JVM");
    Ended tests =
        asUser(group, folder, "-cp", copyOfClassPath(folder), OrdinaryUserTest.class.getName());
    assertThat(tests.code()).as(tests.said()).isZero();
  }

  private record Ended(int code, String said) {}

  /** Runs a JVM. */
  private static Ended asUser(String group, Path folder, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(
        "setpriv",
        "--reuid=" + USER,
        "--regid=" + group,
        "--clear-groups",
        Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(List.of(arguments));
    Path said = folder.resolve("said");
    Process process = new ProcessBuilder(command)
        .directory(folder.toFile())
        .redirectErrorStream(true)
        .redirectOutput(said.toFile())
        .start();
    try {
      assertThat(process.waitFor(200, TimeUnit.SECONDS)).as("time left").isTrue();
      return new Ended(process.exitValue(), Files.readString(said));
    } finally {
      process.destroyForcibly();
    }
  }

  /** The jars may be in root's home, where others see nothing. */
  private static String copyOfClassPath(Path folder) throws Exception {
    String known =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    List<String> copies = new ArrayList<>();
    for (String entry : known.split(File.pathSeparator, -1)) {
      Path from = Path.of(entry);
      Path to = folder.resolve(copies.size() + "-" + from.getFileName());
      copies.add(to.toString());
      try (var tree = Files.walk(from)) {
        for (Path each : tree.toList()) {
          Files.copy(each, to.resolve(from.relativize(each).toString()));
        }
      }
    }
    return String.join(File.pathSeparator, copies);
  }

  /** The other user's process. Exit code 1: not all of the tests are green, or one was skipped. */
  public static void main(String[] args) {
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create()
        .execute(LauncherDiscoveryRequestBuilder.request().selectors(TESTS).build(), listener);
    var summary = listener.getSummary();
    summary.printTo(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
    summary.printFailuresTo(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
    boolean isGreen = summary.getTestsSucceededCount() == summary.getTestsFoundCount()
        && summary.getTestsFoundCount() > 10;
    System.exit(isGreen ? 0 : 1);
  }
}
