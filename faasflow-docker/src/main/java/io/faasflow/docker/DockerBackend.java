package io.faasflow.docker;

import io.faasflow.container.ContainerBackend;
import io.faasflow.container.ContainerFunction;
import io.faasflow.container.ContainerImage;
import io.faasflow.container.ContainerProtocol;
import io.faasflow.function.Resources;
import io.faasflow.run.RunId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs functions in containers of a Docker engine, of this machine or another one; both must be Linux.
 * Thread-safe; give it to {@code FaasFlow.builder().containers(...)}, and close it after the runtime.
 *
 * <p>An engine behind a Unix socket shares files with this machine. Of one behind TCP nothing is expected
 * but its API: calls travel through it, and nothing listens there that anybody else could call.
 *
 * <p>Each worker has containers of its own. A call takes an idle container, or starts one, within the
 * limits of the builder; afterwards the container is kept for others. A container may do as little as
 * possible: it has no capabilities, cannot gain privileges, cannot write but to {@code /tmp} and its
 * own folder, is not root, has limits on memory, CPU and processes, and no network unless its image
 * asks for it.
 *
 * <p>All containers carry labels with their owner. Those of a process that was killed are removed when
 * the next backend is built on the machine.
 */
public final class DockerBackend implements ContainerBackend, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DockerBackend.class);
  private static final int STARTERS = 8;
  private static final long MIN_MEMORY = 6L << 20; // of the engine
  private static final Duration LONGEST_HOUSEKEEPING_GAP = Duration.ofSeconds(2);
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(30);
  private static final long BETWEEN_LOOKS_NANOS = 25_000_000;

  private final Engine engine;
  private final List<HostFolder> folders; // in memory and on a disk; empty: the engine sees neither
  private final String name;
  private final Duration callTimeout;
  private final Duration keepAlive;
  private final int maxAnswerBytes;
  private final int maxOfFunction;
  private final int maxOfWorker;
  private final @Nullable SharedFiles files; // null: all data travel in requests and answers
  private final ScheduledThreadPoolExecutor timer;
  private final Errands executor;
  private final ContainerStarter starter;
  private final Map<String, WorkerContainers> workers = new ConcurrentHashMap<>();
  private final Future<?> housekeeping;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final AtomicBoolean keepingHouse = new AtomicBoolean();

  private DockerBackend(Builder builder, Engine engine) throws IOException {
    this.engine = engine;
    this.callTimeout = builder.callTimeout;
    this.keepAlive = builder.keepAlive;
    this.maxAnswerBytes = builder.maxAnswerBytes;
    this.maxOfFunction = builder.maxOfFunction;
    this.maxOfWorker = builder.maxOfWorker;
    this.name = UUID.randomUUID().toString().substring(0, 8);
    HostProcess self = HostProcess.self();
    this.folders = engine.sharesFiles() ? folders(builder, name, self, engine) : List.of();
    try {
      removeLeftOvers(engine, folders, self);
      this.files = builder.fileBytes == 0 || folders.isEmpty()
          ? null
          : new SharedFiles(
              folders.get(0).createOwn("files"),
              folders.get(1).createOwn("files"),
              builder.fileBytes,
              builder.diskBytes,
              builder.filesFrom);
    } catch (IOException | RuntimeException e) {
      folders.forEach(HostFolder::close);
      throw e;
    }
    this.timer = new ScheduledThreadPoolExecutor(1, threads("faasflow-docker-timer"));
    timer.setRemoveOnCancelPolicy(true);
    timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    this.executor = new Errands(STARTERS, threads("faasflow-docker"), timer);
    this.starter = new ContainerStarter(
        engine,
        timer,
        new ContainerStarter.Defaults(
            builder.memoryBytes,
            builder.cpus,
            builder.processes,
            builder.startTimeout,
            builder.classPath,
            files == null ? -1 : builder.filesFrom),
        folders.isEmpty() ? null : folders.get(0),
        name,
        self);
    long gap = Math.min(keepAlive.toMillis() / 4 + 1, LONGEST_HOUSEKEEPING_GAP.toMillis());
    housekeeping =
        timer.scheduleWithFixedDelay(this::beginHousekeeping, gap, gap, TimeUnit.MILLISECONDS);
  }

  private static List<HostFolder> folders(
      Builder builder, String name, HostProcess self, Engine engine) throws IOException {
    Map<String, String> labels = Engine.labels(name, self);
    HostFolder.Opener opener = (root, entries) -> engine.openFolders(root, entries, labels);
    HostFolder memory = HostFolder.make(builder.folder, name, self, opener);
    try {
      return List.of(memory, HostFolder.make(builder.diskFolder, name + "-disk", self, opener));
    } catch (IOException | RuntimeException e) {
      memory.close();
      throw e;
    }
  }

  private static ThreadFactory threads(String prefix) {
    AtomicLong count = new AtomicLong();
    return task -> {
      Thread thread = new Thread(task, prefix + "-" + count.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  /** A backend with everything at its default. */
  public static DockerBackend create() {
    return builder().build();
  }

  /** Begins a backend. */
  public static Builder builder() {
    return new Builder();
  }

  /** The machine's own time. */
  record RealTime(ScheduledExecutorService timer) implements WorkerContainers.Timer {
    @Override
    public long nanoTime() {
      return System.nanoTime();
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for it, nor calls it off
    public void after(long nanos, Runnable task) {
      timer.schedule(task, nanos, TimeUnit.NANOSECONDS);
    }
  }

  /** Removes what processes left that do not live any more. */
  private static void removeLeftOvers(Engine engine, List<HostFolder> folders, HostProcess self)
      throws IOException {
    boolean allGone = true;
    for (Engine.Labelled one : engine.withLabel(Engine.OWNER_LABEL, null)) {
      String label = one.labels().get(Engine.OWNER_LABEL);
      HostProcess owner = label == null ? null : HostProcess.parse(label);
      if (owner != null && owner.isDead(self)) {
        LOG.info("Removes container {}, whose process {} is gone", one.id(), owner.pid());
        allGone &= remove(engine, one.id()) == Removal.DONE;
      }
    }
    if (allGone) { // one that lives could put links in our way meanwhile
      for (HostFolder folder : folders) {
        folder.deleteThoseOfTheDead(self);
      }
    }
  }

  @Override
  public ContainerFunction function(ContainerImage image, Resources resources, String worker) {
    if (image.protocol() == ContainerProtocol.LAMBDA
        && (image.main().isPresent() || image.source().isPresent())) {
      throw new IllegalArgumentException("The protocol lambda has no way to hand over the main or"
          + " the source of " + image + ": put the function into the image");
    }
    WorkerContainers containers = workers.computeIfAbsent(
        worker,
        any -> new WorkerContainers(
            worker, maxOfFunction, maxOfWorker, starter, executor, new RealTime(timer)));
    if (closed.get()) {
      containers.close(); // it may have come after the others were closed
    }
    return new ContainedFunction(
        new FunctionSpec(image, resources), containers, engine, callTimeout, maxAnswerBytes, files);
  }

  @Override
  public void ended(RunId run, @Nullable Object output) {
    workers.values().forEach(worker -> worker.ended(run));
    if (files != null) {
      files.ended(run, output);
    }
  }

  /**
   * How many bytes are in files now that went in or out of containers, those of outputs of runs that
   * are over but still referred to included. A snapshot.
   */
  public long fileBytes() {
    return files == null ? 0 : files.room().used();
  }

  /** How many bytes are in files of outputs that found no room there, and went to the disk. A snapshot. */
  public long diskBytes() {
    return files == null ? 0 : files.roomOnDisk().used();
  }

  /**
   * Changes how much memory and CPU each container of an image has: at once for those that run, whatever
   * they do, and for new ones, whatever their tasks declare. How much one may have in {@code /tmp}, and
   * in files that it hands over, stays as it was. Blocks for the engine, some 15 ms a container.
   *
   * @param image equal to that of the function, source and variables included
   * @param memoryBytes 6 MiB or more
   * @param cpus cores, above zero
   * @throws ResizeException when the engine refuses it for a container that runs
   */
  public void resize(ContainerImage image, long memoryBytes, double cpus) {
    Objects.requireNonNull(image, "image");
    starter
        .sizes()
        .change(
            image,
            new Sizes.Size(
                Builder.atLeast("memoryBytes", memoryBytes, MIN_MEMORY), Builder.cores(cpus)));
  }

  /** How many containers there are, by worker and image. A snapshot. */
  public List<ContainerCounts> counts() {
    List<ContainerCounts> counts = new ArrayList<>();
    workers.values().forEach(worker -> counts.addAll(worker.counts()));
    return List.copyOf(counts);
  }

  /** On the executor: the engine may take its time to answer, and the timer must not wait. */
  private void beginHousekeeping() {
    boolean wanted = starter.hasOrphans()
        || workers.values().stream().anyMatch(WorkerContainers::needsHousekeeping);
    if (wanted && keepingHouse.compareAndSet(false, true)) {
      executor.execute(this::keepHouse);
    }
  }

  private void keepHouse() {
    try {
      Set<String> dead = engine.withLabel(Engine.BACKEND_LABEL, name).stream()
          .filter(one -> !one.running())
          .map(Engine.Labelled::id)
          .collect(Collectors.toSet());
      workers.values().forEach(worker -> worker.removeIdle(keepAlive, dead));
      starter.removeOrphans();
    } catch (RuntimeException e) {
      LOG.warn("The containers could not be looked after; will try again", e);
    } finally {
      keepingHouse.set(false);
    }
  }

  /**
   * Removes all containers. Calls that are still at work break off. Waits up to 30 s for the engine, and
   * an interrupt does not end that; a second call does nothing.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    housekeeping.cancel(false);
    workers.values().forEach(WorkerContainers::close);
    boolean interrupted = Thread.interrupted(); // nothing is to be left for that
    long deadline = System.nanoTime() + CLOSE_PATIENCE.toNanos();
    removeAll(); // also those that are at work
    for (WorkerContainers worker : workers.values()) {
      worker.awaitEmpty(deadline);
      interrupted |= Thread.interrupted();
    }
    timer.shutdownNow();
    executor.shutdown();
    while (removeAll() && deadline - System.nanoTime() > 0) { // what was being started meanwhile
      LockSupport.parkNanos(BETWEEN_LOOKS_NANOS);
      interrupted |= Thread.interrupted();
    }
    folders.forEach(HostFolder::close);
    engine.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether the engine was still removing some when it was asked to. */
  private boolean removeAll() {
    boolean underWay = false;
    try {
      for (Engine.Labelled one : engine.withLabel(Engine.BACKEND_LABEL, name)) {
        underWay |= remove(engine, one.id()) == Removal.UNDER_WAY;
      }
    } catch (RuntimeException e) {
      LOG.warn(
          "The engine does not say which containers are left; the next backend on this machine"
              + " will remove them",
          e);
    }
    return underWay;
  }

  private enum Removal {
    DONE,
    UNDER_WAY,
    FAILED
  }

  private static Removal remove(Engine engine, String id) {
    try {
      return engine.remove(id) ? Removal.DONE : Removal.UNDER_WAY;
    } catch (RuntimeException e) {
      LOG.warn(
          "Container {} could not be removed; the next backend on this machine will try", id, e);
      return Removal.FAILED;
    }
  }

  @Override
  public String toString() {
    return "DockerBackend[" + name + "]";
  }

  /** Settings of a backend. Not thread-safe. {@link #build()} may be called again. */
  public static final class Builder {
    private @Nullable String dockerHost;
    private @Nullable Certificates certificates;
    private Path folder = defaultFolder();
    private Path diskFolder = Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
    private Duration callTimeout = Duration.ofMinutes(5);
    private Duration startTimeout = Duration.ofSeconds(30);
    private Duration keepAlive = Duration.ofMinutes(10);
    private int maxAnswerBytes = 16 << 20;
    private int maxOfFunction = 8;
    private int maxOfWorker = 32;
    private long memoryBytes = 256L << 20;
    private double cpus = 1;
    private int processes = 256;
    private List<Path> classPath = List.of();
    private long fileBytes = 1L << 30;
    private long diskBytes = 16L << 30;
    private int filesFrom = 64 << 10;

    private Builder() {}

    private static Path defaultFolder() {
      Path memory = Path.of("/dev/shm");
      return Files.isWritable(memory)
          ? memory
          : Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
    }

    /**
     * The engine's address: {@code unix:///PATH}, or {@code tcp://HOST:PORT}, which needs {@linkplain #tls
     * TLS} unless the host is this one. Default: what DOCKER_HOST says, or else Docker's context
     * (DOCKER_CONTEXT, or the one in use), or else {@code unix:///var/run/docker.sock}.
     */
    public Builder dockerHost(String address) {
      dockerHost = Objects.requireNonNull(address, "address");
      return this;
    }

    /**
     * What an engine behind TCP and this machine prove with who they are: files in PEM, read by {@link
     * #build()}. Default: {@code ca.pem}, {@code cert.pem} and {@code key.pem} of the folder that
     * DOCKER_CERT_PATH names, if DOCKER_TLS_VERIFY is set.
     *
     * @param ca certificates of whoever vouches for the engine; no other authority is believed
     * @param certificate this client's certificate, with those of intermediate authorities behind it
     * @param key the private key to it, without a password
     */
    public Builder tls(Path ca, Path certificate, Path key) {
      certificates = new Certificates(
          Objects.requireNonNull(ca, "ca"),
          Objects.requireNonNull(certificate, "certificate"),
          Objects.requireNonNull(key, "key"));
      return this;
    }

    /**
     * Where the folders go that are mounted into containers, if the engine is behind a Unix socket.
     * Default: {@code /dev/shm}, which is in
     * memory; where that cannot be written, the JVM's temporary folder. At most 60 bytes long, as a
     * socket's path is limited.
     */
    public Builder folder(Path existing) {
      folder = existing.toAbsolutePath();
      if (folder.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8).length > 60) {
        throw new IllegalArgumentException("The folder's path must not be longer than 60 bytes, as"
            + " the path of a socket is limited: " + folder);
      }
      return this;
    }

    /**
     * How long a call may take, waiting for a container included, above zero. A task's own timeout ends
     * a call as well. Default: 5 minutes.
     */
    public Builder callTimeout(Duration time) {
      callTimeout = positive("callTimeout", time);
      return this;
    }

    /** How long a container may take to become ready, above zero. Default: 30 s. */
    public Builder startTimeout(Duration time) {
      startTimeout = positive("startTimeout", time);
      return this;
    }

    /** For how long a container is kept that nobody calls, above zero. Default: 10 minutes. */
    public Builder keepAlive(Duration time) {
      keepAlive = positive("keepAlive", time);
      return this;
    }

    private static Duration positive(String what, Duration time) {
      if (time.isZero() || time.isNegative() || time.toDays() > 1_000) {
        throw new IllegalArgumentException(
            what + " must be above zero and at most 1,000 days, was " + time);
      }
      return time;
    }

    /** How many bytes an answer may have, 1 or more. Default: 16 MiB. */
    public Builder maxAnswerBytes(int bytes) {
      maxAnswerBytes = (int) atLeast("maxAnswerBytes", bytes, 1);
      return this;
    }

    /**
     * Where files of outputs go that find no room in the other {@linkplain #folder folder}. Default: the
     * JVM's temporary folder.
     */
    public Builder diskFolder(Path existing) {
      diskFolder = existing.toAbsolutePath();
      return this;
    }

    /**
     * How many bytes the files may have together by which large values go in and out of containers; 0, or
     * an engine behind TCP: there are no such files. Of what finds no room, inputs travel in requests, and outputs go to the
     * {@linkplain #diskFolder disk}. Default: 1 GiB.
     */
    public Builder fileBytes(long bytes) {
      fileBytes = atLeast("fileBytes", bytes, 0);
      return this;
    }

    /**
     * How many bytes the files may have together that outputs have on the {@linkplain #diskFolder disk}, 0
     * or more. What finds no room there either is no answer: the call fails with a {@link
     * io.faasflow.container.ContainerAnswerException}. Default: 16 GiB.
     */
    public Builder diskBytes(long bytes) {
      diskBytes = atLeast("diskBytes", bytes, 0);
      return this;
    }

    /** From how many bytes on a blob or an array of bytes becomes a file, 1 or more. Default: 64 KiB. */
    public Builder filesFrom(int bytes) {
      filesFrom = (int) atLeast("filesFrom", bytes, 1);
      return this;
    }

    /** How many containers a worker may have of one image and configuration, 1 or more. Default: 8. */
    public Builder maxContainersOfFunction(int most) {
      maxOfFunction = (int) atLeast("maxContainersOfFunction", most, 1);
      return this;
    }

    /** How many containers a worker may have of all images, 1 or more. Default: 32. */
    public Builder maxContainersOfWorker(int most) {
      maxOfWorker = (int) atLeast("maxContainersOfWorker", most, 1);
      return this;
    }

    /** The memory of a container whose task declares none, in bytes, 6 MiB or more. Default: 256 MiB. */
    public Builder memoryBytes(long bytes) {
      memoryBytes = atLeast("memoryBytes", bytes, MIN_MEMORY);
      return this;
    }

    /** The CPU cores of a container whose task declares none, above zero. Default: 1. */
    public Builder cpus(double cores) {
      cpus = cores(cores);
      return this;
    }

    private static double cores(double cores) {
      if (!(cores > 0 && cores <= Resources.MAX_CPUS)) {
        throw new IllegalArgumentException("cpus must be above 0, was " + cores);
      }
      return cores;
    }

    /** How many processes and threads a container may have, 1 or more. Default: 256. */
    public Builder processes(int most) {
      processes = (int) atLeast("processes", most, 1);
      return this;
    }

    /**
     * The jars and folders of classes that containers of Java functions see, read-only: images with the
     * label {@code io.faasflow.java=true}. They must be on the machine of the engine, which must be behind
     * a Unix socket. Default: none, the classes are in the image.
     *
     * @throws IllegalArgumentException when one does not exist
     */
    public Builder classPath(List<Path> entries) {
      for (Path entry : entries) {
        if (!Files.exists(entry)) {
          throw new IllegalArgumentException("There is no " + entry + " for the class path");
        }
      }
      classPath = entries.stream().map(Path::toAbsolutePath).toList();
      return this;
    }

    private static long atLeast(String what, long value, long least) {
      if (value < least) {
        throw new IllegalArgumentException(what + " must be " + least + " or more, was " + value);
      }
      return value;
    }

    /**
     * Makes the backend, and removes what dead processes of this machine have left on the engine. Blocks
     * for the engine, for 10 s where it cannot be reached.
     *
     * @throws EngineUnavailableException when no engine answers that it can use, the certificates are of no
     *     use, or there is a class path and the engine is behind TCP
     */
    public DockerBackend build() {
      EngineAddress address = EngineAddress.of(dockerHost, certificates, System::getenv);
      if (!classPath.isEmpty() && !address.sharesFiles()) {
        throw new EngineUnavailableException(
            "The Docker engine at " + address + " cannot be used: the class path " + classPath
                + " cannot be mounted there. Copy it to /faasflow/app of an image that is made FROM"
                + " faasflow/java",
            null);
      }
      Engine engine = Engine.connect(address, Engine.CONNECT_TIMEOUT);
      try {
        return new DockerBackend(this, engine);
      } catch (IOException e) {
        engine.close();
        throw new UncheckedIOException(
            "The folders for containers cannot be used: " + folder + " and " + diskFolder, e);
      } catch (RuntimeException | Error e) {
        engine.close();
        throw e;
      }
    }
  }
}
