package io.faasflow.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.exception.ConflictException;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What comes of removals, by answers of an engine that cannot be had from a real one when they are wanted. */
@Timeout(60)
class RemovalTest {
  private static final String IN_PROGRESS = "409 removal of container c is already in progress";
  private static final String GONE = "404 No such container: c";

  private final Queue<String> answers = new ConcurrentLinkedQueue<>();
  private HttpServer server;
  private Engine engine;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    engine = Engine.connect(
        EngineAddress.of("tcp://localhost:" + server.getAddress().getPort(), null, name -> null),
        Duration.ofSeconds(10));
  }

  @AfterEach
  void stop() {
    engine.close();
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String answer = exchange.getRequestMethod().equals("DELETE") ? answers.remove() : "200 OK";
    byte[] body =
        ("{\"message\":\"" + answer.substring(4) + "\"}").getBytes(StandardCharsets.UTF_8);
    int status = Integer.parseInt(answer.substring(0, 3));
    exchange.sendResponseHeaders(status, status == 204 ? -1 : body.length);
    if (status != 204) {
      exchange.getResponseBody().write(body);
    }
    exchange.close();
  }

  @Test
  void remove_whatIsGoneOrGoes_saysSo() {
    answers.addAll(List.of("204 ", GONE, IN_PROGRESS, "409 driver failed to remove"));
    assertThat(engine.remove("c")).isTrue();
    assertThat(engine.remove("c")).isTrue();
    assertThat(engine.remove("c")).isFalse();
    assertThatThrownBy(() -> engine.remove("c")).isInstanceOf(ConflictException.class);
  }

  @Test
  void container_thatTheEngineWasRemoving_isRemovedUntilItIsGone(@TempDir Path root)
      throws IOException {
    HostProcess self = HostProcess.self();
    ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    try (HostFolder folder = HostFolder.make(root, "b", self, (made, entries) -> {})) {
      ContainerStarter starter = new ContainerStarter(
          engine,
          timer,
          new ContainerStarter.Defaults(1, 1, 1, Duration.ofSeconds(1), List.of(), -1),
          folder,
          "b",
          self);
      Path own = folder.create("c");
      Path socket = Files.createFile(own.resolve("socket"));
      Connection connection = Connection.open(
          new SocketWire(server.getAddress()),
          timer,
          System.nanoTime() + Duration.ofSeconds(30).toNanos());
      Container container = new Container("c", own, connection, deadline -> null, null, null);

      answers.addAll(List.of(IN_PROGRESS, IN_PROGRESS, "500 the engine stops", GONE));
      starter.remove(container);
      for (int looks = 0; looks < 2; looks++) {
        assertThat(starter.hasOrphans()).isTrue();
        assertThat(socket).as("it may live, and have its folder open").exists();
        starter.removeOrphans();
      }
      assertThat(starter.hasOrphans()).isTrue();
      starter.removeOrphans();
      assertThat(starter.hasOrphans()).isFalse();
      assertThat(answers).isEmpty();
      assertThat(own).doesNotExist();
    } finally {
      timer.shutdownNow();
    }
  }
}
