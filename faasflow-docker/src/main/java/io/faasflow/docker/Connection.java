package io.faasflow.docker;

import io.faasflow.docker.WireException.Kind;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.ScheduledExecutorService;

/**
 * An HTTP/1.1 connection into a container, over a wire, that is kept between calls. For one thread at a
 * time.
 *
 * <p>The JDK's own client knows no Unix sockets. This one blocks in a channel, which an interrupt of the
 * thread ends, and so does an alarm at the deadline, by closing the wire: no byte that drips in can put
 * the deadline off.
 */
final class Connection implements AutoCloseable {
  private static final int MAX_HEAD_BYTES = 64 << 10;
  private static final int MAX_CHUNK_LINE = 1_000;
  private static final int MAX_INTERIM_ANSWERS = 10;

  /**
   * An answer.
   *
   * @param contentType in lower case, without parameters; empty where there is none
   */
  @SuppressWarnings("ArrayRecordComponent") // read at once, never compared
  record Answer(int status, String contentType, byte[] body) {}

  private final Wire wire;
  private final Alarm alarm;
  private final ByteBuffer in = ByteBuffer.allocate(16 << 10).limit(0); // what was read ahead
  private volatile boolean expired;
  private boolean announced; // the function said that it closes it

  private Connection(Wire wire, ScheduledExecutorService timer) {
    this.wire = wire;
    this.alarm = new Alarm(timer, this::expire);
  }

  /**
   * Connects.
   *
   * @param wire is closed with this, and when it cannot be opened
   * @param deadline of {@link System#nanoTime()}
   * @throws ClosedByInterruptException when the thread is interrupted
   */
  static Connection open(Wire wire, ScheduledExecutorService timer, long deadline)
      throws IOException {
    Connection connection = new Connection(wire, timer);
    try {
      connection.before(deadline, () -> {
        wire.open();
        return wire;
      });
      return connection;
    } catch (IOException | RuntimeException | Error e) {
      connection.close();
      throw e;
    }
  }

  /** Something that blocks in the wire. */
  private interface Exchange<T> {
    T run() throws IOException;
  }

  private <T> T before(long deadline, Exchange<T> exchange) throws IOException {
    alarm.set(deadline);
    try {
      return exchange.run();
    } catch (IOException e) {
      for (Throwable cause = e; cause != null; cause = cause.getCause()) { // TLS wraps it
        if (cause instanceof ClosedByInterruptException interrupt) {
          throw interrupt;
        }
      }
      if (expired) {
        throw new WireException(Kind.TIMEOUT, "the time was up", e);
      }
      throw e instanceof WireException ? e : new WireException(Kind.CLOSED, reason(e), e);
    } finally {
      alarm.clear();
    }
  }

  private static String reason(IOException e) {
    return e instanceof EOFException || e.getMessage() == null
        ? "the connection was closed"
        : e.getMessage();
  }

  private void expire() {
    expired = true;
    close();
  }

  /**
   * Whether the other side has kept the connection open, and silent. A process that ended while nobody
   * called it is found out by this, before anything is sent.
   */
  boolean isUsable() {
    try {
      return !in.hasRemaining() && wire.isSilent();
    } catch (
        @SuppressWarnings("unused")
        IOException e) {
      return false;
    }
  }

  /**
   * Whether the function has closed the connection, as a server may after an answer or after a while:
   * then there may be another one.
   */
  boolean isClosedByFunction() {
    try {
      return !in.hasRemaining() && (announced || wire.isClosedByFunction());
    } catch (
        @SuppressWarnings("unused")
        IOException e) {
      return false;
    }
  }

  /**
   * Sends a request and waits for the answer.
   *
   * @param deadline of {@link System#nanoTime()}
   * @throws ClosedByInterruptException when the thread is interrupted
   * @throws WireException when there is no answer that can be used
   */
  Answer post(String path, String contentType, byte[] body, int maxBytes, long deadline)
      throws IOException {
    return before(deadline, () -> {
      send(path, contentType, body);
      return receive(maxBytes);
    });
  }

  private void send(String path, String contentType, byte[] body) throws IOException {
    String head = "POST " + path + " HTTP/1.1\r\nHost: function\r\nContent-Type: " + contentType
        + "\r\nContent-Length: " + body.length + "\r\n\r\n";
    wire.write(head.getBytes(StandardCharsets.US_ASCII), body);
  }

  private Answer receive(int maxBytes) throws IOException {
    for (int i = 0; i < MAX_INTERIM_ANSWERS; i++) {
      Head head = readHead();
      if (head.status() >= 200) {
        byte[] body = body(head, maxBytes);
        if (head.closes()) {
          announced = true;
          close();
        }
        return new Answer(head.status(), head.contentType(), body);
      }
    }
    throw new WireException(Kind.MALFORMED, "interim answers only", null);
  }

  /** What the head of an answer says. */
  private record Head(
      int status, long length, boolean chunked, boolean closes, String contentType) {}

  /** Each call comes by here: so no patterns, and no text that is not needed. */
  private Head readHead() throws IOException {
    Lines lines = new Lines();
    String first = lines.next();
    int status = status(first);
    long length = status == 204 ? 0 : -1;
    boolean chunked = false;
    boolean closes = first.startsWith("HTTP/1.0");
    String type = "";
    for (String line = lines.next(); !line.isEmpty(); line = lines.next()) {
      int colon = line.indexOf(':');
      if (isNamed(line, colon, "content-length")) {
        length = length(line.substring(colon + 1).trim());
      } else if (isNamed(line, colon, "content-type")) {
        int parameters = line.indexOf(';', colon);
        type = line.substring(colon + 1, parameters < 0 ? line.length() : parameters)
            .trim()
            .toLowerCase(Locale.ROOT);
      } else if (isNamed(line, colon, "transfer-encoding")) {
        chunked = line.substring(colon + 1).trim().equalsIgnoreCase("chunked");
      } else if (isNamed(line, colon, "connection")) {
        closes = line.substring(colon + 1).trim().equalsIgnoreCase("close");
      }
    }
    return new Head(status, length, chunked, closes, type);
  }

