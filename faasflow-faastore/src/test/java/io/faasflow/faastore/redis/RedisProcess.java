package io.faasflow.faastore.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import redis.embedded.core.ExecutableProvider;

/**
 * A real Redis server (or sentinel) on a free port of this machine, with a folder of its own. It ends
 * with the test, and with the JVM at the latest.
 */
public final class RedisProcess implements AutoCloseable {
  /** A password that no log may have. */
  public static final String PASSWORD = "s3cr3t-Pa55w0rd";

  private static final Duration START_LIMIT = Duration.ofSeconds(60);

  /**
   * Where servers listen: below the ports that systems give to connections. One that looks for its server
   * while that is away might get its port, on some systems even itself for an answer.
   */
  private static final int FIRST_PORT = 12_000;

  private static final int PORTS = 8_000;

  /** A cluster node also listens so far above. */
  private static final int TO_CLUSTER_PORT = 10_000;

  private static final int LAUNCHES = 5;
  private static final String PORT_IS_TAKEN = "Address already in use";

  private final Path folder;
  private final int port;
  private final List<String> command;
  private final Thread atExit = new Thread(this::end, "ends a Redis server");
  private Process process;

  private RedisProcess(Path folder, int port, List<String> command) {
    this.folder = folder;
    this.port = port;
    this.command = command;
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /** A server with a password, without persistence. */
  public static RedisProcess inMemory(String... options) {
    List<String> all = new ArrayList<>(List.of(
        "--requirepass", PASSWORD, "--masterauth", PASSWORD, "--save", "", "--appendonly", "no"));
    all.addAll(List.of(options));
    return launch(port -> {
      List<String> arguments = new ArrayList<>(List.of("--port", Integer.toString(port)));
      arguments.addAll(all);
      return arguments;
    });
  }

  /** A server without a password, without persistence. */
  public static RedisProcess withoutPassword() {
    return launch(
        port -> List.of("--port", Integer.toString(port), "--save", "", "--appendonly", "no"));
  }

  /** A server whose data outlive a crash. */
  public static RedisProcess durable() {
    return inMemory("--appendonly", "yes", "--appendfsync", "always");
  }

  /** What the port is known for is up to the caller. */
  static RedisProcess launch(Function<Integer, List<String>> options) {
    return launch(options, "", "");
  }

  /** With a configuration file, which sentinels insist on and write to. */
  static RedisProcess launch(
      Function<Integer, List<String>> options, String configuration, String mode) {
    Path executable = executable();
    for (int launch = 1; ; launch++) {
      try {
        return launch(executable, options, configuration, mode);
      } catch (IOException e) {
        if (launch == LAUNCHES || !String.valueOf(e.getMessage()).contains(PORT_IS_TAKEN)) {
          throw new UncheckedIOException(e);
        } // else somebody else was faster
      }
    }
  }

  private static RedisProcess launch(
      Path executable, Function<Integer, List<String>> options, String configuration, String mode)
      throws IOException {
    Path folder = Files.createTempDirectory("faasflow-redis-test");
    Path file = Files.writeString(folder.resolve("redis.conf"), configuration);
    int port = freePort();
    List<String> command = new ArrayList<>(
        List.of(executable.toString(), file.toString(), "--dir", folder.toString()));
    command.addAll(List.of("--bind", "127.0.0.1", "--daemonize", "no"));
    command.addAll(options.apply(port));
    if (!mode.isEmpty()) {
      command.add(mode);
    }
    RedisProcess made = new RedisProcess(folder, port, command);
    try {
      made.start();
      return made;
    } catch (IOException e) {
      made.close();
      throw e;
    }
  }

  /** Skips the test on a platform without a server; fails it where tests must not be skipped. */
  private static Path executable() {
    String problem;
    try {
      File file = Executable.FILE;
      Process version = new ProcessBuilder(file.toString(), "--version")
          .redirectErrorStream(true)
          .start();
      String output = new String(version.getInputStream().readAllBytes(), UTF_8);
      if (version.waitFor(60, TimeUnit.SECONDS)
          && version.exitValue() == 0
          && !output.contains(" v=5.")) { // which is what there is for Windows
        return file.toPath();
      }
      problem = output;
    } catch (IOException | RuntimeException | LinkageError e) {
      problem = e.toString();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      problem = e.toString();
    }
    String message = "No Redis server runs on " + System.getProperty("os.name") + ", "
        + System.getProperty("os.arch") + " (it needs OpenSSL 3 on Linux): " + problem;
    assertThat(System.getenv("CI")).as(message).isNotEqualTo("true");
    Assumptions.abort(message);
    throw new AssertionError("Not reached");
  }

  /** The server's program, once a JVM. */
  private static final class Executable {
    static final File FILE = extract();

    private static File extract() {
      try {
        return ExecutableProvider.newJarResourceProvider().get();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  static int freePort() throws IOException {
    for (int i = 0; i < PORTS; i++) {
      int port = FIRST_PORT + ThreadLocalRandom.current().nextInt(PORTS);
      if (isFree(port) && isFree(port + TO_CLUSTER_PORT)) {
        return port;
      }
    }
    throw new IOException("No port is free from " + FIRST_PORT + " on");
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException taken) {
      return false;
    }
  }

  /** Starts it, again after {@link #kill()}; returns when it answers. */
  public void start() throws IOException {
    process = new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(
            ProcessBuilder.Redirect.appendTo(folder.resolve("output.txt").toFile()))
        .start();
    long deadline = System.nanoTime() + START_LIMIT.toNanos();
    while (!listens()) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new IOException("Redis does not start: " + output());
      }
      try {
        process.waitFor(10, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("Interrupted", e);
      }
    }
  }

  private boolean listens() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 100);
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }

  /** Ends it as a crash would. */
  public void kill() {
    process.destroyForcibly();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Has it do nothing, as on a machine that stands still, until {@link #resume()}. */
  void suspend() {
    signal("-STOP");
  }

  void resume() {
    signal("-CONT");
  }

  private void signal(String which) {
    try {
      Process kill = new ProcessBuilder("kill", which, Long.toString(process.pid()))
          .inheritIO()
          .start();
      assertThat(kill.waitFor()).isZero();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  int port() {
    return port;
  }

  /** Its address. */
  public String address() {
    return "127.0.0.1:" + port;
  }

  Path folder() {
    return folder;
  }

  String output() {
    try {
      return Files.readString(folder.resolve("output.txt"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** A tier on it, as the default user. */
  public RedisTier.Builder tier() {
    return RedisTier.standalone(address()).password(PASSWORD);
  }

  /** Asks it something, past the tier. */
  <T> T ask(Function<StatefulRedisConnection<String, String>, T> question) {
    return askAs(PASSWORD, question);
  }

  <T> T askAs(String password, Function<StatefulRedisConnection<String, String>, T> question) {
    RedisURI uri = RedisURI.builder()
        .withHost("127.0.0.1")
        .withPort(port)
        .withPassword(password.toCharArray())
        .withTimeout(Duration.ofSeconds(10))
        .build();
    RedisClient client = RedisClient.create(uri);
    try (StatefulRedisConnection<String, String> connection = client.connect()) {
      return question.apply(connection);
    } finally {
      client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }
  }

  private void end() {
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try (Stream<Path> all = Files.walk(folder)) {
      all.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    } catch (IOException | UncheckedIOException alreadyGone) {
      // It is a temporary folder.
    }
  }

  @Override
  public void close() {
    end();
    Runtime.getRuntime().removeShutdownHook(atExit);
  }
}
