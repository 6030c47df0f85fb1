package io.faasflow.docker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * A Docker engine of the test's own, which it can stop, kill and start again. In a network name space
 * of its own, without a bridge, so that it has nothing in common with an engine that runs already.
 * Wants root, on Linux, with {@code dockerd}, {@code docker} and {@code unshare}.
 */
final class OwnEngine {
  private static final int PATIENCE_SECONDS = 300;

  private final Path folder;
  private Process daemon;

  /**
   * Starts one. Skips the test where that cannot be, unless FAASFLOW_REQUIRE_DOCKER is true.
   *
   * @param folder does not exist yet; its path is short, as that of a socket is limited
   */
  OwnEngine(Path folder) throws Exception {
    this.folder = folder;
    Files.createDirectories(folder);
    String missing = "";
    for (String program : List.of("dockerd", "docker", "unshare")) {
      missing += run("sh", "-c", "command -v " + program) == 0 ? "" : program + " ";
    }
    if (run("sh", "-c", "test $(id -u) = 0") != 0) {
      missing += "root";
    }
    if (!missing.isEmpty() && "true".equals(System.getenv("FAASFLOW_REQUIRE_DOCKER"))) {
      throw new IllegalStateException("FAASFLOW_REQUIRE_DOCKER is true, but an engine that can be"
          + " stopped cannot be started without " + missing);
    }
    Assumptions.assumeTrue(
        missing.isEmpty(), "an engine that can be stopped cannot be started without " + missing);
    start();
  }

  /** For DOCKER_HOST. */
  String address() {
    return "unix://" + folder.resolve("docker.sock");
  }

  /** Starts it, with all that it had before; waits until it answers. */
  void start() throws Exception {
    daemon = new ProcessBuilder(
            "unshare",
            "--net",
            "dockerd",
            "--host",
            address(),
            "--data-root",
            folder.resolve("data").toString(),
            "--exec-root",
            folder.resolve("exec").toString(),
            "--pidfile",
            folder.resolve("dockerd.pid").toString(),
            "--bridge",
            "none",
            "--iptables=false",
            "--shutdown-timeout",
            "1")
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
        .start();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (run("docker", "-H", address(), "version") != 0) {
      if (!daemon.isAlive() || System.nanoTime() - end > 0) {
        throw new IllegalStateException("dockerd does not start: " + Files.readString(log()));
      }
    }
  }

  private Path log() {
    return folder.resolve("dockerd.log");
  }

  /** Asks it to stop, and its containers with it; waits until it has. */
  void stop() throws InterruptedException {
    daemon.destroy();
    await();
  }

  /** Kills it. Its containers go on until it is started again. */
  void kill() throws Exception {
    daemon.destroyForcibly();
    await();
    // Its containerd dies with it. Where nobody reaps that, it would be taken for one that lives.
    Files.deleteIfExists(folder.resolve("exec/containerd/containerd.pid"));
  }

  private void await() throws InterruptedException {
    if (!daemon.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("dockerd does not stop");
    }
  }

  /** Copies images of the engine of DOCKER_HOST. */
  void copyImages(String... images) throws Exception {
    List<String> command = new ArrayList<>(List.of(
        "sh", "-c", "own=$1; shift; docker save \"$@\" | docker -H $own load", "copy", address()));
    command.addAll(List.of(images));
    if (run(command.toArray(String[]::new)) != 0) {
      throw new IllegalStateException("Images could not be copied: " + List.of(images));
    }
  }

  private static int run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IllegalStateException("Takes too long: " + List.of(command));
    }
    return process.exitValue();
  }

  /** Stops it, and removes all that it kept. */
  void remove() throws Exception {
    if (daemon != null && daemon.isAlive()) {
      stop();
    }
    run(Path.of("..", ".ci", "engine").toString(), "stop", folder.toString());
  }
}