  private static boolean isNamed(String line, int colon, String name) {
    return colon == name.length() && line.regionMatches(true, 0, name, 0, colon);
  }

  /** Of a line such as {@code HTTP/1.1 200 OK}. */
  private static int status(String line) throws WireException {
    if (line.length() >= 12
        && line.startsWith("HTTP/1.")
        && isDigit(line.charAt(7))
        && line.charAt(8) == ' '
        && line.charAt(9) >= '1'
        && line.charAt(9) <= '5'
        && isDigit(line.charAt(10))
        && isDigit(line.charAt(11))
        && (line.length() == 12 || line.charAt(12) == ' ')) {
      return Integer.parseInt(line, 9, 12, 10);
    }
    throw new WireException(Kind.MALFORMED, "what came is no answer of HTTP/1.1", null);
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static long length(String value) throws WireException {
    try {
      if (!value.isEmpty() && isDigit(value.charAt(0))) { // it has no sign
        return Long.parseLong(value);
      }
    } catch (
        @SuppressWarnings("unused")
        NumberFormatException e) {
      // As below.
    }
    throw new WireException(Kind.MALFORMED, "the length of the answer is no number", null);
  }

  /** Those of a head, or of what follows the last chunk, up to an empty one. Not too many of them. */
  private final class Lines {
    private int left = MAX_HEAD_BYTES;

    String next() throws IOException {
      String line =
          readLine(left, "the head of the answer is longer than " + MAX_HEAD_BYTES + " bytes");
      left -= line.length();
      return line;
    }
  }

  private String readLine(int maxBytes, String tooLong) throws IOException {
    String line = readPart(maxBytes, tooLong);
    if (!line.endsWith("\n")) { // the rest has not come yet
      StringBuilder parts = new StringBuilder(line);
      do {
        parts.append(readPart(maxBytes - parts.length(), tooLong));
      } while (parts.charAt(parts.length() - 1) != '\n');
      line = parts.toString();
    }
    return line.substring(0, line.length() - (line.endsWith("\r\n") ? 2 : 1));
  }

  /** A line with its end, or what has come of it. */
  private String readPart(int maxBytes, String tooLong) throws IOException {
    if (!in.hasRemaining()) {
      fill();
    }
    int begin = in.position();
    boolean ends = false;
    while (in.hasRemaining() && !ends) {
      ends = in.get() == '\n';
    }
    int length = in.position() - begin;
    if (length - (ends ? 1 : 0) > maxBytes) {
      throw new WireException(Kind.MALFORMED, tooLong, null);
    }
    return new String(in.array(), begin, length, StandardCharsets.ISO_8859_1);
  }

  private void fill() throws IOException {
    in.clear();
    int read;
    try {
      read = wire.read(in);
    } finally {
      in.flip();
    }
    if (read < 0) {
      throw new EOFException();
    }
  }

  private byte[] body(Head head, int maxBytes) throws IOException {
    if (head.chunked()) {
      return chunks(maxBytes);
    }
    if (head.length() < 0) {
      throw new WireException(Kind.MALFORMED, "the answer does not say how long it is", null);
    }
    if (head.length() > maxBytes) {
      throw tooLarge(head.length() + " bytes", maxBytes);
    }
    byte[] body = new byte[(int) head.length()];
    read(body);
    return body;
  }

  private static WireException tooLarge(String size, int maxBytes) {
    return new WireException(
        Kind.TOO_LARGE, "the answer has " + size + ", and may have " + maxBytes, null);
  }

  private byte[] chunks(int maxBytes) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (true) {
      String line = readLine(MAX_CHUNK_LINE, "the line before a chunk is too long");
      int end = line.indexOf(';');
      int size = size(end < 0 ? line : line.substring(0, end));
      if (size == 0) {
        Lines trailers = new Lines();
        while (!trailers.next().isEmpty()) {
          // They say nothing that matters.
        }
        return body.toByteArray();
      }
      if (size < 0 || size > maxBytes - body.size()) { // it has no sign
        throw tooLarge("more than " + body.size() + " bytes", maxBytes);
      }
      byte[] chunk = new byte[size];
      read(chunk);
      body.write(chunk);
      String longer = "a chunk is longer than it says";
      if (!readLine(2, longer).isEmpty()) {
        throw new WireException(Kind.MALFORMED, longer, null);
      }
    }
  }

  private static int size(String hexadecimal) throws WireException {
    try {
      return Integer.parseUnsignedInt(hexadecimal.trim(), 16);
    } catch (NumberFormatException e) {
      throw new WireException(Kind.MALFORMED, "a chunk does not say how long it is", e);
    }
  }

  private void read(byte[] into) throws IOException {
    int ahead = Math.min(in.remaining(), into.length);
    in.get(into, 0, ahead);
    ByteBuffer rest = ByteBuffer.wrap(into, ahead, into.length - ahead);
    while (rest.hasRemaining()) {
      if (wire.read(rest) < 0) {
        throw new EOFException();
      }
    }
  }

  /** Any thread may call it. A second call does nothing. */
  @Override
  public void close() {
    alarm.cancel();
    wire.close();
  }
}
