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

    Process tests = new ProcessBuilder(
            "setpriv",
            "--reuid=" + USER,
            "--regid=" + Files.getAttribute(socket, "unix:gid"),
            "--clear-groups",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            copyOfClassPath(folder),
            OrdinaryUserTest.class.getName())
        .directory(folder.toFile())
        .redirectErrorStream(true)
        .start();
    try {
      String said = new String(tests.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(tests.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(tests.exitValue()).as(said).isZero();
    } finally {
      tests.destroyForcibly();
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
