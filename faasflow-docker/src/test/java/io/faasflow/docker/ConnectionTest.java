package io.faasflow.docker;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.docker.Connection.Answer;
import io.faasflow.docker.WireException.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is made of what comes over a wire, however it comes. Needs no engine. */
class ConnectionTest {
  private static final int MOST = 1_000;

  private final ScheduledExecutorService timer = new ScheduledThreadPoolExecutor(1);

  @AfterEach
  void close() {
    timer.shutdownNow();
  }

  /** Gives bytes, some at a time, and then the end. */
  private static final class Script implements Wire {
    private final ByteBuffer bytes;
    private final int atOnce;
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private boolean closed;

    Script(String text, int atOnce) {
      this.bytes = ByteBuffer.wrap(text.getBytes(ISO_8859_1));
      this.atOnce = atOnce;
    }

    @Override
    public void open() {}

    @Override
    public int read(ByteBuffer into) {
      if (!bytes.hasRemaining()) {
        return -1;
      }
      int count = Math.min(atOnce, Math.min(into.remaining(), bytes.remaining()));
      into.put(bytes.slice().limit(count));
      bytes.position(bytes.position() + count);
      return count;
    }

    @Override
    public void write(byte[] head, byte[] body) throws IOException {
      sent.write(head);
      sent.write(body);
    }

    @Override
    public boolean isSilent() {
      return !closed && !bytes.hasRemaining();
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private static long deadline() {
    return System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
  }

  private Answer answer(Script script) throws IOException {
    return post(Connection.open(script, timer, deadline()));
  }

  private static Answer post(Connection connection) throws IOException {
    return connection.post("/run", "application/json", "{}".getBytes(UTF_8), MOST, deadline());
  }

  /** Text with {@code ~} for the end of a line. */
  private static String lines(String text) {
    return text.replace("~", "\r\n");
  }

  static Stream<String> goodAnswers() {
    String plain = "HTTP/1.1 200 OK~Content-Type: text/x; charset=utf-8~content-LENGTH:5~~hello";
    return Stream.of(
        lines(plain),
        plain.replace('~', '\n'),
        lines("HTTP/1.1 100 Continue~~" + plain),
        lines("HTTP/1.1 200~Content-Type:TEXT/X~Transfer-Encoding: Chunked~~"
            + "2;of=none~he~03~llo~0~Trailer: x~~"),
        lines("HTTP/1.1 200 OK~nonsense~X: " + "y".repeat(60_000)
            + "~Content-Type: text/x~Content-Length: 5~~hello"));
  }

  @ParameterizedTest
  @MethodSource("goodAnswers")
  void answer_isTheSame_howeverItComes(String text) throws Exception {
    for (int atOnce : new int[] {1, 2, 7, 100, Integer.MAX_VALUE}) {
      Script script = new Script(text + text, atOnce);
      Connection connection = Connection.open(script, timer, deadline());
      for (int i = 0; i < 2; i++) { // what was read ahead belongs to the next
        Answer answer = post(connection);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.contentType()).isEqualTo("text/x");
        assertThat(answer.body()).asString(UTF_8).isEqualTo("hello");
      }
      assertThat(connection.isUsable()).isTrue();
    }
  }

