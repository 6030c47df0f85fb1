package io.faasflow.faastore.redis;

import static io.faasflow.faastore.redis.RedisProcess.PASSWORD;
import static io.faasflow.faastore.redis.RedisTierTest.bytes;
import static io.faasflow.faastore.redis.RedisTierTest.done;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.faastore.ObjectKey;
import io.faasflow.faastore.Payload;
import io.faasflow.faastore.RemoteTierException;
import io.faasflow.faastore.RemoteTierException.Reason;
import io.faasflow.run.RunId;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.ProtocolKeyword;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Users, passwords, encryption, and what is never said about them. */
class RedisSecurityTest {
  private static final RunId RUN = new RunId(1L << 16, 7);
  private static final int[] SIZES = {0, 1_000, 600_000, 4_500_000};

  /** What the guide says that a user of the tier needs. */
  static final String RIGHTS = "~faasflow:* resetchannels -@all"
      + " +evalsha +eval +hmget +hget +hset +hdel +hgetall +get +set +exists +unlink +pexpire"
      + " +cluster|nodes +cluster|slots +cluster|myid +info +readonly +ping +client|setinfo";

  private static void useAll(RedisTier tier) throws Exception {
    for (int size : SIZES) {
      ObjectKey key = new ObjectKey(RUN, "o" + size);
      byte[] bytes = bytes(size, size);
      for (int i = 0; i < 2; i++) {
        done(tier.put(key, Payload.of("a/b", bytes), 1));
      }
      assertThat(done(tier.get(key)).orElseThrow().toByteArray()).isEqualTo(bytes);
      assertThat(done(tier.stream(key)).orElseThrow().toByteArray()).isEqualTo(bytes);
      done(tier.release(key));
      done(tier.put(key, Payload.of("a/b", bytes), 1));
    }
    done(tier.releaseRun(RUN));
  }

  private static void setUser(RedisProcess redis, String... rules) {
    redis.ask(connection -> {
      CommandArgs<String, String> args =
          new CommandArgs<>(StringCodec.UTF8).add("SETUSER").add("app");
      Arrays.stream(rules).forEach(args::add);
      return connection
          .sync()
          .dispatch(new Named("ACL"), new StatusOutput<>(StringCodec.UTF8), args);
    });
  }

  /** A command that the client has no typed method for. */
  private record Named(String text) implements ProtocolKeyword {
    @Override
    public byte[] getBytes() {
      return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public String toString() {
      return text;
    }
  }

  @Test
  void user_withTheRightsOfTheGuide_canDoEverything() throws Exception {
    try (RedisProcess redis = RedisProcess.inMemory()) {
      // Redis 6.2 does not know some of the subcommands that newer ones ask about.
      String rights = RIGHTS.replace("+client|setinfo", "");
      setUser(redis, ("reset on >" + PASSWORD + " " + rights).trim().split(" +"));
      try (RedisTier tier = RedisTier.standalone(redis.address())
          .user("app", PASSWORD)
          .expiry(Duration.ofSeconds(5))
          .connect()) {
        useAll(tier);
      }
    }
  }

  @Test
  void user_withoutARight_isToldWhichOne() {
    try (RedisProcess redis = RedisProcess.inMemory()) {
      setUser(redis, "reset", "on", ">" + PASSWORD, "~faasflow:*", "+@all", "-evalsha");
      try (RedisTier tier =
          RedisTier.standalone(redis.address()).user("app", PASSWORD).connect()) {
        ObjectKey key = new ObjectKey(RUN, "7");
        assertThatThrownBy(() -> done(tier.put(key, Payload.of("a/b", new byte[10]), 1)))
            .isInstanceOfSatisfying(
                RemoteTierException.class, e -> assertThat(e.reason()).isEqualTo(Reason.REFUSED))
            .hasMessageContainingAll("NOPERM", "evalsha", key.toString(), redis.address());
      }
      setUser(redis, "reset", "on", ">" + PASSWORD, "~other:*", "+@all");
      try (RedisTier tier =
          RedisTier.standalone(redis.address()).user("app", PASSWORD).connect()) {
        assertThatThrownBy(() -> done(tier.get(new ObjectKey(RUN, "7"))))
            .isInstanceOf(RemoteTierException.class)
            .hasMessageContaining("NOPERM");
      }
    }
  }

  @Test
  void tls_trustedCertificate_works(@TempDir Path folder) throws Exception {
    Certificates certificates = Certificates.in(folder);
    try (RedisProcess redis = tlsServer(certificates, "no");
        RedisTier tier = RedisTier.standalone(redis.address())
            .password(PASSWORD)
            .tls(certificates.certificate())
            .connect()) {
      assertThat(tier).hasToString("RedisTier[rediss://" + redis.address() + "]");
      useAll(tier);
      redis.kill();
      redis.start();
      useAll(tier);
    }
  }

  @Test
  void tls_serverAsksForACertificate_isShownOne(@TempDir Path folder) throws Exception {
    Certificates certificates = Certificates.in(folder);
    try (RedisProcess redis = tlsServer(certificates, "yes")) {
      RedisTier.Builder builder = RedisTier.standalone(redis.address())
          .password(PASSWORD)
          .timeout(Duration.ofSeconds(2))
          .tls(certificates.certificate());
      assertThatThrownBy(builder::connect).isInstanceOf(RemoteTierException.class);
      try (RedisTier tier = builder
          .timeout(Duration.ofSeconds(10))
          .clientCertificate(certificates.certificate(), certificates.key())
          .connect()) {
        useAll(tier);
      }
    }
  }

