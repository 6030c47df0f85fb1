package io.faasflow.docker;

import static io.faasflow.docker.Calls.ROGUE;
import static io.faasflow.docker.Calls.call;
import static io.faasflow.docker.Calls.function;
import static io.faasflow.docker.Calls.node;
import static io.faasflow.docker.Calls.python;
import static io.faasflow.docker.Calls.rogue;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.container.ContainerAnswerException;
import io.faasflow.container.ContainerDiedException;
import io.faasflow.container.ContainerFunction;
import io.faasflow.container.ContainerFunctionException;
import io.faasflow.container.ContainerImage;
import io.faasflow.container.ContainerProtocol;
import io.faasflow.container.ContainerStartException;
import io.faasflow.container.ContainerTimeoutException;
import io.faasflow.function.Resources;
import io.faasflow.store.Blob;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An engine that is spoken to by TCP and TLS alone, as if it were on another machine. */
@NeedsEngine
@Timeout(240)
class RemoteEngineTest {
  private static final ContainerImage ECHO = python("def main(x): return x");
  private static final String RELAY = "LABEL io.faasflow.relay=";

  @TempDir
  private static Path folder;

  private static OwnEngine engine;
  private static Certificates client;
  private static Certificates stranger;

  private DockerBackend backend;

  @BeforeAll
  @Timeout(600)
  static void startEngine() throws Exception {
    Authority authority = new Authority(Files.createDirectory(folder.resolve("ca")));
    Certificates own = authority.sign("engine", "EC", "SAN=dns:localhost");
    client = authority.sign("client", "EC", "EKU=clientAuth");
    stranger = new Authority(Files.createDirectory(folder.resolve("other"))).itself();
    engine = new OwnEngine(folder.resolve("engine"), own);
    engine.copyImages(
        "faasflow/python",
        "faasflow/node",
        "faasflow/java",
        "faasflow-test/rogue",
        "faasflow-test/plain");
    // The ways that the guide has for one's own image, and for a Java function.
    Path relay = Path.of("images", "python");
    engine.build(
        "faasflow-test/rogue",
        relay,
        "FROM faasflow-test/rogue\nCOPY relay.py /\n" + RELAY + "'[\"python3\", \"/relay.py\"]'\n");
    engine.build(
        "plain",
        relay,
        "FROM faasflow-test/plain\nCOPY relay.py /\n" + RELAY + "'[\"python3\", \"/relay.py\"]'\n");
    engine.build(
        "java-functions",
        Path.of(
            Functions.class.getProtectionDomain().getCodeSource().getLocation().toURI()),
        Functions.DOCKERFILE);
  }

  @AfterAll
  @Timeout(400)
  static void stopEngine() throws Exception {
    if (engine != null) {
      engine.remove();
    }
  }

  @BeforeEach
  void build() {
    backend = builder().build();
  }

  /** Whatever it did in its folders would fail. */
  private static DockerBackend.Builder builder() {
    return DockerBackend.builder()
        .dockerHost(engine.tcpAddress())
        .tls(client.ca(), client.certificate(), client.key())
        .folder(Path.of("/no/such/folder"))
        .diskFolder(Path.of("/no/such/folder"));
  }

  @AfterEach
  void close_leavesNothing() {
    backend.close();
    assertThat(engine.containers()).isEmpty();
  }

  @Test
  void values_travelBothWaysInEachLanguage() throws Exception {
    ContainerImage java =
        ContainerImage.of("java-functions").withMain(Functions.Echo.class.getName());
    for (ContainerImage image : List.of(ECHO, node("const main = (x) => x;"), java)) {
      for (Object value : Arrays.asList(
          null, 7, "ä\u0000\uD83D\uDE00", List.of(1, 2.5, true), "x".repeat(3_000_000))) {
        assertThat(call(backend, image, value)).as("%s", image).isEqualTo(value);
      }
    }
    assertThat(backend.counts())
        .hasSize(3)
        .allSatisfy(count -> assertThat(count.started()).isEqualTo(1));
  }

  @Test
  void bytes_travelInRequestsAndAnswers() throws Exception {
    byte[] bytes = new byte[5 << 20];
    new Random(1).nextBytes(bytes);
    Blob blob = Blob.of("image/png", bytes);
    ContainerImage copy = python("def main(blob): return bytes(blob.view())");
    ContainerImage invert =
        ContainerImage.of("java-functions").withMain(Functions.Invert.class.getName());
    assertThat(((Blob) call(backend, copy, blob)).open()).hasBinaryContent(bytes);
    Blob inverted = (Blob) call(backend, invert, blob);
    assertThat(((Blob) call(backend, invert, inverted)).open()).hasBinaryContent(bytes);
    assertThat(backend.fileBytes()).isZero();
  }

