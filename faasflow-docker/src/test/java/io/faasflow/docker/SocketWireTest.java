package io.faasflow.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A wire to a socket of this process. Needs no engine. */
class SocketWireTest {
  private static final int SIZE = 24 << 20;

  /** Of all threads. */
  private static long directBytes() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  /** Takes that much, then gives it back. */
  private static void echo(ServerSocket listener, int bytes) {
    try (Socket socket = listener.accept();
        OutputStream out = socket.getOutputStream()) {
      byte[] all = new byte[bytes];
      new DataInputStream(socket.getInputStream()).readFully(all);
      out.write(all);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void largeBodies_comeAndGoWhole_andLeaveNoLargeBuffers() throws Exception {
    byte[] head = {1, 2, 3};
    byte[] body = new byte[SIZE];
    new Random(1).nextBytes(body);
    ByteBuffer back = ByteBuffer.allocate(head.length + SIZE);
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        SocketWire wire = new SocketWire(listener.getLocalSocketAddress())) {
      CompletableFuture<Void> other =
          CompletableFuture.runAsync(() -> echo(listener, head.length + SIZE));
      wire.open();
      long before = directBytes();
      wire.write(head, body);
      while (back.hasRemaining() && wire.read(back) >= 0) {
        // There may be more.
      }
      assertThat(directBytes() - before)
          .as("what this thread keeps for the next time")
          .isLessThan(SIZE / 4);
      other.get(30, TimeUnit.SECONDS);
    }
    assertThat(back.flip())
        .isEqualTo(ByteBuffer.allocate(head.length + SIZE).put(head).put(body).flip());
  }
}
