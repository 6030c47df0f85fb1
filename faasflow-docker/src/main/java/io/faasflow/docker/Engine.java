package io.faasflow.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.InspectImageResponse;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.ContainerNetwork;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Image;
import com.github.dockerjava.api.model.StreamType;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import io.faasflow.container.ContainerImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.jspecify.annotations.Nullable;

/** What is asked of a Docker engine. Thread-safe. Each call is one request, with a time limit. */
final class Engine implements AutoCloseable {
  /** Which process a container belongs to. */
  static final String OWNER_LABEL = "io.faasflow.owner";

  /** The backend that made a container; and its folder on this machine. */
  static final String BACKEND_LABEL = "io.faasflow.backend";

  /** On an image: it listens on the Unix socket that {@link ContainerOrder#SOCKET_VARIABLE} names. */
  static final String SOCKET_LABEL = "io.faasflow.socket";

  /** On an image: the command of its relay, as a JSON array, for engines of other machines. */
  static final String RELAY_LABEL = "io.faasflow.relay";

  /** On an image: it runs Java functions of the jars and folders in {@code /faasflow/app}. */
  static final String JAVA_LABEL = "io.faasflow.java";

  static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  private static final Duration RESPONSE_TIMEOUT = Duration.ofSeconds(60);
  private static final int CONNECTIONS = 64;
  private static final int LOG_SECONDS = 5;
  private static final int NOBODY = 65534;
  private static final int OPEN = 0777;

  private final EngineAddress address;
  private final DockerClient client;

  private Engine(EngineAddress address, DockerClient client) {
    this.address = address;
    this.client = client;
  }

  /**
   * An engine that answers.
   *
   * @param host its address; null: what DOCKER_HOST or Docker's context says
   * @throws EngineUnavailableException when it does not answer, or cannot be used
   */
  static Engine connect(@Nullable String host) {
    return connect(EngineAddress.of(host, null, System::getenv), CONNECT_TIMEOUT);
  }

  /**
   * An engine that answers.
   *
   * @throws EngineUnavailableException when it does not answer, or cannot be used
   */
  static Engine connect(EngineAddress address, Duration connectTimeout) {
    if (!System.getProperty("os.name", "").equals("Linux")) {
      throw new EngineUnavailableException(
          "The Docker engine at " + address + " cannot be used: this machine must be Linux", null);
    }
    SSLContext tls = address.tls();
    DockerClient client = DockerClientImpl.getInstance(
        address.config(),
        new ZerodepDockerHttpClient.Builder()
            .dockerHost(address.uri())
            .sslConfig(tls == null ? null : () -> tls)
            .connectionTimeout(connectTimeout)
            .responseTimeout(RESPONSE_TIMEOUT)
            .maxConnections(CONNECTIONS)
            .build());
    Engine engine = new Engine(address, client);
    try {
      client.pingCmd().exec();
      return engine;
    } catch (RuntimeException e) {
      engine.close();
      throw new EngineUnavailableException(
          "No Docker engine answers at " + address + why(address, e), e);
    }
  }

