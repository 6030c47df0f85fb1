package io.faasflow.runtime;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Connects the standard input and output of this process with the one that serves, for a host that cannot
 * reach its socket. Writes the line {@code connected} to its standard error once it is, and ends when
 * either side does.
 */
final class Relay {
  private static final int BUFFER = 64 << 10;
  private static final long BETWEEN_MILLIS = 5;

  private Relay() {}

  /** Ends this process when it is done. */
  static void run(Path socket) throws IOException, InterruptedException {
    CompletableFuture<SocketChannel> function = new CompletableFuture<>();
    // From the beginning: nothing is sent before this is connected, but the host may give up.
    Thread requests = new Thread(
        () -> pump(new FileInputStream(FileDescriptor.in).getChannel(), function::join),
        "requests");
    requests.setDaemon(true);
    requests.start();
    SocketChannel peer = connect(socket);
    function.complete(peer);
    System.err.print("connected\n");
    System.err.flush();
    pump(peer, () -> new FileOutputStream(FileDescriptor.out).getChannel());
  }

  /**
   * As soon as somebody listens. That is asked again and again, since the kernel tells nobody when a socket begins
   * to be listened to. When nobody ever does, the host gives up, and this process ends with its input.
   */
  private static SocketChannel connect(Path socket) throws IOException, InterruptedException {
    while (true) {
      SocketChannel peer = SocketChannel.open(StandardProtocolFamily.UNIX);
      try {
        peer.connect(UnixDomainSocketAddress.of(socket));
        return peer;
      } catch (
          @SuppressWarnings("unused")
          IOException e) {
        peer.close();
      }
      Thread.sleep(BETWEEN_MILLIS);
    }
  }

  /** @param to asked for when there is something to write */
  private static void pump(ReadableByteChannel from, Supplier<? extends WritableByteChannel> to) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(BUFFER);
    try {
      while (from.read(bytes) >= 0) {
        bytes.flip();
        while (bytes.hasRemaining()) {
          to.get().write(bytes);
        }
        bytes.clear();
      }
    } catch (
        @SuppressWarnings("unused")
        IOException e) {
      // One side has gone, so there is nobody to tell.
    } finally {
      Runtime.getRuntime().halt(0);
    }
  }
}
