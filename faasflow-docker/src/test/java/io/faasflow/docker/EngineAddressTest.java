package io.faasflow.docker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLServerSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which engines are spoken to, and how it is made sure that it is they. */
class EngineAddressTest {
  @TempDir
  private static Path folder;

  private static Certificates engine;
  private static Certificates client;
  private static Certificates rsa;
  private static Certificates stranger;

  @BeforeAll
  static void sign() throws Exception {
    Authority authority = new Authority(Files.createDirectory(folder.resolve("own")));
    engine = authority.sign("engine", "EC", "SAN=dns:localhost");
    client = authority.sign("client", "EC", "EKU=clientAuth");
    rsa = authority.sign("rsa", "RSA", "EKU=clientAuth");
    stranger = new Authority(Files.createDirectory(folder.resolve("other"))).itself();
  }

  private static EngineAddress address(String host, Certificates certificates) {
    return EngineAddress.of(host, certificates, name -> null);
  }

  private static EngineAddress address(String host, Map<String, String> settings) {
    return EngineAddress.of(host, null, settings::get);
  }

  /** What somebody says who shows a certificate of the engine's, once a client has shown its own. */
  private static int exchange(String host, Certificates shown) throws Exception {
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try (SSLServerSocket server = (SSLServerSocket) engine
        .context()
        .getServerSocketFactory()
        .createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      server.setNeedClientAuth(true);
      Future<?> served = thread.submit(() -> {
        try (Socket accepted = server.accept()) {
          accepted.getOutputStream().write(42);
        } catch (IOException e) {
          // The client learns of it.
        }
      });
      try (SocketChannel channel = SocketChannel.open()) {
        return address("tcp://" + host + ":" + server.getLocalPort(), shown)
            .connect(channel)
            .getInputStream()
            .read();
      } finally {
        served.get(60, TimeUnit.SECONDS);
      }
    } finally {
      thread.shutdownNow();
    }
  }

  private static Certificates with(Certificates of, String form, byte[] key) throws Exception {
    Path file = Files.createTempFile(folder, "key", ".pem");
    Authority.write(file, form, key);
    return new Certificates(of.ca(), of.certificate(), file);
  }

  /** The key alone, of its general form: sequence (version, algorithm, octet string (key)). */
  private static byte[] inner(Path general) throws IOException {
    String pem = Files.readString(general).replaceAll("-----[A-Z ]+-----", "");
    ByteBuffer der = ByteBuffer.wrap(Base64.getMimeDecoder().decode(pem));
    enter(der);
    der.position(der.position() + 3);
    int algorithm = enter(der);
    der.position(der.position() + algorithm);
    byte[] key = new byte[enter(der)];
    der.get(key);
    return key;
  }

  private static int enter(ByteBuffer der) {
    der.get();
    int length = der.get() & 0xFF;
    return switch (length) {
      case 0x81 -> der.get() & 0xFF;
      case 0x82 -> der.getShort() & 0xFFFF;
      default -> length;
    };
  }

  @Test
  void keys_ofEveryFormThatDockerTakes_areTaken() throws Exception {
    assertThat(exchange("localhost", client)).isEqualTo(42);
    assertThat(exchange("localhost", with(client, "EC PRIVATE KEY", inner(client.key()))))
        .isEqualTo(42);
    assertThat(exchange("localhost", rsa)).isEqualTo(42);
    assertThat(exchange("localhost", with(rsa, "RSA PRIVATE KEY", inner(rsa.key()))))
        .isEqualTo(42);
  }

  @Test
  void engine_thatIsNotTheOneThatWasNamed_isNotSpokenTo() {
    assertThatThrownBy(() -> exchange("127.0.0.1", client)).isInstanceOf(SSLException.class);
    Certificates elsewhere = new Certificates(stranger.ca(), client.certificate(), client.key());
    assertThatThrownBy(() -> exchange("localhost", elsewhere)).isInstanceOf(SSLException.class);
  }

