package io.faasflow.docker;

import io.faasflow.docker.WireException.Kind;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * A relay: a process in the container that copies its standard input to where the function listens, and what
 * comes back to its standard output. The engine runs it, and gives us its streams on a connection of our
 * own, so there is nothing on the engine's machine that anybody else could call.
 *
 * <p>What the engine sends is in frames: which stream, three zeros, four bytes of length, and so many
 * bytes. What it gets is the standard input as it is.
 */
final class RelayWire implements Wire {
  private static final int BUFFER = 16 << 10;
  private static final int STANDARD_OUTPUT = 1;
  private static final int STANDARD_ERROR = 2;
  private static final int FRAME_HEAD = 8;
  private static final int MAX_LINE = 1 << 10;
  private static final int MAX_LINES = 50;
  private static final int MAX_SAID = 2 << 10;

  /** The line that a relay writes to its standard error when it is connected with the function. */
  private static final String CONNECTED = "connected\n";

  private final EngineAddress engine;
  private final String process;
  private final SocketChannel channel = SocketChannel.open();
  private InputStream in = InputStream.nullInputStream();
  private OutputStream out = OutputStream.nullOutputStream();
  private int left; // of the frame that is being read

  /** @param process the engine's id of it, not started yet */
  RelayWire(EngineAddress engine, String process) throws IOException {
    this.engine = engine;
    this.process = process;
  }

  /** Starts the relay, and waits until it has reached the function. */
  @Override
  public void open() throws IOException {
    Socket socket = engine.connect(channel);
    in = new BufferedInputStream(socket.getInputStream(), BUFFER);
    out = new BufferedOutputStream(socket.getOutputStream(), BUFFER);
    byte[] body = "{\"Detach\":false,\"Tty\":false}".getBytes(StandardCharsets.US_ASCII);
    String head = "POST /exec/" + process + "/start HTTP/1.1\r\nHost: engine\r\n"
        + "Content-Type: application/json\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: "
        + body.length + "\r\n\r\n";
    write(head.getBytes(StandardCharsets.US_ASCII), body);
    readStatus();
    awaitConnected();
  }

  private void readStatus() throws IOException {
    String status = line();
    if (!status.matches("HTTP/1\\.1 (101|200)( .*)?")) {
      throw new WireException(
          Kind.CLOSED, "the engine does not start the image's relay: " + status, null);
    }
    for (int i = 0; !line().isEmpty(); i++) {
      if (i == MAX_LINES) {
        throw new WireException(Kind.MALFORMED, "the engine's answer has no end", null);
      }
    }
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0 || line.length() == MAX_LINE) {
        throw new WireException(Kind.CLOSED, "the engine's answer is no HTTP", null);
      }
      if (next != '\r') {
        line.append((char) next);
      }
    }
    return line.toString();
  }

  private void awaitConnected() throws IOException {
    StringBuilder said = new StringBuilder();
    while (said.length() < MAX_SAID && nextFrame() >= 0) {
      byte[] text = in.readNBytes(Math.min(left, MAX_SAID));
      left -= text.length;
      skipFrame();
      said.append(new String(text, StandardCharsets.UTF_8));
      if (said.indexOf(CONNECTED) == 0 || said.indexOf("\n" + CONNECTED) >= 0) {
        return;
      }
    }
    throw new WireException(
        Kind.CLOSED,
        "the image's relay ended before it was connected with the function"
            + (said.isEmpty()
                ? ""
                : "; it said " + Json.shown(said.toString().getBytes(StandardCharsets.UTF_8))),
        null);
  }

  /** Which stream the next frame is of; -1: there is none. */
  private int nextFrame() throws IOException {
    byte[] head = in.readNBytes(FRAME_HEAD);
    if (head.length < FRAME_HEAD) {
      return -1;
    }
    left = ByteBuffer.wrap(head).getInt(FRAME_HEAD - Integer.BYTES);
    if (left < 0 || head[0] < 0 || head[0] > STANDARD_ERROR) {
      throw new WireException(Kind.MALFORMED, "the engine sent no frame of a stream", null);
    }
    return head[0];
  }

  private void skipFrame() throws IOException {
    in.skipNBytes(left);
    left = 0;
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    while (left == 0) {
      int stream = nextFrame();
      if (stream < 0) {
        return -1;
      }
      if (stream != STANDARD_OUTPUT) {
        skipFrame();
      }
    }
    int read = in.read(
        into.array(), into.arrayOffset() + into.position(), Math.min(left, into.remaining()));
    if (read > 0) {
      left -= read;
      into.position(into.position() + read);
    }
    return read;
  }

  @Override
  public void write(byte[] head, byte[] body) throws IOException {
    out.write(head);
    out.write(body);
    out.flush(); // what is small leaves together
  }

  /** What has come encrypted counts: there is no reason for anything to come. */
  @Override
  public boolean isSilent() throws IOException {
    return left == 0 && in.available() == 0 && SocketWire.isSilent(channel);
  }

  /** At once: without the farewell of TLS, which might block. The relay sees the end of its input. */
  @Override
  public void close() {
    SocketWire.close(channel);
  }
}
