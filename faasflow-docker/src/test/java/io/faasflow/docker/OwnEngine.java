package io.faasflow.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.exception.NotFoundException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;

/**
 * A Docker engine of the test's own, which it can stop, kill and start again. In a network name space
 * of its own, without a bridge, so that it has nothing in common with an engine that runs already.
 * Wants root, on Linux, with {@code dockerd}, {@code docker} and {@code unshare}.
 */
final class OwnEngine {
  private static final int PATIENCE_SECONDS = 300;

  /** Listens on this machine's loopback, and becomes a program that gets the socket as systemd gives it. */
  private static final String LISTEN = """
      import os, socket, sys
      listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
      with open(sys.argv[2], "w") as file:
          print(listener.getsockname()[1], file=file)
      os.dup2(listener.fileno(), 3)
      os.set_inheritable(3, True)
      os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
      os.execvp(sys.argv[3], sys.argv[3:])
      """;

  private final Path folder;
  private final Certificates tls; // null: it has a Unix socket only
  private int port;
  private Process daemon;

  /**
   * Starts one. Skips the test where that cannot be, unless FAASFLOW_REQUIRE_DOCKER is true.
   *
   * @param folder does not exist yet; its path is short, as that of a socket is limited
   */
  OwnEngine(Path folder) throws Exception {
    this(folder, null);
  }

  /**
   * One that listens on TCP as well, for clients of the same authority. Although its network name space
   * is its own, that is on this machine's loopback.
   *
   * @param tls for {@code localhost}
   */
  OwnEngine(Path folder, Certificates tls) throws Exception {
    this.folder = folder;
    this.tls = tls;
    Files.createDirectories(folder);
    String missing = "";
    for (String program : List.of("dockerd", "docker", "unshare", "/usr/bin/python3")) {
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

  /** For DOCKER_HOST, with certificates. */
  String tcpAddress() {
    return "tcp://localhost:" + port;
  }

  /** Starts it, with all that it had before; waits until it answers. */
  void start() throws Exception {
    List<String> command = new ArrayList<>();
    if (tls != null) {
      command.addAll(List.of(
          "/usr/bin/python3", "-c", LISTEN, String.valueOf(port), portFile().toString()));
    }
    command.addAll(List.of(
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
        "1"));
    if (tls != null) {
      command.addAll(List.of(
          "--host",
          "fd://",
          "--tlsverify",
          "--tlscacert",
          tls.ca().toString(),
          "--tlscert",
          tls.certificate().toString(),
          "--tlskey",
          tls.key().toString()));
    }
    daemon = new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
        .start();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (run("docker", "-H", address(), "version") != 0) {
      if (!daemon.isAlive() || System.nanoTime() - end > 0) {
        throw new IllegalStateException("dockerd does not start: " + Files.readString(log()));
      }
    }
    if (tls != null) {
      port = Integer.parseInt(Files.readString(portFile()).trim()); // and the next time the same
    }
  }

  private Path portFile() {
    return folder.resolve("port");
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

  /** Stops its process where it is, as if its machine hung; until {@link #goOn()}. */
  void hang() throws Exception {
    signal("STOP");
  }

  void goOn() throws Exception {
    signal("CONT");
  }

  private void signal(String name) throws Exception {
    if (run("kill", "-" + name, String.valueOf(daemon.pid())) != 0) {
      throw new IllegalStateException("dockerd could not be sent " + name);
    }
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

  /**
   * Builds an image.
   *
   * @param context what it is built of
   */
  void build(String image, Path context, String dockerfile) throws Exception {
    Path file = Files.writeString(folder.resolve("Dockerfile"), dockerfile);
    if (run(
            "env",
            "DOCKER_BUILDKIT=0",
            "docker",
            "-H",
            address(),
            "build",
            "-t",
            image,
            "-f",
            file.toString(),
            context.toString())
        != 0) {
      throw new IllegalStateException("The image " + image + " could not be built");
    }
  }

  /** The containers of backends. */
  List<Engine.Labelled> containers() {
    try (Engine api = Engine.connect(address())) {
      return api.withLabel(Engine.OWNER_LABEL, null);
    }
  }

  /** Until a call is in a container: that one is busy is known before anything is sent. */
  void awaitLog(String text) throws Exception {
    try (Engine api = Engine.connect(address())) {
      await(() -> {
        for (Engine.Labelled one : api.withLabel(Engine.OWNER_LABEL, null)) {
          try {
            if (api.log(one.id()).contains(text)) {
              return true;
            }
          } catch (NotFoundException e) {
            // The engine lists a container a moment before it can be asked about it.
          }
        }
        return false;
      });
    }
  }

  static void await(Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.call()) {
      assertThat(System.nanoTime() - end).as("time left").isNegative();
      Thread.onSpinWait();
    }
  }

  /** The docker command for this engine; its input is the test's to close. */
  Process docker(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("docker", "-H", address()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /** What a docker command says. */
  private String said(String... arguments) throws Exception {
    Process docker = docker(arguments);
    try (BufferedReader said = docker.inputReader()) {
      return said.lines().collect(Collectors.joining("\n"));
    } finally {
      docker.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
  }

  /**
   * Starts a container that is no backend's.
   *
   * @return its id
   */
  String run(String image, Map<String, String> environment) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("run", "-d", "--network", "none"));
    environment.forEach((name, value) -> arguments.addAll(List.of("-e", name + "=" + value)));
    arguments.add(image);
    return said(arguments.toArray(String[]::new));
  }

  /** How many processes a container has. */
  int processes(String id) throws Exception {
    return (int) said("top", id, "-o", "pid").lines().count() - 1; // the first line is a title
  }

  /** Ends a container's process, as if it had done so itself. */
  void killContainer(String id) throws Exception {
    if (run("docker", "-H", address(), "kill", id) != 0) {
      throw new IllegalStateException("The container " + id + " could not be killed");
    }
  }

  /** Removes a container, whatever it does. */
  void removeContainer(String id) throws Exception {
    if (run("docker", "-H", address(), "rm", "-f", id) != 0) {
      throw new IllegalStateException("The container " + id + " could not be removed");
    }
  }

  /** What the engine says of something that it has. */
  String inspect(String id, String format) throws Exception {
    return said("inspect", "-f", format, id);
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
