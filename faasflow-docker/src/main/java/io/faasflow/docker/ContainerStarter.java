package io.faasflow.docker;

import com.github.dockerjava.api.exception.BadRequestException;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.DockerException;
import io.faasflow.container.ContainerImage;
import io.faasflow.container.ContainerStartException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes containers that are ready for calls, and removes them. Thread-safe. */
final class ContainerStarter implements WorkerContainers.Source {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerStarter.class);
  private static final int PORT = 8080;
  private static final long POLL_NANOS = 1_000_000;
  private static final long INSPECT_NANOS = 100_000_000;
  private static final long AGAIN_NANOS = 10_000_000_000L;
  private static final int MAX_INIT_ANSWER = 1 << 20;

  /**
   * What containers are given where the task says nothing.
   *
   * @param startTimeout for everything until a container is ready
   * @param classPath what containers of Java functions see of the host's classes
   * @param filesFrom from how many bytes on values are files; -1: no files are shared
   */
  record Defaults(
      long memoryBytes,
      double cpus,
      int processes,
      Duration startTimeout,
      List<Path> classPath,
      int filesFrom) {}

  private final Engine engine;
  private final ScheduledExecutorService timer;
  private final Defaults defaults;
  private final @Nullable HostFolder folder; // null: the engine sees none of this machine
  private final String prefix;
  private final Map<String, String> labels;
  private final @Nullable ControlGroups accounts; // null: they are on the engine's machine
  private final Sizes sizes;
  private final AtomicLong number = new AtomicLong();

  /** A container that the engine did not remove when it was asked to. */
  private record Orphan(@Nullable String id, @Nullable Path folder) {}

  private final Queue<Orphan> orphans = new ConcurrentLinkedQueue<>();

  /** @param folder null: the engine does not share files with this machine */
  ContainerStarter(
      Engine engine,
      ScheduledExecutorService timer,
      Defaults defaults,
      @Nullable HostFolder folder,
      String backend,
      HostProcess owner) {
    this.engine = engine;
    this.accounts = folder == null ? null : new ControlGroups(engine);
    this.timer = timer;
    this.defaults = defaults;
    this.sizes = new Sizes(engine, new Sizes.Size(defaults.memoryBytes(), defaults.cpus()));
    this.folder = folder;
    this.prefix = "faasflow-" + backend + "-";
    this.labels = Engine.labels(backend, owner);
  }

  @Override
  public Container start(FunctionSpec spec) {
    long deadline = System.nanoTime() + defaults.startTimeout().toNanos();
    ContainerImage image = spec.image();
    String id = null;
    Path own = null;
    try {
      // Each time: the name may be another image's by now, and that one's user root.
      Engine.ImageFacts facts = engine.image(image.name());
      if (facts == null) {
        throw new Unready("the engine has no such image: pull or build it", null);
      }
      List<String> relay = folder == null ? relay(facts) : List.of();
      if (folder != null && !facts.speaksSocket() && !image.network()) {
        throw new Unready(
            "it listens on TCP as far as its labels say, and the task asks for no network: let the"
                + " task ask for it, or label an image that listens on the Unix socket of "
                + Engine.SOCKET_VARIABLE + " with " + Engine.SOCKET_LABEL + "=true",
            null);
      }
      String name = prefix + number.incrementAndGet();
      own = folder == null ? null : folder.create(name);
      Sizes.Size size = sizes.of(spec);
      Engine.Order order = order(name, spec, facts, own, size);
      id = name; // what to remove where the engine makes it, but its answer is lost
      id = engine.create(order);
      engine.start(id);
      sizes.started(id, spec, size);
      Connection connection =
          own == null ? connect(id, relay, deadline) : connect(id, own, facts, deadline);
      try {
        init(connection, image, deadline);
        return new Container(
            id,
            own,
            connection,
            again(id, own, facts, relay),
            order.mailbox(),
            accounts == null ? null : accounts.meter(id, image.network()));
      } catch (IOException | RuntimeException | Error | CallFailure e) {
        connection.close();
        throw e;
      }
    } catch (Unready | CallFailure e) {
      throw failure(image, id, own, String.valueOf(e.getMessage()), e);
    } catch (WireException e) {
      throw failure(
          image,
          id,
          own,
          e.kind() == WireException.Kind.TIMEOUT
              ? "it was not ready within " + defaults.startTimeout()
              : "its answer to /init cannot be used: " + e.getMessage(),
          e);
    } catch (BadRequestException e) {
      throw failure(image, id, own, refused(String.valueOf(e.getMessage()), own), e);
    } catch (IOException | DockerException e) {
      throw failure(image, id, own, String.valueOf(e.getMessage()), e);
    } catch (RuntimeException e) {
      // The transport reports a lost engine by exceptions of its own.
      throw failure(image, id, own, "the engine does not answer: " + e.getMessage(), e);
    } catch (Error e) { // such as no room for another thread
      remove(id, own);
      throw e;
    }
  }

  /** Of the containers that this starts. */
  Sizes sizes() {
    return sizes;
  }

  /** Why a container will not become ready. */
  private static final class Unready extends Exception {
    private static final long serialVersionUID = 1L;

    Unready(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  private Engine.Order order(
      String name,
      FunctionSpec spec,
      Engine.ImageFacts facts,
      @Nullable Path own,
      Sizes.Size size) {
    return new Engine.Order(
        name,
        spec,
        facts,
        own,
        folder == null || own == null || defaults.filesFrom() < 0
            ? null
            : folder.mailbox(own, size.memoryBytes()),
        defaults.filesFrom(),
        defaults.classPath(),
        size,
        defaults.processes(),
        labels);
  }

  /** The command of an image's relay. */
  private static List<String> relay(Engine.ImageFacts facts) throws Unready {
    String said = facts.relay();
    if (said == null) {
      throw new Unready(
          "behind this engine's TCP address it can be reached through a relay in the image alone, and"
              + " the image's labels name none: give it one, and the label " + Engine.RELAY_LABEL
              + " with its command as a JSON array",
          null);
    }
    try {
      if (Json.read(said.getBytes(StandardCharsets.UTF_8)) instanceof List<?> words
          && !words.isEmpty()
          && words.stream().allMatch(String.class::isInstance)) {
        return words.stream().map(String.class::cast).toList();
      }
    } catch (
        @SuppressWarnings("unused")
        CallFailure e) {
      // It is no JSON.
    }
    throw new Unready(
        "the image's label " + Engine.RELAY_LABEL + " must be a JSON array of strings, but is "
            + Json.shown(said.getBytes(StandardCharsets.UTF_8)),
        null);
  }

  /** A connection through a relay, which waits until the function listens. */
  private Connection connect(String id, List<String> relay, long deadline)
      throws IOException, Unready {
    try {
      return Connection.open(engine.relay(id, relay), timer, deadline);
    } catch (ConflictException e) { // it does not run
      throw unreached(id, e);
    } catch (WireException e) {
      if (e.kind() == WireException.Kind.TIMEOUT) {
        throw new Unready(
            "the image's relay is not connected with the function within "
                + defaults.startTimeout(),
            e);
      }
      throw unreached(id, e);
    }
  }

  /**
   * Why the engine makes no such container. A Unix socket does not tell where it leads, but an engine that
   * misses what is here sees other files.
   */
  private static String refused(String said, @Nullable Path own) {
    return own == null || !said.contains(own.toString())
        ? said
        : said.strip()
            + ". That is on this machine, so the engine does not see its files: either the engine's"
            + " Unix socket is a tunnel to another machine, which must end at a TCP port of this one"
            + " instead, for DOCKER_HOST=tcp://localhost:PORT; or this process is in a container, and"
            + " needs a folder that is mounted at the path that it has on the engine's machine, and"
            + " given to the backend with folder(...)";
  }

  private Unready unreached(String id, Exception cause) {
    Ending ending = Ending.await(engine, id);
    return new Unready(
        ending.ended()
            ? "it ended before it was ready" + ending.text()
            : String.valueOf(cause.getMessage()),
        cause);
  }

  /** The first connection that is accepted. */
  private Connection connect(String id, Path own, Engine.ImageFacts facts, long deadline)
      throws IOException, Unready {
    SocketAddress address = facts.speaksSocket() ? null : tcp(id);
    long nextLook = System.nanoTime() + INSPECT_NANOS;
    while (true) {
      try {
        SocketAddress there = address == null ? socket(own) : address;
        if (there != null) {
          return Connection.open(new SocketWire(there), timer, deadline);
        }
      } catch (WireException e) {
        if (e.kind() == WireException.Kind.TIMEOUT) {
          checkOpen(own);
          throw e;
        } // else it does not listen yet
      }
      long now = System.nanoTime();
      if (now - deadline >= 0) {
        checkOpen(own);
        throw new Unready(
            "it does not listen on "
                + (address == null ? "the Unix socket that it was given" : "TCP port " + PORT)
                + " within "
                + defaults.startTimeout(),
            null);
      }
      if (now - nextLook >= 0) {
        checkRuns(id);
        nextLook = now + INSPECT_NANOS;
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /** That this user may connect with the socket, if there is one. */
  private static void checkOpen(Path own) throws Unready {
    Path socket = own.resolve(Engine.SOCKET_NAME);
    if (Files.exists(socket) && !Files.isWritable(socket)) {
      throw new Unready(
          "only its own user may connect with its Unix socket, and this process is another one's: let"
              + " the image give the socket the mode 666",
          null);
    }
  }

  private Container.Again again(
      String id, @Nullable Path own, Engine.ImageFacts facts, List<String> relay) {
    return deadline -> {
      try {
        Wire wire = own == null ? engine.relay(id, relay) : wire(id, own, facts);
        // A relay would wait for a function that does not listen any more.
        long now = System.nanoTime();
        long end = now + Math.min(deadline - now, AGAIN_NANOS);
        return wire == null ? null : Connection.open(wire, timer, end);
      } catch (IOException | Unready | RuntimeException e) {
        LOG.debug("Container {} cannot be connected with again", id, e);
        return null;
      }
    };
  }

  /** To where it listens, at once or not at all; null: it does not listen any more. */
  private @Nullable Wire wire(String id, Path own, Engine.ImageFacts facts)
      throws IOException, Unready {
    // Asked for anew: the address of one that has ended may be another container's by now.
    SocketAddress address = facts.speaksSocket() ? socket(own) : tcp(id);
    return address == null ? null : new SocketWire(address);
  }

  private SocketAddress tcp(String id) throws Unready {
    Engine.State state = engine.state(id);
    if (state == null || state.address().isEmpty()) {
      checkRuns(id);
      throw new Unready("it has no address on the engine's bridge", null);
    }
    return new InetSocketAddress(state.address(), PORT);
  }

  private void checkRuns(String id) throws Unready {
    Engine.State state = engine.state(id);
    if (state == null || !state.running()) {
      throw new Unready(
          "it ended before it was ready"
              + (state == null ? "" : Ending.of(state).text()),
          null);
    }
  }

  /**
   * The socket in a container's folder; null: there is none, or a link: one that the container made would
   * be followed here, to a socket of this machine.
   */
  private static @Nullable SocketAddress socket(Path own) throws IOException {
    Path path = own.resolve(Engine.SOCKET_NAME);
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return null;
    }
    BasicFileAttributes attributes =
        Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    return attributes.isOther() ? UnixDomainSocketAddress.of(path) : null;
  }

  private static void init(Connection connection, ContainerImage image, long deadline)
      throws IOException, CallFailure {
    Protocol protocol = Protocol.of(image.protocol());
    Protocol.Request request = protocol.init(image);
    if (request != null) {
      protocol.checkInit(connection.post(
          request.path(), request.contentType(), request.body(), MAX_INIT_ANSWER, deadline));
    }
  }

  private ContainerStartException failure(
      ContainerImage image,
      @Nullable String id,
      @Nullable Path own,
      String reason,
      Exception cause) {
    String log = id == null ? "" : LogTail.of(engine, id);
    if (cause instanceof WireException && id != null) {
      reason += Ending.await(engine, id).text();
    }
    remove(id, own);
    return new ContainerStartException(
        image.name(),
        "No container of " + image + " could be made ready: " + reason,
        log,
        cause instanceof ClosedByInterruptException ? null : cause);
  }

  @Override
  public void remove(Container container) {
    container.close();
    remove(container.id(), container.folder());
  }

  /** The folder only after the container: one that lives could put links in our way meanwhile. */
  private void remove(@Nullable String id, @Nullable Path own) {
    try {
      if (id != null) {
        sizes.removed(id);
        if (!engine.remove(id)) {
          orphans.add(new Orphan(id, own));
          return;
        }
      }
      if (folder != null && own != null) {
        folder.delete(own);
      }
    } catch (RuntimeException | Error e) {
      LOG.warn("Container {} could not be removed; will try again", id, e);
      orphans.add(new Orphan(id, own));
    }
  }

  /** Whether there are containers that could not be removed. */
  boolean hasOrphans() {
    return !orphans.isEmpty();
  }

  /** Tries again to remove what could not be removed. Blocks; throws nothing. */
  void removeOrphans() {
    for (int i = orphans.size(); i > 0; i--) { // those that fail again come back to the end
      Orphan one = orphans.poll();
      if (one != null) {
        remove(one.id(), one.folder());
      }
    }
  }
}
