package io.faasflow.docker;

import com.github.dockerjava.api.exception.BadRequestException;
import com.github.dockerjava.api.exception.DockerException;
import io.faasflow.container.ContainerImage;
import io.faasflow.container.ContainerStartException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes containers that are ready for calls, and removes them. Thread-safe. */
final class ContainerStarter implements WorkerContainers.Source {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerStarter.class);
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
        throw new NotReadyException("the engine has no such image: pull or build it", null);
      }
      Entrance entrance = Entrance.of(facts, folder != null, image.network());
      String name = prefix + number.incrementAndGet();
      own = folder == null ? null : folder.create(name);
      Sizes.Size size = sizes.of(spec);
      ContainerOrder order = order(name, spec, facts, own, size);
      id = name; // what to remove where the engine makes it, but its answer is lost
      id = engine.create(order);
      engine.start(id);
      sizes.started(id, spec, size);
      Dialer dialer = new Dialer(engine, timer, id, own, entrance);
      Connection connection = dialer.first(deadline, defaults.startTimeout());
      try {
        init(connection, image, deadline);
        return new Container(
            id,
            own,
            connection,
            dialer,
            order.mailbox(),
            accounts == null ? null : accounts.meter(id, image.network()));
      } catch (IOException | RuntimeException | Error | CallFailure e) {
        connection.close();
        throw e;
      }
    } catch (NotReadyException | CallFailure e) {
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

  private ContainerOrder order(
      String name,
      FunctionSpec spec,
      Engine.ImageFacts facts,
      @Nullable Path own,
      Sizes.Size size) {
    return new ContainerOrder(
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