  @Test
  void image_thatListensOnTcp_needsARelayAndNoNetwork() throws Exception {
    ContainerImage plain = ContainerImage.of("plain");
    Map<String, Object> large = Map.of("text", "x".repeat(1_000_000));
    assertThat(call(backend, plain, large)).isEqualTo(Map.of("echo", large));
    assertThat(call(backend, plain, Map.of("n", 2))).isEqualTo(Map.of("echo", Map.of("n", 2)));
    ContainerImage lambda = plain.withProtocol(ContainerProtocol.LAMBDA);
    assertThat(call(backend, lambda, 5)).isEqualTo(5);
    assertThat(engine.containers())
        .hasSize(2)
        .allSatisfy(one ->
            assertThat(engine.inspect(one.id(), "{{.Config.NetworkDisabled}}")).isEqualTo("true"));
  }

  @Test
  void containers_haveNothingOfTheHost_andNothingThatOthersCouldCall() throws Exception {
    assertThat(call(backend, ECHO, 1)).isEqualTo(1);
    assertThat(engine.containers()).singleElement().satisfies(one -> {
      assertThat(engine.inspect(
              one.id(),
              "{{len .Mounts}} {{len .HostConfig.Mounts}} {{len .HostConfig.Binds}}"
                  + " {{len .HostConfig.PortBindings}} {{len .NetworkSettings.Ports}}"))
          .isEqualTo("0 0 0 0 0");
      assertThat(engine.inspect(one.id(), "{{.HostConfig.ReadonlyRootfs}} {{.Config.User}}"))
          .isEqualTo("true 65534:65534");
    });
    ContainerImage look = python("""
        import os
        def main(x):
            devices = [line.split(":")[0].strip() for line in open("/proc/net/dev")][2:]
            return [devices, [name for name in os.environ if name.startswith("FAASFLOW")]]
        """);
    assertThat(call(backend, look, 1))
        .isEqualTo(List.of(List.of("lo"), List.of("FAASFLOW_SOCKET")));
  }

  @Test
  void calls_ofManyThreads_eachHaveAContainerAndTheirOwnAnswer() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<Boolean>> calls = IntStream.range(0, 400)
          .mapToObj(n -> threads.submit(() -> call(backend, ECHO, n).equals(n)))
          .toList();
      for (Future<Boolean> each : calls) {
        assertThat(each.get(120, TimeUnit.SECONDS)).isTrue();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(backend.counts().get(0).started()).isLessThanOrEqualTo(4);
    assertThat(backend.counts().get(0).lost()).isZero();
  }

  @Test
  void failures_areThoseOfContainersOnThisMachine() throws Exception {
    assertThatThrownBy(() -> call(backend, python("def main(x): return 1 / x"), 0))
        .isInstanceOf(ContainerFunctionException.class)
        .hasMessageContaining("ZeroDivisionError")
        .satisfies(e -> assertThat(((ContainerFunctionException) e).log()).contains("Traceback"));
    assertThatThrownBy(() -> rogue(backend, "exit"))
        .isInstanceOfSatisfying(
            ContainerDiedException.class, e -> assertThat(e.exitCode()).hasValue(3));
    assertThatThrownBy(() -> rogue(backend, "not-http"))
        .isInstanceOf(ContainerAnswerException.class);
    assertThatThrownBy(() -> call(backend, ROGUE, Map.of("way", "large", "bytes", 40_000_000)))
        .isInstanceOf(ContainerAnswerException.class)
        .hasMessageContaining("may have " + (16 << 20));
    assertThat(rogue(backend, "well")).isNotNull(); // its start takes none of the next call's time
    try (Engine api = Engine.connect(engine.address())) {
      ContainerFunction impatient = new ContainedFunction(
          new FunctionSpec(ROGUE, Resources.NONE),
          ((ContainedFunction) function(backend, ROGUE)).containers(),
          api,
          Duration.ofSeconds(1),
          1_000,
          null);
      assertThatThrownBy(() -> impatient.apply(Map.of("way", "drip-head"), Calls.CONTEXT))
          .isInstanceOf(ContainerTimeoutException.class);
    }
  }

  private static Engine remote() {
    return Engine.connect(
        EngineAddress.of(engine.tcpAddress(), client, name -> null), Engine.CONNECT_TIMEOUT);
  }

  /** A connection through the relay that is at that place in a container. */
  private static Connection open(
      Engine api, String id, String relay, ScheduledExecutorService timer) throws IOException {
    return Connection.open(
        api.relay(id, List.of("python3", relay)),
        timer,
        System.nanoTime() + TimeUnit.SECONDS.toNanos(60));
  }

