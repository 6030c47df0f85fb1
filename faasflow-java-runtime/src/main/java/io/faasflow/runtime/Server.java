package io.faasflow.runtime;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Serves one connection after the other, and one request after the other, as OpenWhisk's interface has
 * it. Small on purpose: the JDK's own server takes longer to start than this whole process.
 */
final class Server implements AutoCloseable {
  private static final int PORT = 8080;
  private static final int MAX_LINE = 16 << 10;

  private final ServerSocketChannel listener;
  private final Action action;

  private Server(ServerSocketChannel listener, Action action) {
    this.listener = listener;
    this.action = action;
  }

  /** Listens on a Unix socket; null: on TCP, port 8080 of all addresses. */
  static Server open(@Nullable Path socket, Action action) throws IOException {
    if (socket == null) {
      return new Server(ServerSocketChannel.open().bind(new InetSocketAddress(PORT)), action);
    }
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(socket));
    // The host may be another user than this process. The folder around it keeps others out.
    Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rwxrwxrwx"));
    return new Server(listener, action);
  }

  /** Serves one connection until the other side closes it. */
  void serve() throws IOException {
    try (SocketChannel channel = listener.accept();
        InputStream in = new BufferedInputStream(Channels.newInputStream(channel), 16 << 10)) {
      while (serve(in, channel)) {
        // Another request may come.
      }
    } catch (
        @SuppressWarnings("unused")
        EOFException e) {
      // The other side has gone in the middle of a request.
    }
  }

  private boolean serve(InputStream in, SocketChannel channel) throws IOException {
    String first = line(in);
    if (first == null) {
      return false;
    }
    String[] words = first.split(" ", 3);
    int length = 0;
    String type = "";
    for (String header = line(in); header != null && !header.isEmpty(); header = line(in)) {
      int colon = header.indexOf(':');
      String name = header.substring(0, Math.max(0, colon)).toLowerCase(Locale.ROOT);
      String value = header.substring(colon + 1).trim();
      if (name.equals("content-length")) {
        length = Integer.parseInt(value);
      } else if (name.equals("content-type")) {
        type = value;
      }
    }
    byte[] body = in.readNBytes(length);
    if (body.length < length || words.length < 2) {
      throw new EOFException();
    }
    Action.Answer answer = action.answer(words[1], type, body);
    byte[] head = ("HTTP/1.1 " + answer.status() + " Answer\r\nContent-Type: "
            + answer.contentType() + "\r\nContent-Length: " + answer.body().length + "\r\n\r\n")
        .getBytes(StandardCharsets.US_ASCII);
    ByteBuffer[] parts = {ByteBuffer.wrap(head), ByteBuffer.wrap(answer.body())};
    while (parts[0].hasRemaining() || parts[1].hasRemaining()) {
      channel.write(parts);
    }
    if (answer.endsLog()) {
      action.endLog();
    }
    return true;
  }

  /** A line without its end; null at the end of the stream. */
  private static @Nullable String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(64);
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        return null;
      }
      if (next != '\r') {
        line.write(next);
      }
      if (line.size() > MAX_LINE) {
        throw new IOException("A line of the request is longer than " + MAX_LINE + " bytes");
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
