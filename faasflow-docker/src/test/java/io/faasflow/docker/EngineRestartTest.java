package io.faasflow.docker;

import static io.faasflow.docker.Calls.call;
import static io.faasflow.docker.Calls.python;
import static io.faasflow.docker.Calls.rogue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.FaasFlow;
import io.faasflow.container.ContainerDiedException;
import io.faasflow.container.ContainerImage;
import io.faasflow.container.ContainerStartException;
import io.faasflow.function.RetryPolicy;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The engine goes away, and comes back. */
@NeedsEngine
@Timeout(240)
class EngineRestartTest {
  private static final ContainerImage ECHO = python("def main(x): return x");
  private static OwnEngine engine;

  private DockerBackend backend;

  @TempDir
  private Path folder;

  @BeforeAll
  @Timeout(400)
  static void startEngine(@TempDir Path temporary) throws Exception {
    engine = new OwnEngine(temporary.resolve("engine"));
    engine.copyImages("faasflow/python", "faasflow-test/rogue");
  }

  @AfterAll
  static void stopEngine() throws Exception {
    if (engine != null) {
      engine.remove();
    }
  }

  @BeforeEach
  void build() {
    backend = DockerBackend.builder()
        .dockerHost(engine.address())
        .folder(folder)
        .keepAlive(Duration.ofMinutes(5))
        .build();
  }

  @AfterEach
  void close_leavesNothing() throws Exception {
    backend.close();
    assertThat(engine.containers()).isEmpty();
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  private int started() {
    return (int) backend.counts().stream().mapToLong(ContainerCounts::started).sum();
  }

  @Test
  void stop_inTheMiddleOfACall_failsItAndLaterOnesWork() throws Exception {
    assertThat(call(backend, ECHO, 1)).isEqualTo(1);
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<Object> inFlight = thread.submit(() -> rogue(backend, "hang"));
      engine.awaitLog("hanging");
      engine.stop();
      assertThatThrownBy(() -> inFlight.get(60, TimeUnit.SECONDS))
          .hasCauseInstanceOf(ContainerDiedException.class)
          .hasMessageContaining("broke off");
      assertThatThrownBy(() -> call(backend, ECHO, 2))
          .isInstanceOf(ContainerStartException.class)
          .hasMessageContaining("the engine does not answer");
    } finally {
      thread.shutdownNow();
      engine.start();
    }
    assertThat(call(backend, ECHO, 3)).isEqualTo(3);
    assertThat(rogue(backend, "well")).isNotNull();
    OwnEngine.await(
        () -> engine.containers().size() == 2); // those of before are removed, although it was down
    assertThat(started()).isEqualTo(4);
  }

  @Test
  void kill_leavesWarmCallsAlone_andWhatEndsMeanwhileIsRemovedLater() throws Exception {
    assertThat(call(backend, ECHO, 1)).isEqualTo(1);
    assertThat(rogue(backend, "well")).isNotNull();
    engine.kill();
    try {
      assertThat(call(backend, ECHO, 2)).as("its container lives").isEqualTo(2);
      assertThat(started()).isEqualTo(2);
      assertThatThrownBy(() -> rogue(backend, "exit")).isInstanceOf(ContainerDiedException.class);
      // Till it was tried in vain to remove it.
      OwnEngine.await(
          () -> backend.counts().stream().mapToInt(ContainerCounts::removing).sum() == 0);
    } finally {
      engine.start();
    }
    assertThat(call(backend, ECHO, 3)).isEqualTo(3);
    OwnEngine.await(() -> engine.containers().size() == 1);
  }

  @Test
  void calls_duringARestart_giveWhatTheyShouldOrFailClearly() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    AtomicInteger well = new AtomicInteger();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> callers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        callers.add(threads.submit(() -> {
          for (int n = 0; !done.get(); n++) {
            try {
              assertThat(call(backend, ECHO, n)).isEqualTo(n);
              well.incrementAndGet();
            } catch (ContainerDiedException | ContainerStartException e) {
              // As it should: the engine is away.
            }
          }
          return null;
        }));
      }
      OwnEngine.await(() -> well.get() > 100);
      engine.stop();
      engine.start();
      int before = well.get();
      OwnEngine.await(() -> well.get() > before + 100);
      done.set(true);
      for (Future<?> caller : callers) {
        caller.get(60, TimeUnit.SECONDS);
      }
    } finally {
      done.set(true);
      threads.shutdownNow();
    }
    OwnEngine.await(() -> engine.containers().size() <= 4);
  }

  @Test
  void task_thatIsTriedAgain_livesThroughARestart() throws Exception {
    Workflow<Map<String, Object>, Object> workflow = Workflow.<Map<String, Object>>builder("w")
        .sequence(Task.<Map<String, Object>, Object>named("waits")
            .image(python("""
                import time
                def main(x):
                    print("waiting", flush=True)
                    time.sleep(1)
                    return x
                """))
            .retry(RetryPolicy.attempts(2_000)
                .fixedDelay(Duration.ofMillis(200))
                .on(ContainerDiedException.class, ContainerStartException.class)))
        .build();
    try (FaasFlow flow = FaasFlow.builder().containers(backend).build()) {
      var run = flow.start(workflow, Map.of("n", 1));
      engine.awaitLog("waiting");
      engine.stop();
      engine.start();
      assertThat(run.await()).isEqualTo(Map.of("n", 1));
    }
  }
}