  @Test
  void tls_certificateOfSomebodyElse_isRefused(@TempDir Path folder) throws Exception {
    Certificates certificates = Certificates.in(folder);
    try (RedisProcess redis = tlsServer(certificates, "no")) {
      assertThatThrownBy(() ->
              RedisTier.standalone(redis.address()).password(PASSWORD).tls().connect())
          .isInstanceOfSatisfying(
              RemoteTierException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNREACHABLE))
          .hasMessageContainingAll("rediss://" + redis.address(), "TLS");
    }
  }

  private static RedisProcess tlsServer(Certificates certificates, String clients) {
    return RedisProcess.launch(port -> List.of(
        "--port",
        "0",
        "--tls-port",
        Integer.toString(port),
        "--tls-cert-file",
        certificates.certificate().toString(),
        "--tls-key-file",
        certificates.key().toString(),
        "--tls-ca-cert-file",
        certificates.certificate().toString(),
        "--tls-auth-clients",
        clients,
        "--requirepass",
        PASSWORD,
        "--save",
        "",
        "--appendonly",
        "no"));
  }

  /** All that any library logs. */
  private static final class Recorder extends Handler {
    private final Queue<String> lines = new ConcurrentLinkedQueue<>();
    private final SimpleFormatter formatter = new SimpleFormatter();

    @Override
    public void publish(LogRecord logged) {
      lines.add(formatter.format(logged));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @Test
  void credentials_whateverHappens_areNotSaid() throws Exception {
    Logger root = Logger.getLogger("");
    Level before = root.getLevel();
    List<Handler> printing = List.of(root.getHandlers());
    printing.forEach(root::removeHandler);
    Recorder recorder = new Recorder();
    root.setLevel(Level.FINE); // on FINEST the client shows the wire: see the next test
    root.addHandler(recorder);
    StringWriter said = new StringWriter();
    try (RedisProcess redis = RedisProcess.inMemory()) {
      setUser(redis, "reset", "on", ">" + PASSWORD, "~faasflow:*", "+@all");
      RedisTier.Builder right = RedisTier.standalone(redis.address())
          .user("app", PASSWORD)
          .timeout(Duration.ofSeconds(5));
      try (RedisTier tier = right.connect()) {
        said.append(tier.toString());
        useAll(tier);
        redis.kill();
        assertThatThrownBy(() -> useAll(tier))
            .satisfies(e -> e.printStackTrace(new PrintWriter(said)));
        redis.start(); // and the user is gone: it cannot log in again
        assertThatThrownBy(() -> useAll(tier))
            .satisfies(e -> e.printStackTrace(new PrintWriter(said)));
      }
      for (RedisTier.Builder wrong : List.of(
          RedisTier.standalone(redis.address()).password("wrong-" + PASSWORD),
          RedisTier.standalone(redis.address()).user("nobody", "wrong-" + PASSWORD),
          RedisTier.standalone("127.0.0.1:1").password(PASSWORD),
          RedisTier.cluster(redis.address()).password(PASSWORD).timeout(Duration.ofSeconds(1)),
          RedisTier.sentinel("main", redis.address())
              .password(PASSWORD)
              .sentinelPassword("wrong-" + PASSWORD))) {
        assertThatThrownBy(wrong::connect)
            .isInstanceOf(RemoteTierException.class)
            .satisfies(e -> e.printStackTrace(new PrintWriter(said)));
      }
    } finally {
      root.removeHandler(recorder);
      root.setLevel(before);
      printing.forEach(root::addHandler);
    }
    assertThat(said.toString()).contains("WRONGPASS").doesNotContain(PASSWORD);
    assertThat(recorder.lines)
        .anyMatch(line -> line.contains("io.lettuce"))
        .noneMatch(line -> line.contains(PASSWORD));
  }

  @Test
  void connect_clientWouldLogTheWire_isRefused() {
    Logger wire = Logger.getLogger("io.lettuce.core.protocol.CommandEncoder");
    Level before = wire.getLevel();
    wire.setLevel(Level.FINEST);
    try {
      RedisTier.Builder builder =
          RedisTier.standalone("127.0.0.1:1").timeout(Duration.ofSeconds(1));
      assertThatThrownBy(builder::connect)
          .as("nothing to hide")
          .isInstanceOf(RemoteTierException.class);
      assertThatIllegalStateException()
          .isThrownBy(builder.password(PASSWORD)::connect)
          .withMessageContaining("io.lettuce.core.protocol.CommandEncoder");
    } finally {
      wire.setLevel(before);
    }
  }

  @Test
  void connect_wrongPassword_saysSo() {
    try (RedisProcess redis = RedisProcess.inMemory()) {
      assertThatThrownBy(
              () -> RedisTier.standalone(redis.address()).password("x").connect())
          .isInstanceOfSatisfying(
              RemoteTierException.class, e -> assertThat(e.reason()).isEqualTo(Reason.REFUSED))
          .hasMessageContainingAll("WRONGPASS", redis.address());
      assertThatThrownBy(() -> RedisTier.standalone(redis.address()).connect())
          .isInstanceOf(RemoteTierException.class)
          .hasMessageContaining("NOAUTH");
    }
  }
}
