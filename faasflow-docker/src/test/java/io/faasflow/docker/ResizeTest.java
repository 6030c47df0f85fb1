package io.faasflow.docker;

import static io.faasflow.docker.Calls.call;
import static io.faasflow.docker.Calls.python;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.container.ContainerDiedException;
import io.faasflow.container.ContainerFunction;
import io.faasflow.container.ContainerImage;
import io.faasflow.function.Resources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Memory and CPU of containers that run. */
@NeedsEngine
@Timeout(120)
class ResizeTest {
  private static final long MIB = 1L << 20;

  /** Gives its limits of memory and CPU after so many megabytes were in use. */
  private static final ContainerImage LIMITS = python("""
      import os
      def read(*paths):
          for path in paths:
              if os.path.exists(path):
                  return open(path).read().split()
      def main(megabytes):
          hoard = bytearray(b"x") * (megabytes << 20)
          memory = read("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory.max")
          cpu = read("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/cpu.max")
          return [int(memory[0]), int(cpu[0])]
      """);

  private DockerBackend backend;

  @TempDir
  private Path folder;

  @BeforeEach
  void build() {
    backend = DockerBackend.builder().folder(folder).build();
  }

  @AfterEach
  void close() {
    backend.close();
  }

  private long started() {
    return backend.counts().stream().mapToLong(ContainerCounts::started).sum();
  }

  @Test
  void containers_thatRun_haveTheNewLimitsAtOnce() throws Exception {
    assertThat(call(backend, LIMITS, 0)).isEqualTo(List.of((int) (256 * MIB), 100_000));
    backend.resize(LIMITS, 96 * MIB, 0.5);
    assertThat(call(backend, LIMITS, 0)).isEqualTo(List.of((int) (96 * MIB), 50_000));
    backend.resize(LIMITS, 300 * MIB, 1.5);
    assertThat(call(backend, LIMITS, 250)).isEqualTo(List.of((int) (300 * MIB), 150_000));
    assertThat(started()).as("always the same container").isEqualTo(1);
  }

  @Test
  void containers_toCome_haveTheNewLimits() throws Exception {
    backend.resize(LIMITS, 96 * MIB, 0.5);
    ContainerFunction declared =
        backend.function(LIMITS, Resources.NONE.withMemoryBytes(64 * MIB).withCpus(1), "other");
    assertThat(declared.apply(0, Calls.CONTEXT)).isEqualTo(List.of((int) (96 * MIB), 50_000));
    assertThatThrownBy(() -> declared.apply(200, Calls.CONTEXT))
        .isInstanceOf(ContainerDiedException.class);
    ContainerImage another = python("def main(x): return x");
    assertThat(call(backend, another, 1)).as("images that are not meant").isEqualTo(1);
  }

  @Test
  void container_atWork_canBeGivenMore() throws Exception {
    ContainerImage waits = python("""
        import os, time
        def main(megabytes):
            open("/run/faasflow/waiting", "w").close()
            while os.path.exists("/run/faasflow/waiting"):
                time.sleep(0.01)
            return len(bytearray(b"x") * (megabytes << 20))
        """);
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<Object> call = thread.submit(() -> call(backend, waits, 300));
      Path waiting = waiting();
      backend.resize(waits, 512 * MIB, 1);
      Files.delete(waiting);
      assertThat(call.get(60, TimeUnit.SECONDS)).isEqualTo((int) (300 * MIB));
    } finally {
      thread.shutdownNow();
    }
  }

  /** The file by which a call says that it is in its container. */
  private Path waiting() throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      Optional<Path> found =
          FileTree.of(folder).filter(file -> file.endsWith("waiting")).findFirst();
      if (found.isPresent()) {
        return found.get();
      }
      assertThat(System.nanoTime() - end).as("time left").isNegative();
      Thread.onSpinWait();
    }
  }

  @Test
  void sizes_thatCannotBe_areRefused() throws Exception {
    assertThatThrownBy(() -> backend.resize(LIMITS, 1, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("memoryBytes must be 6291456 or more, was 1");
    assertThatThrownBy(() -> backend.resize(LIMITS, 96 * MIB, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cpus must be above 0");
    call(backend, LIMITS, 0);
    assertThatThrownBy(() -> backend.resize(LIMITS, 96 * MIB, 5_000))
        .isInstanceOf(ResizeException.class)
        .hasMessageContainingAll("image 'faasflow/python'", "5000.0 CPUs, and keeps what it had");
    assertThat(call(backend, LIMITS, 0)).isEqualTo(List.of((int) (256 * MIB), 100_000));
    ContainerFunction elsewhere = backend.function(LIMITS, Resources.NONE, "other");
    assertThat(elsewhere.apply(0, Calls.CONTEXT))
        .as("a new one")
        .isEqualTo(List.of((int) (256 * MIB), 100_000));
  }
}
