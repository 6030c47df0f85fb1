package io.faasflow.docker;

import static io.faasflow.docker.Calls.call;
import static io.faasflow.docker.Calls.python;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.container.ContainerDiedException;
import io.faasflow.container.ContainerImage;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What calls and containers leave: nothing. */
@NeedsEngine
@Timeout(240)
class LeakTest {
  private static final int CONTAINERS = 8;
  private static final int CALLS = 1_000;

  /** Large enough that one value kept of each call shows: {@link #CALLS} of them are 31 MiB. */
  private static final String TEXT = "x".repeat(32 << 10);

  private static final long MOST_GROWTH = 8L << 20;

  /** Gives what it takes; on demand only when the host has removed a file. */
  private static final ContainerImage ECHO = python("""
      import os, time
      def main(x):
          if x == "hold":
              open("/run/faasflow/held", "w").close()
              while os.path.exists("/run/faasflow/held"):
                  time.sleep(0.01)
          return x
      """);

  @TempDir
  private Path folder;

  /** What could leak. Files come first: a collection closes those that nobody has closed. */
  private record State(long files, long heap, long threads, long containers, long folders) {}

  private State state(Engine engine) throws Exception {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return new State(
          files.count(),
          heap(),
          Thread.getAllStackTraces().keySet().stream()
              .filter(thread -> thread.getName().startsWith("faasflow-docker"))
              .count(),
          engine.withLabel(Engine.OWNER_LABEL, HostProcess.self().toString()).size(),
          FileTree.of(folder).count());
    }
  }

  /** What is reachable: the least of several looks, as a collection may leave something for the next. */
  private static long heap() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      System.gc();
      least = Math.min(
          least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return least;
  }

  private static void calls(DockerBackend backend, ExecutorService threads, int count)
      throws Exception {
    List<Callable<Object>> calls = IntStream.range(0, count)
        .<Callable<Object>>mapToObj(
            i -> () -> call(backend, ECHO, Map.of("number", i, "text", TEXT)))
        .toList();
    List<Future<Object>> results = threads.invokeAll(calls);
    for (int i = 0; i < count; i++) {
      assertThat(results.get(i).get()).isEqualTo(Map.of("number", i, "text", TEXT));
    }
  }

  @Test
  void thousandCalls_overEightContainers_leakNothing() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(CONTAINERS);
    try (Engine engine = Engine.connect(null);
        DockerBackend backend = DockerBackend.builder()
            .folder(folder)
            .startTimeout(Duration.ofMinutes(2)) // they are all started at once
            .build()) {
      startAll(backend, threads);
      calls(backend, threads, 2 * CONTAINERS * 10); // what a first call loads is there to stay
      State before = state(engine);
      long peak = counts(backend).usage().memoryPeakBytes().orElseThrow();
      assertThat(before.containers()).isEqualTo(CONTAINERS);

      calls(backend, threads, CALLS);

      State after = state(engine);
      assertThat(counts(backend).started()).isEqualTo(CONTAINERS);
      assertThat(counts(backend).lost()).isZero();
      assertThat(counts(backend).idle()).isEqualTo(CONTAINERS);
      assertThat(after.containers()).isEqualTo(CONTAINERS);
      assertThat(after.folders()).isEqualTo(before.folders());
      assertThat(after.files()).isLessThanOrEqualTo(before.files() + CONTAINERS);
      assertThat(after.threads()).isLessThanOrEqualTo(before.threads() + CONTAINERS);
      assertThat(after.heap() - before.heap()).as("growth of the heap").isLessThan(MOST_GROWTH);
      assertThat(counts(backend).usage().memoryPeakBytes().orElseThrow() - peak)
          .as("growth of the largest container")
          .isLessThan(MOST_GROWTH);
    } finally {
      threads.shutdownNow();
    }
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void containers_thatEnd_leaveNoFilesOpen() throws Exception {
    try (Engine engine = Engine.connect(null);
        DockerBackend backend = DockerBackend.builder().folder(folder).build()) {
      assertThat(Calls.rogue(backend, "well")).isNotNull();
      State before = state(engine);
      for (int i = 0; i < 20; i++) {
        assertThatThrownBy(() -> Calls.rogue(backend, "exit"))
            .isInstanceOf(ContainerDiedException.class);
      }
      assertThat(Calls.rogue(backend, "well")).isNotNull();
      while (counts(backend).removing() > 0) {
        Thread.onSpinWait();
      }
      State after = state(engine);
      assertThat(after.containers()).isEqualTo(1);
      assertThat(after.folders()).isEqualTo(before.folders());
      assertThat(after.files()).as("of 20 containers").isLessThan(before.files() + 20);
    }
  }

  private static ContainerCounts counts(DockerBackend backend) {
    assertThat(backend.counts()).hasSize(1);
    return backend.counts().get(0);
  }

  /** Has all of the containers started, by calls that wait for each other. */
  private void startAll(DockerBackend backend, ExecutorService threads) throws Exception {
    List<Future<Object>> held = IntStream.range(0, CONTAINERS)
        .mapToObj(i -> threads.submit(() -> call(backend, ECHO, "hold")))
        .toList();
    while (backend.counts().stream().mapToInt(ContainerCounts::busy).sum() < CONTAINERS) {
      assertThat(held).as("a call that failed").noneMatch(Future::isDone);
      Thread.onSpinWait();
    }
    while (!held.stream().allMatch(Future::isDone)) {
      for (Path file : FileTree.of(folder).filter(one -> one.endsWith("held")).toList()) {
        Files.deleteIfExists(file);
      }
    }
    for (Future<Object> one : held) {
      assertThat(one.get()).isEqualTo("hold");
    }
  }
}