  @Test
  void container_thatEndsWhileItIsIdle_isReplaced() throws Exception {
    assertThat(call(backend, ECHO, 1)).isEqualTo(1);
    String id = engine.containers().get(0).id();
    ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    try (Engine api = remote();
        Connection another = open(api, id, "/faasflow/relay.py", timer)) {
      assertThat(another.isUsable()).isTrue();
      engine.killContainer(id);
      OwnEngine.await(() -> !another.isUsable());
    } finally {
      timer.shutdownNow();
    }
    OwnEngine.await(() -> engine.containers().isEmpty());
    assertThat(call(backend, ECHO, 2)).isEqualTo(2);
    assertThat(backend.counts().get(0).started()).isEqualTo(2);
  }

  @Test
  void interrupt_endsACall() throws Exception {
    assertThat(rogue(backend, "well")).isNotNull();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    CountDownLatch ended = new CountDownLatch(1);
    Thread caller = new Thread(() -> {
      try {
        rogue(backend, "hang");
      } catch (Throwable e) {
        failure.set(e);
      }
      ended.countDown();
    });
    caller.start();
    engine.awaitLog("hanging");
    caller.interrupt();
    assertThat(ended.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(failure.get()).isInstanceOf(InterruptedException.class);
    assertThat(rogue(backend, "well")).isNotNull();
  }

  @Test
  void relay_whoseHostGivesUp_ends() throws Exception {
    String id = engine.run(
        "faasflow-test/rogue", Map.of("LISTEN", "never", "FAASFLOW_SOCKET", "/tmp/nowhere"));
    ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    try (Engine api = remote()) {
      AtomicReference<Throwable> failure = new AtomicReference<>();
      Thread host = new Thread(() -> {
        try {
          open(api, id, "/relay.py", timer);
        } catch (Throwable e) {
          failure.set(e);
        }
      });
      host.start();
      OwnEngine.await(() -> engine.processes(id) == 2);
      host.interrupt();
      OwnEngine.await(() -> engine.processes(id) == 1);
      host.join();
      assertThat(failure.get()).isInstanceOf(ClosedByInterruptException.class);
    } finally {
      timer.shutdownNow();
      engine.removeContainer(id);
    }
  }

  @Test
  void relays_ofAllImages_endWithTheirInput() throws Exception {
    for (String image : List.of("faasflow/python", "faasflow/node", "faasflow/java")) {
      List<String> command = new ArrayList<>(
          List.of("run", "--rm", "-i", "--network", "none", "-e", "FAASFLOW_SOCKET=/tmp/nowhere"));
      String label =
          engine.inspect(image, "{{index .Config.Labels \"" + Engine.RELAY_LABEL + "\"}}");
      List<?> relay = (List<?>) Json.read(label.getBytes(UTF_8));
      command.addAll(List.of("--entrypoint", (String) relay.get(0), image));
      relay.stream().skip(1).forEach(word -> command.add((String) word));
      Process process = engine.docker(command.toArray(String[]::new));
      try {
        process.getOutputStream().close();
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).as(image).isTrue();
        assertThat(process.exitValue()).as(image).isZero();
      } finally {
        process.destroyForcibly();
      }
    }
  }

  @Test
  void start_thatFails_saysWhy() throws Exception {
    String image = "faasflow-test/rogue";
    engine.build("no-program", Path.of("images"), "FROM " + image + "\n" + RELAY + "'[\"/no\"]'\n");
    engine.build("no-list", Path.of("images"), "FROM " + image + "\n" + RELAY + "'python3'\n");
    assertStartFails(
        backend, ContainerImage.of("faasflow-test/plain"), "through a relay in the image alone");
    assertStartFails(
        backend, ContainerImage.of("no-list"), "must be a JSON array of strings, but is 'python3'");
    assertStartFails(backend, ContainerImage.of("no-program"), "no such file");
    assertStartFails(backend, ROGUE.withEnvironment(Map.of("LISTEN", "exit")), "ended with code 4");
    assertStartFails(backend, python("def main("), "SyntaxError");
    try (DockerBackend hasty = builder().startTimeout(Duration.ofMillis(500)).build()) {
      assertStartFails(
          hasty,
          ROGUE.withEnvironment(Map.of("LISTEN", "never")),
          "the image's relay is not connected with the function within PT0.5S");
    }
  }

  private static void assertStartFails(DockerBackend backend, ContainerImage image, String why) {
    assertThatThrownBy(() -> call(backend, image, 1))
        .isInstanceOf(ContainerStartException.class)
        .hasMessageContaining(why);
  }

