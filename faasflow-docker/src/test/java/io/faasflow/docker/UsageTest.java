package io.faasflow.docker;

import static io.faasflow.docker.Calls.call;
import static io.faasflow.docker.Calls.python;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.FaasFlow;
import io.faasflow.container.ContainerFunctionException;
import io.faasflow.container.ContainerImage;
import io.faasflow.container.ContainerUsage;
import io.faasflow.observe.RunTimeline.InContainers;
import io.faasflow.observe.TimelineRecorder;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What containers take, as counts and timelines have it. */
@NeedsEngine
@Timeout(120)
class UsageTest {
  private static final Duration BURNT = Duration.ofMillis(300);
  private static final ContainerImage BURNER = python("""
      import time
      def main(seconds):
          end = time.process_time() + seconds
          while time.process_time() < end:
              pass
      """);
  private static final ContainerImage HOARDER = python("""
      def main(megabytes):
          hoard = bytearray(b"x") * (megabytes << 20)
          if megabytes == 13:
              raise ValueError("bad luck")
          return len(hoard)
      """);

  private DockerBackend backend;

  @BeforeEach
  void build(@TempDir Path folder) {
    backend = DockerBackend.builder().folder(folder).build();
  }

  @AfterEach
  void close() {
    backend.close();
  }

  private ContainerUsage usage() {
    assertThat(backend.counts()).hasSize(1);
    return backend.counts().get(0).usage();
  }

  @Test
  void cpu_isThatOfTheCalls() throws Exception {
    call(backend, BURNER, 0);
    Duration idle = usage().cpu();
    assertThat(idle).as("a start is no call").isBetween(Duration.ofNanos(1), BURNT);
    call(backend, BURNER, 0.3);
    Duration one = usage().cpu().minus(idle);
    assertThat(one).isGreaterThanOrEqualTo(BURNT);
    call(backend, BURNER, 0.3);
    call(backend, BURNER, 0.3);
    assertThat(usage().cpu().minus(idle))
        .isGreaterThanOrEqualTo(BURNT.multipliedBy(3))
        .isLessThan(BURNT.multipliedBy(5));
  }

  @Test
  void memory_isTheMostThatAContainerHad() throws Exception {
    call(backend, HOARDER, 0);
    long before = usage().memoryPeakBytes().orElseThrow();
    assertThatThrownBy(() -> call(backend, HOARDER, 13))
        .isInstanceOf(ContainerFunctionException.class);
    long failed = usage().memoryPeakBytes().orElseThrow();
    assertThat(failed - before).as("of a call that failed").isBetween(10L << 20, 30L << 20);
    call(backend, HOARDER, 60);
    long most = usage().memoryPeakBytes().orElseThrow();
    assertThat(most).isBetween(60L << 20, 120L << 20);
    call(backend, HOARDER, 1);
    assertThat(usage().memoryPeakBytes().orElseThrow()).isEqualTo(most);
    assertThat(usage().receivedBytes()).as("it has no network").isZero();
    assertThat(usage().sentBytes()).isZero();
  }

  @Test
  void traffic_ofTheNetwork_isCounted() throws Exception {
    ContainerImage plain = ContainerImage.of("faasflow-test/plain").withNetwork();
    call(backend, plain, Map.of("text", "x".repeat(100_000)));
    assertThat(usage().receivedBytes()).isBetween(100_000L, 200_000L);
    assertThat(usage().sentBytes()).isBetween(100_000L, 200_000L);
  }

  @Test
  void timeline_ofARun_hasIt() {
    Task<Object, List<Object>> numbers = Task.task("numbers", nothing -> List.of(5, 5, 5));
    Workflow<Object, List<Object>> workflow = Workflow.<Object>builder("w")
        .sequence(Task.<Object, Object>named("burns").image(BURNER))
        .sequence(numbers)
        .foreach(all -> all, Task.<Object, Object>named("hoards").image(HOARDER))
        .build();
    TimelineRecorder recorder = new TimelineRecorder(1, 100);
    try (FaasFlow flow =
        FaasFlow.builder().containers(backend).listener(recorder).build()) {
      flow.run(workflow, 0.3);
    }
    List<InContainers> containers = recorder.timelines().get(0).containers();
    assertThat(containers).extracting(InContainers::task).containsExactly("burns", "hoards");
    assertThat(containers).extracting(InContainers::calls).containsExactly(1L, 3L);
    assertThat(containers.get(0).usage().cpu()).isGreaterThanOrEqualTo(BURNT);
    assertThat(containers.get(1).usage().memoryPeakBytes().orElseThrow())
        .isBetween(5L << 20, 60L << 20);
  }
}
