package io.faasflow.docker;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** A socket that the function listens on: a Unix socket, or TCP. */
final class SocketWire implements Wire {
  /** At once: the JDK keeps a direct buffer for each thread as large as what is read or written at once. */
  private static final int CHUNK = 256 << 10;

  private final SocketAddress address;
  private final SocketChannel channel;

  SocketWire(SocketAddress address) throws IOException {
    this.address = address;
    this.channel = address instanceof InetSocketAddress
        ? SocketChannel.open()
        : SocketChannel.open(StandardProtocolFamily.UNIX);
  }

  @Override
  public void open() throws IOException {
    if (address instanceof InetSocketAddress) {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }
    channel.connect(address);
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    int limit = into.limit();
    into.limit(Math.min(limit, into.position() + CHUNK));
    try {
      return channel.read(into);
    } finally {
      into.limit(limit);
    }
  }

  @Override
  public void write(byte[] head, byte[] body) throws IOException {
    ByteBuffer rest = ByteBuffer.wrap(body);
    ByteBuffer[] parts = {ByteBuffer.wrap(head), rest};
    while (parts[0].hasRemaining() || rest.position() < body.length) {
      rest.limit(Math.min(body.length, rest.position() + CHUNK));
      channel.write(parts);
    }
  }

  @Override
  public boolean isSilent() throws IOException {
    return isSilent(channel);
  }

  @Override
  public boolean isClosedByFunction() throws IOException {
    return peek(channel) < 0;
  }

  /** Whether a channel is open and nothing has come. */
  static boolean isSilent(SocketChannel channel) throws IOException {
    return channel.isOpen() && peek(channel) == 0;
  }

  /** 0: nothing has come; -1: and nothing will. */
  private static int peek(SocketChannel channel) throws IOException {
    channel.configureBlocking(false);
    int read = channel.read(ByteBuffer.allocate(1));
    channel.configureBlocking(true);
    return read;
  }

  @Override
  public void close() {
    close(channel);
  }

  static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (
        @SuppressWarnings("unused")
        IOException e) {
      // It is of no use either way, and the descriptor is gone.
    }
  }
}