  @Test
  void engine_thatDoesNotTrustUs_orThatWeDoNotTrust_isNotUsed() {
    String address = engine.tcpAddress();
    assertThatThrownBy(() ->
            builder().tls(client.ca(), stranger.certificate(), stranger.key()).build())
        .isInstanceOf(EngineUnavailableException.class)
        .hasMessageStartingWith("No Docker engine answers at " + address)
        .hasMessageContaining("refuse")
        .hasMessageContaining("this client's certificate");
    assertThatThrownBy(() ->
            builder().tls(stranger.ca(), client.certificate(), client.key()).build())
        .isInstanceOf(EngineUnavailableException.class)
        .hasMessageContaining("does not prove with a certificate of the CA that is trusted");
    assertThatThrownBy(() ->
            builder().dockerHost(address.replace("localhost", "127.0.0.1")).build())
        .isInstanceOf(EngineUnavailableException.class)
        .hasMessageContaining("that it is 127.0.0.1");
    assertThatThrownBy(() -> DockerBackend.builder().dockerHost(address).build())
        .isInstanceOf(EngineUnavailableException.class)
        .hasMessageContaining("HTTPS");
  }

  @Test
  void classPath_cannotBeMounted() {
    assertThatThrownBy(() -> builder().classPath(List.of(folder)).build())
        .isInstanceOf(EngineUnavailableException.class)
        .hasMessageContainingAll("cannot be mounted", engine.tcpAddress(), "/faasflow/app");
  }

  @Test
  void engine_thatGoesAndComesBack_isUsedAgain() throws Exception {
    assertThat(call(backend, ECHO, 1)).isEqualTo(1);
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<Object> inFlight = thread.submit(() -> rogue(backend, "hang"));
      engine.awaitLog("hanging");
      engine.kill();
      assertThatThrownBy(() -> inFlight.get(60, TimeUnit.SECONDS))
          .hasCauseInstanceOf(ContainerDiedException.class);
      assertThatThrownBy(() -> call(backend, ECHO, 2))
          .isInstanceOf(ContainerStartException.class)
          .hasMessageContaining("the engine does not answer");
    } finally {
      thread.shutdownNow();
      engine.start();
    }
    assertThat(call(backend, ECHO, 3)).isEqualTo(3);
    OwnEngine.await(
        () -> engine.containers().size() == 1); // those of before cannot be reached any more
  }

  @Test
  void engine_thatHangs_isGivenUpInTime() throws Exception {
    ContainerFunction echo = function(backend, ECHO);
    assertThat(echo.apply(1, Calls.CONTEXT)).isEqualTo(1);
    try (Engine api = remote()) {
      ContainerFunction impatient = new ContainedFunction(
          new FunctionSpec(ECHO, Resources.NONE),
          ((ContainedFunction) echo).containers(),
          api,
          Duration.ofSeconds(1),
          1_000,
          null);
      engine.hang();
      try {
        assertThatThrownBy(() -> impatient.apply(2, Calls.CONTEXT))
            .isInstanceOf(ContainerTimeoutException.class);
      } finally {
        engine.goOn();
      }
    }
    assertThat(echo.apply(3, Calls.CONTEXT)).isEqualTo(3);
    assertThat(backend.counts().get(0).started()).isEqualTo(2);
  }

  @Test
  void connection_thatTheFunctionCloses_isMadeAgain() throws Exception {
    ContainerImage plain = ContainerImage.of("plain").withEnvironment(Map.of("CLOSE", "announced"));
    for (int i = 0; i < 3; i++) {
      assertThat(call(backend, plain, Map.of("n", i))).isEqualTo(Map.of("echo", Map.of("n", i)));
    }
    assertThat(backend.counts().get(0).started()).isEqualTo(1);
  }

  @Test
  void leftOvers_ofAKilledHost_areRemovedByTheNext() throws Exception {
    ProcessBuilder builder = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            HostToKill.class.getName(),
            "/no/such/folder")
        .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("DOCKER_HOST", engine.tcpAddress());
    builder.environment().put("DOCKER_TLS_VERIFY", "1");
    builder.environment().put("DOCKER_CERT_PATH", client.key().getParent().toString());
    Process host = builder.start();
    try (BufferedReader said = host.inputReader()) {
      assertThat(said.readLine()).isEqualTo("ready");
      assertThat(call(backend, ECHO, 1)).isEqualTo(1);
      assertThat(engine.containers()).hasSize(3);
      builder().build().close();
      assertThat(engine.containers()).as("its host lives").hasSize(3);

      host.destroyForcibly().waitFor();
      builder().build().close();
      assertThat(engine.containers()).hasSize(1);
      assertThat(call(backend, ECHO, 2)).isEqualTo(2);
      assertThat(backend.counts().get(0).started()).isEqualTo(1);
    } finally {
      host.destroyForcibly().waitFor();
    }
  }
}