  /** Why it does not, and the cure. */
  private static String why(EngineAddress address, RuntimeException e) {
    if (address.sharesFiles()) {
      return ". Start one, or set DOCKER_HOST to the address of one; this user must be allowed to use"
          + " it";
    }
    StringBuilder why = new StringBuilder();
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SSLException) {
        return String.valueOf(cause.getMessage()).contains("Received fatal alert")
            ? ": it refuses this client's certificate, as its CA did not sign that or it has expired: "
                + cause.getMessage()
            : ": it does not prove with a certificate of the CA that is trusted that it is "
                + address.uri().getHost() + ": " + cause.getMessage();
      }
      why = new StringBuilder(": ").append(cause.getMessage());
    }
    return why
        + (address.tls() == null
            ? ""
            : ". Where it breaks the connection off, it may refuse this client's certificate")
        + ". Start it there, or set DOCKER_HOST to the address of another one";
  }

  /** Of all containers of a backend. */
  static Map<String, String> labels(String backend, HostProcess owner) {
    return Map.of(OWNER_LABEL, owner.toString(), BACKEND_LABEL, backend);
  }

  /**
   * Whether this machine's files can be mounted into its containers, and their processes seen here. Else
   * they are reached by {@link #relay} alone.
   */
  boolean sharesFiles() {
    return address.sharesFiles();
  }

  /**
   * A wire to a relay in a container that runs.
   *
   * @param command of the relay
   */
  Wire relay(String id, List<String> command) throws IOException {
    String process = client
        .execCreateCmd(id)
        .withCmd(command.toArray(String[]::new))
        .withAttachStdin(true)
        .withAttachStdout(true)
        .withAttachStderr(true)
        .exec()
        .getId();
    return new RelayWire(address, process);
  }

  /**
   * What must be known of an image before a container is made of it.
   *
   * @param relay what its label says; null: it has none
   */
  record ImageFacts(
      boolean speaksSocket,
      boolean runsJava,
      boolean hasUser,
      @Nullable String relay) {}

  /** Facts of an image; null: the engine does not have it. */
  @Nullable
  ImageFacts image(String name) {
    try {
      InspectImageResponse image = client.inspectImageCmd(name).exec();
      Map<String, String> labels =
          image.getConfig() == null ? null : image.getConfig().getLabels();
      String user = image.getConfig() == null ? null : image.getConfig().getUser();
      boolean root = user == null || user.isEmpty() || user.matches("([+-]?0+|root)(:.*)?");
      return new ImageFacts(
          isTrue(labels, SOCKET_LABEL),
          isTrue(labels, JAVA_LABEL),
          !root,
          labels == null ? null : labels.get(RELAY_LABEL));
    } catch (NotFoundException e) {
      return null;
    }
  }

  private static boolean isTrue(@Nullable Map<String, String> labels, String label) {
    return labels != null && "true".equals(labels.get(label));
  }

  /** Makes a container, not started. */
  String create(ContainerOrder order) {
    ContainerImage image = order.spec().image();
    CreateContainerCmd create = client
        .createContainerCmd(image.name())
        .withName(order.name())
        .withHostConfig(order.host())
        .withEnv(order.environment())
        .withStopTimeout(1) // there is nothing to save: an engine that stops need not wait for it
        .withLabels(order.labels());
    if (!order.facts().hasUser()) {
      create.withUser(NOBODY + ":" + NOBODY);
    }
    if (!image.network()) {
      create.withNetworkDisabled(true);
    }
    return create.exec().getId();
  }

  void start(String id) {
    client.startContainerCmd(id).exec();
  }

  /**
   * How a container does.
   *
   * @param exitCode of its process; empty while it runs
   * @param pid of its process, as its machine counts them; empty where it does not run
   * @param address on the bridge; empty where it has none
   */
  record State(
      boolean running,
      OptionalInt exitCode,
      OptionalLong pid,
      boolean outOfMemory,
      String address) {}

  /** The state of a container; null: it is gone. */
  @Nullable
  State state(String id) {
    try {
      InspectContainerResponse container = client.inspectContainerCmd(id).exec();
      InspectContainerResponse.ContainerState state = container.getState();
      boolean running = Boolean.TRUE.equals(state.getRunning());
      Long code = state.getExitCodeLong();
      Long pid = state.getPidLong();
      ContainerNetwork bridge = container.getNetworkSettings().getNetworks().get("bridge");
      String address = bridge == null ? null : bridge.getIpAddress();
      return new State(
          running,
          running || code == null ? OptionalInt.empty() : OptionalInt.of(code.intValue()),
          running && pid != null ? OptionalLong.of(pid) : OptionalLong.empty(),
          Boolean.TRUE.equals(state.getOOMKilled()),
          address == null ? "" : address);
    } catch (NotFoundException e) {
      return null;
    }
  }

  /** Changes the memory and the CPU that a container has. */
  void resize(String id, Sizes.Size size) {
    client
        .updateContainerCmd(id)
        .withMemory(size.memoryBytes())
        .withMemorySwap(size.memoryBytes())
        .withNanoCPUs(size.nanoCpus())
        .exec();
  }

  /**
   * Kills and removes a container, if it is still there. False: somebody else is removing it now; whether
   * that succeeds, nobody knows, as the engine may stop meanwhile.
   */
  boolean remove(String id) {
    try {
      client.removeContainerCmd(id).withForce(true).withRemoveVolumes(true).exec();
      return true;
    } catch (
        @SuppressWarnings("unused")
        NotFoundException e) {
      return true; // that is what was wanted
    } catch (ConflictException e) {
      if (String.valueOf(e.getMessage()).contains("in progress")) {
        return false;
      }
      throw e;
    }
  }

  /**
   * Opens folders to all users of this machine, whoever has made them. The engine does so where it copies
   * files into a container; that one is of any image, and never runs.
   *
   * @param root of this machine; this process's own
   * @param folders paths in it
   * @throws IOException when the engine does not
   */
  void openFolders(Path root, List<Path> folders, Map<String, String> labels) throws IOException {
    try {
      String image = client.listImagesCmd().exec().stream()
          .map(Image::getId)
          .findFirst()
          .orElseThrow(() -> new IOException("The engine has no image to mount " + root + " with"));
      String id = client
          .createContainerCmd(image)
          .withCmd("none") // it must have one
          .withLabels(labels)
          .withNetworkDisabled(true)
          .withHostConfig(HostConfig.newHostConfig()
              .withMounts(List.of(ContainerOrder.mount(root, ContainerOrder.MOUNT_POINT))))
          .exec()
          .getId();
      try {
        client
            .copyArchiveToContainerCmd(id)
            .withRemotePath(ContainerOrder.MOUNT_POINT)
            .withTarInputStream(new ByteArrayInputStream(opened(folders)))
            .exec();
      } finally {
        remove(id);
      }
    } catch (RuntimeException e) {
      throw new IOException("The engine does not open what containers have made in " + root, e);
    }
  }

  private static byte[] opened(List<Path> folders) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream archive = new TarArchiveOutputStream(bytes, "UTF-8")) {
      archive.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      for (Path folder : folders) {
        TarArchiveEntry entry = new TarArchiveEntry(folder + "/");
        entry.setMode(OPEN);
        entry.setIds(NOBODY, NOBODY);
        archive.putArchiveEntry(entry);
        archive.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  /** A container that carries our labels. */
  record Labelled(String id, boolean running, Map<String, String> labels) {}

  /** All containers with a label, whatever they do. */
  List<Labelled> withLabel(String label, @Nullable String value) {
    return client
        .listContainersCmd()
        .withShowAll(true)
        .withLabelFilter(List.of(value == null ? label : label + "=" + value))
        .exec()
        .stream()
        .map(one -> new Labelled(
            one.getId(),
            !Set.of("exited", "dead").contains(one.getState().toLowerCase(Locale.ROOT)),
            one.getLabels()))
        .collect(Collectors.toList());
  }

  /** What a container wrote so far, both streams, as far as the engine has kept it. */
  String log(String id) throws InterruptedException {
    StringBuilder text = new StringBuilder();
    ResultCallback.Adapter<Frame> lines = new ResultCallback.Adapter<>() {
      @Override
      public void onNext(Frame frame) {
        if (frame.getStreamType() == StreamType.STDOUT
            || frame.getStreamType() == StreamType.STDERR) {
          synchronized (text) {
            text.append(new String(frame.getPayload(), StandardCharsets.UTF_8));
          }
        }
      }
    };
    try (lines) {
      client.logContainerCmd(id).withStdOut(true).withStdErr(true).exec(lines);
      lines.awaitCompletion(LOG_SECONDS, TimeUnit.SECONDS);
    } catch (
        @SuppressWarnings("unused")
        IOException e) {
      // Of closing: everything has been read.
    }
    synchronized (text) {
      return text.toString();
    }
  }

  @Override
  public void close() {
    try {
      client.close();
    } catch (
        @SuppressWarnings("unused")
        IOException e) {
      // Its connections are given up either way.
    }
  }
}