  @Test
  void request_saysWhatItIsAndHowLong() throws Exception {
    Script script = new Script(lines("HTTP/1.1 204 No Content~~"), 100);
    assertThat(answer(script).body()).isEmpty();
    assertThat(script.sent.toString(UTF_8))
        .isEqualTo(
            lines(
                "POST /run HTTP/1.1~Host: function~Content-Type: application/json~Content-Length: 2~~{}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.0 200 OK~Content-Length: 0~~",
        "HTTP/1.1 200 OK~Connection: close~Content-Length: 0~~"
      })
  void connectionThatTheOtherSideEnds_isNotUsedAgain(String text) throws Exception {
    Script script = new Script(lines(text), 100);
    Connection connection = Connection.open(script, timer, deadline());
    assertThat(post(connection).status()).isEqualTo(200);
    assertThat(script.closed).isTrue();
    assertThat(connection.isUsable()).isFalse();
  }

  @Test
  void whatNobodyAskedFor_makesAConnectionUseless() throws Exception {
    String good = lines("HTTP/1.1 200 OK~Content-Length: 0~~");
    Connection readAhead = Connection.open(new Script(good + "x", 100), timer, deadline());
    post(readAhead);
    assertThat(readAhead.isUsable()).isFalse();
    Connection unread = Connection.open(new Script(good + "x", good.length()), timer, deadline());
    post(unread);
    assertThat(unread.isUsable()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''| CLOSED| the connection was closed",
        "HTTP/1.1 200 OK~Content-Le| CLOSED| the connection was closed",
        "HTTP/1.1 200 OK~Content-Length: 5~~hell| CLOSED| the connection was closed",
        "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5~hell| CLOSED| the connection was closed",
        "~| MALFORMED| no answer of HTTP/1.1",
        "SSH-2.0-OpenSSH~~| MALFORMED| no answer of HTTP/1.1",
        "HTTP/2.0 200 OK~~| MALFORMED| no answer of HTTP/1.1",
        "HTTP/1.1 2000 OK~~| MALFORMED| no answer of HTTP/1.1",
        "HTTP/1.1 ok~~| MALFORMED| no answer of HTTP/1.1",
        "HTTP/1.1 200 OK~~| MALFORMED| does not say how long it is",
        "HTTP/1.1 200 OK~Content-Length: -5~~| MALFORMED| the length of the answer is no number",
        "HTTP/1.1 200 OK~Content-Length: 9999999999999999999~~| MALFORMED| is no number",
        "HTTP/1.1 200 OK~Content-Length: 5 5~~| MALFORMED| the length of the answer is no number",
        "HTTP/1.1 200 OK~Content-Length: 1001~~| TOO_LARGE| has 1001 bytes, and may have 1000",
        "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~3e9~| TOO_LARGE| and may have 1000",
        "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~ffffffff~| TOO_LARGE| and may have 1000",
        "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~-1~| MALFORMED| a chunk does not say how long",
        "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~100000000~| MALFORMED| a chunk does not say",
        "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~~| MALFORMED| a chunk does not say how long",
        "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~1~xyz~| MALFORMED| longer than it says",
      })
  void otherAnswers_haveTheirReason(String script, Kind kind, String why) {
    String text = lines(script);
    for (int atOnce : new int[] {1, 3, Integer.MAX_VALUE}) {
      assertThatThrownBy(() -> answer(new Script(text, atOnce)))
          .isInstanceOfSatisfying(
              WireException.class, failure -> assertThat(failure.kind()).isEqualTo(kind))
          .hasMessageContaining(why);
    }
  }

  static Stream<String> endless() {
    return Stream.of(
        "HTTP/1.1 200 " + "x".repeat(1 << 17),
        lines("HTTP/1.1 200 OK~" + "X: y~".repeat(1 << 15)),
        lines("HTTP/1.1 100 Continue~~".repeat(11)),
        lines("HTTP/1.1 200 OK~Transfer-Encoding: chunked~~1;" + "x".repeat(2_000)),
        lines("HTTP/1.1 200 OK~Transfer-Encoding: chunked~~0~" + "X: y~".repeat(1 << 15)));
  }

  @ParameterizedTest
  @MethodSource("endless")
  void whatGoesOnWithoutEnd_isLeftOff(String text) {
    for (int atOnce : new int[] {1, 1 << 14}) {
      Script script = new Script(text, atOnce);
      assertThatThrownBy(() -> answer(script))
          .isInstanceOfSatisfying(
              WireException.class, failure -> assertThat(failure.kind()).isEqualTo(Kind.MALFORMED));
    }
  }
}
