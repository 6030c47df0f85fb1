package io.faasflow.docker;

import com.github.dockerjava.api.exception.ConflictException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Connects with the function in a container. Thread-safe. */
final class Dialer implements Container.Again {
  private static final Logger LOG = LoggerFactory.getLogger(Dialer.class);
  private static final int PORT = 8080;
  private static final long POLL_NANOS = 1_000_000;
  private static final long INSPECT_NANOS = 100_000_000;
  private static final long AGAIN_NANOS = 10_000_000_000L;

  private final Engine engine;
  private final ScheduledExecutorService timer;
  private final String id;
  private final @Nullable Path folder;
  private final Entrance entrance;

  /**
   * Of a container that was started.
   *
   * @param folder what is mounted into it; null: nothing of this machine
   */
  Dialer(
      Engine engine,
      ScheduledExecutorService timer,
      String id,
      @Nullable Path folder,
      Entrance entrance) {
    this.engine = engine;
    this.timer = timer;
    this.id = id;
    this.folder = folder;
    this.entrance = entrance;
  }

  /**
   * The first connection that is accepted. Blocks.
   *
   * @param deadline of {@link System#nanoTime()}
   * @param patience how long that is from the container's start, for messages
   */
  Connection first(long deadline, Duration patience) throws IOException, NotReadyException {
    if (entrance instanceof Entrance.Relay relay) {
      return throughRelay(relay, deadline, patience);
    }
    SocketAddress known = entrance instanceof Entrance.Tcp ? tcp() : null;
    long nextLook = System.nanoTime() + INSPECT_NANOS;
    while (true) {
      try {
        SocketAddress address = known == null ? socket() : known;
        if (address != null) {
          return Connection.open(new SocketWire(address), timer, deadline);
        }
      } catch (WireException e) {
        if (e.kind() == WireException.Kind.TIMEOUT) {
          checkOpen();
          throw e;
        } // else it does not listen yet
      }
      long now = System.nanoTime();
      if (now - deadline >= 0) {
        checkOpen();
        throw new NotReadyException(
            "it does not listen on "
                + (known == null ? "the Unix socket that it was given" : "TCP port " + PORT)
                + " within "
                + patience,
            null);
      }
      if (now - nextLook >= 0) {
        checkRuns();
        nextLook = now + INSPECT_NANOS;
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /** A relay waits until the function listens. */
  private Connection throughRelay(Entrance.Relay relay, long deadline, Duration patience)
      throws IOException, NotReadyException {
    try {
      return Connection.open(engine.relay(id, relay.command()), timer, deadline);
    } catch (ConflictException e) { // the container does not run
      throw unreached(e);
    } catch (WireException e) {
      if (e.kind() == WireException.Kind.TIMEOUT) {
        throw new NotReadyException(
            "the image's relay is not connected with the function within " + patience, e);
      }
      throw unreached(e);
    }
  }

  private NotReadyException unreached(Exception cause) {
    Ending ending = Ending.await(engine, id);
    return new NotReadyException(
        ending.ended()
            ? "it ended before it was ready" + ending.text()
            : String.valueOf(cause.getMessage()),
        cause);
  }

  /** That this user may connect with the socket, if there is one. */
  private void checkOpen() throws NotReadyException {
    Path socket = path();
    if (Files.exists(socket) && !Files.isWritable(socket)) {
      throw new NotReadyException(
          "only its own user may connect with its Unix socket, and this process is another one's: let"
              + " the image give the socket the mode 666",
          null);
    }
  }

  private void checkRuns() throws NotReadyException {
    Engine.State state = engine.state(id);
    if (state == null || !state.running()) {
      throw new NotReadyException(
          "it ended before it was ready"
              + (state == null ? "" : Ending.of(state).text()),
          null);
    }
  }

  @Override
  public @Nullable Connection open(long deadline) {
    try {
      Wire wire = wire();
      // A relay would wait for a function that does not listen any more.
      long now = System.nanoTime();
      long end = now + Math.min(deadline - now, AGAIN_NANOS);
      return wire == null ? null : Connection.open(wire, timer, end);
    } catch (IOException | NotReadyException | RuntimeException e) {
      LOG.debug("Container {} cannot be connected with again", id, e);
      return null;
    }
  }

  /** To where it listens, at once or not at all; null: it does not listen any more. */
  private @Nullable Wire wire() throws IOException, NotReadyException {
    if (entrance instanceof Entrance.Relay relay) {
      return engine.relay(id, relay.command());
    }
    // Asked for anew: the address of one that has ended may be another container's by now.
    SocketAddress address = entrance instanceof Entrance.Tcp ? tcp() : socket();
    return address == null ? null : new SocketWire(address);
  }

  private SocketAddress tcp() throws NotReadyException {
    Engine.State state = engine.state(id);
    if (state == null || state.address().isEmpty()) {
      checkRuns();
      throw new NotReadyException("it has no address on the engine's bridge", null);
    }
    return new InetSocketAddress(state.address(), PORT);
  }

  /**
   * The socket in the container's folder; null: there is none, or a link: one that the container made would
   * be followed here, to a socket of this machine.
   */
  private @Nullable SocketAddress socket() throws IOException {
    Path path = path();
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return null;
    }
    BasicFileAttributes attributes =
        Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    return attributes.isOther() ? UnixDomainSocketAddress.of(path) : null;
  }

  private Path path() {
    return Objects.requireNonNull(folder).resolve(ContainerOrder.SOCKET_NAME);
  }
}