  @Test
  void client_thatIsAStranger_isRefused() {
    Certificates unknown = new Certificates(client.ca(), stranger.certificate(), stranger.key());
    assertThatThrownBy(() -> exchange("localhost", unknown)).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "unix:///var/run/docker.sock, unix:///var/run/docker.sock, true",
    "tcp://localhost, tcp://127.0.0.1:2375, false",
    "tcp://127.0.0.1:99/, tcp://127.0.0.1:99, false",
    "tcp://[::1]:99, tcp://[0:0:0:0:0:0:0:1]:99, false"
  })
  void address_withoutTls_isOfThisMachine(String host, String address, boolean sharesFiles) {
    EngineAddress made = address(host, Map.of());
    assertThat(made).hasToString(address);
    assertThat(made.tls()).isNull();
    assertThat(made.sharesFiles()).isEqualTo(sharesFiles);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tcp://192.0.2.1:2375",
        "ssh://localhost",
        "https://localhost",
        "npipe:////./pipe/docker_engine",
        "tcp://me@localhost",
        "tcp://localhost/prefix",
        "tcp://localhost?a=b",
        "tcp:localhost",
        "tcp://local host"
      })
  void address_thatIsNotSpokenTo_isNamedWithTheCure(String host) {
    assertThatThrownBy(() -> address(host, Map.of("DOCKER_TLS_VERIFY", "")))
        .isInstanceOf(EngineUnavailableException.class)
        .hasMessageStartingWith("The Docker engine at " + host + " cannot be used: ")
        .hasMessageMatching(".*(DOCKER_CERT_PATH|tcp://HOST:PORT).*");
  }

  @Test
  void password_inAnAddress_isNotShown() {
    assertThatThrownBy(() -> address("https://me:s3cr3t@localhost", Map.of()))
        .isInstanceOf(EngineUnavailableException.class)
        .hasMessageStartingWith("The Docker engine at https://me:...@localhost cannot be used: ");
    assertThatThrownBy(() -> address("https://me:s3c r3t:@x@localhost", Map.of()))
        .hasMessageStartingWith("The Docker engine at https://me:...@localhost cannot be used: ")
        .hasNoCause();
  }

  @Test
  void certificates_ofAUnixSocket_areAMistake() {
    assertThatThrownBy(() -> address("unix:///var/run/docker.sock", client))
        .isInstanceOf(EngineUnavailableException.class)
        .hasMessageContaining("certificates are for addresses that begin with tcp://");
  }

  @Test
  void settings_areThoseOfDockersOwnClient() {
    String certificates = client.key().getParent().toString();
    for (Map<String, String> settings : List.of(
        Map.of("DOCKER_TLS_VERIFY", "1", "DOCKER_CERT_PATH", certificates),
        Map.of("DOCKER_TLS_VERIFY", "yes", "DOCKER_CONFIG", certificates),
        Map.of(
            "DOCKER_TLS_VERIFY", "0", // as there: anything but nothing
            "DOCKER_CONFIG", "/nowhere",
            "DOCKER_CERT_PATH", certificates))) {
      EngineAddress address = address("tcp://192.0.2.1", settings);
      assertThat(address.tls()).isNotNull();
      assertThat(address).hasToString("tcp://192.0.2.1:2376");
    }
    assertThat(address("unix:///var/run/docker.sock", Map.of("DOCKER_TLS_VERIFY", "1"))
            .tls())
        .isNull();
    assertThatThrownBy(() -> address(
            "tcp://192.0.2.1", Map.of("DOCKER_TLS_VERIFY", "1", "DOCKER_CERT_PATH", "/nowhere")))
        .hasMessageContaining("/nowhere/ca.pem is of no use: there is no such file");
  }

  /** A folder of Docker's own client, as that writes it. */
  private static Path configuration(String current) throws Exception {
    Path docker = Files.createTempDirectory(folder, "docker");
    Files.writeString(
        docker.resolve("config.json"), "{\"auths\": {}, \"currentContext\": \"" + current + "\"}");
    return docker;
  }

  private static Path store(Path docker, String kind, String context) throws Exception {
    String key = HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(context.getBytes(UTF_8)));
    return Files.createDirectories(docker.resolve("contexts").resolve(kind).resolve(key));
  }

  private static void context(Path docker, String name, String host, boolean skipTlsVerify)
      throws Exception {
    Files.writeString(
        store(docker, "meta", name).resolve("meta.json"),
        "{\"Name\":\"%s\",\"Metadata\":{},\"Endpoints\":{\"docker\":{\"Host\":\"%s\",\"SkipTLSVerify\":%s}}}"
            .formatted(name, host, skipTlsVerify));
  }

  private static EngineAddress inUse(Path docker, Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("DOCKER_CONFIG", docker.toString());
    return EngineAddress.of(null, null, all::get);
  }

  @Test
  void context_isThatOfDockersOwnClient_withItsCertificates() throws Exception {
    Path docker = configuration("work");
    context(docker, "work", "tcp://192.0.2.1:99", false);
    Path tls = Files.createDirectory(store(docker, "tls", "work").resolve("docker"));
    for (Path file : List.of(client.ca(), client.certificate(), client.key())) {
      Files.copy(file, tls.resolve(file.getFileName()));
    }
    context(docker, "home", "unix:///tmp/home.sock", false);
    EngineAddress work = inUse(docker, Map.of());
    assertThat(work).hasToString("tcp://192.0.2.1:99");
    assertThat(work.tls()).isNotNull();
    assertThat(work.sharesFiles()).isFalse();

    EngineAddress home = inUse(docker, Map.of("DOCKER_CONTEXT", "home"));
    assertThat(home).hasToString("unix:///tmp/home.sock");
    assertThat(home.sharesFiles()).isTrue();
    assertThat(
            inUse(docker, Map.of("DOCKER_CONTEXT", "nowhere", "DOCKER_HOST", "unix:///tmp/x.sock")))
        .hasToString("unix:///tmp/x.sock");
    assertThat(
            EngineAddress.of("unix:///tmp/y.sock", null, Map.of("DOCKER_CONTEXT", "nowhere")::get))
        .hasToString("unix:///tmp/y.sock");
    for (Path none : List.of(configuration("default"), configuration(""), folder)) {
      assertThat(inUse(none, Map.of())).hasToString("unix:///var/run/docker.sock");
    }
    assertThat(inUse(docker, Map.of("DOCKER_CONTEXT", "default")))
        .hasToString("unix:///var/run/docker.sock");

    Files.delete(tls.resolve("key.pem"));
    assertThatThrownBy(() -> inUse(docker, Map.of()))
        .isInstanceOf(EngineUnavailableException.class)
        .hasMessageContaining(tls.resolve("key.pem") + " is of no use: there is no such file");
  }

  @Test
  void context_thatIsNotToBeUsed_isNamedWithTheCure() throws Exception {
    Path docker = configuration("gone");
    context(docker, "blind", "tcp://192.0.2.1:2376", true);
    context(docker, "shell", "ssh://me@192.0.2.1", false);
    context(docker, "plain", "tcp://192.0.2.1:2375", false);
    Files.writeString(store(docker, "meta", "empty").resolve("meta.json"), "{\"Endpoints\":{}}");
    Files.writeString(store(docker, "meta", "cut").resolve("meta.json"), "{\"s3cr3t");
    Map.of(
            "gone", "Docker's context 'gone' cannot be used: there is no ",
            "blind", "Docker's context 'blind' cannot be used: it says SkipTLSVerify",
            "shell",
                "The Docker engine at ssh://me@192.0.2.1 of Docker's context 'shell' cannot be used: "
                    + "addresses look like",
            "plain", "of Docker's context 'plain' cannot be used: whoever speaks",
            "empty", "meta.json names no engine",
            "cut", "meta.json: it is no JSON. Mend it")
        .forEach((name, message) -> assertThatThrownBy(
                () -> inUse(docker, Map.of("DOCKER_CONTEXT", name)))
            .isInstanceOf(EngineUnavailableException.class)
            .hasMessageContaining(message)
            .message()
            .doesNotContain("s3cr3t"));
    assertThatThrownBy(() -> inUse(docker, Map.of()))
        .hasMessageContaining("Docker's context 'gone'");
    Files.writeString(docker.resolve("config.json"), "nonsense");
    assertThatThrownBy(() -> inUse(docker, Map.of()))
        .isInstanceOf(EngineUnavailableException.class)
        .hasMessageContaining("config.json: it is no JSON");
  }

  @Test
  void files_thatAreOfNoUse_areNamedAndNotShown() throws Exception {
    String key = Files.readString(client.key());
    String secret = key.lines().skip(1).findFirst().orElseThrow();
    Path broken = Files.writeString(folder.resolve("broken.pem"), key.replace("-----END", "END"));
    Path locked = Files.writeString(
        folder.resolve("locked.pem"), key.replace("PRIVATE", "ENCRYPTED PRIVATE"));
    Path nothing = Files.writeString(folder.resolve("nothing.pem"), "");
    Path cut = folder.resolve("cut.pem");
    Authority.write(cut, "PRIVATE KEY", Base64.getDecoder().decode(secret));
    for (Certificates bad : List.of(
        new Certificates(nothing, client.certificate(), client.key()),
        new Certificates(client.key(), client.certificate(), client.key()),
        new Certificates(client.ca(), nothing, client.key()),
        new Certificates(client.ca(), client.key(), client.key()),
        new Certificates(client.ca(), client.certificate(), client.certificate()),
        new Certificates(client.ca(), client.certificate(), broken),
        new Certificates(client.ca(), client.certificate(), locked),
        new Certificates(client.ca(), client.certificate(), cut),
        new Certificates(client.ca(), client.certificate(), engine.key()),
        new Certificates(client.ca(), client.certificate(), rsa.key()))) {
      assertThatThrownBy(() -> address("tcp://localhost", bad))
          .isInstanceOf(EngineUnavailableException.class)
          .hasMessageContaining(" is of no use: ")
          .hasMessageContaining(".pem")
          .satisfies(e -> assertThat(e).hasStackTraceContaining("Certificates").satisfies(any -> {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
              assertThat(String.valueOf(cause)).doesNotContain(secret);
            }
          }));
    }
    assertThatCode(() -> address("tcp://localhost", client)).doesNotThrowAnyException();
  }

  @Test
  void engine_thatIsSilentOrAbsent_isGivenUp() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "tcp://localhost:" + silent.getLocalPort();
      assertThatThrownBy(() -> Engine.connect(address(address, client), Duration.ofMillis(200)))
          .isInstanceOf(EngineUnavailableException.class)
          .hasMessageStartingWith("No Docker engine answers at " + address + ": ")
          .hasMessageContaining("timed out");
    }
    // Of port 1 nobody is given a connection's own end, as may happen with one that was free just
    // now.
    assertThatThrownBy(
            () -> Engine.connect(address("tcp://localhost:1", client), Duration.ofSeconds(10)))
        .isInstanceOf(EngineUnavailableException.class)
        .hasMessageStartingWith("No Docker engine answers at tcp://localhost:1: ")
        .hasMessageContaining("refused");
  }
}
