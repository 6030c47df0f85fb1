package io.faasflow.observe;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.FaasFlow;
import io.faasflow.function.RetryPolicy;
import io.faasflow.run.RunId;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JfrListenerTest {
  private static final String RUN = "io.faasflow.Run";
  private static final String ATTEMPT = "io.faasflow.TaskAttempt";

  @TempDir
  Path folder;

  private List<RecordedEvent> record(Runnable work) throws IOException {
    Path file = folder.resolve("recording.jfr");
    try (Recording recording = new Recording()) {
      recording.enable(RUN).withThreshold(Duration.ZERO);
      recording.enable(ATTEMPT).withThreshold(Duration.ZERO);
      recording.start();
      work.run();
      recording.stop();
      recording.dump(file);
    }
    return RecordingFile.readAllEvents(file);
  }

  private static List<RecordedEvent> of(List<RecordedEvent> events, String type) {
    return events.stream()
        .filter(event -> event.getEventType().getName().equals(type))
        .toList();
  }

  @Test
  void run_whileRecorded_isInTheRecordingWithItsAttempts() throws IOException {
    AtomicBoolean failed = new AtomicBoolean();
    // JDK 17 loses longer texts that a recording before this one had, if new threads write them.
    String again = "again " + UUID.randomUUID();
    Task<Integer, List<Integer>> split = task("split", n -> List.of(n, n));
    Task<Integer, Integer> each = task("each", n -> n);
    Task<List<Integer>, Integer> sum = task("sum", all -> {
      if (!failed.getAndSet(true)) {
        throw new IllegalStateException(again);
      }
      return all.size();
    });
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("numbers")
        .sequence(split)
        .foreach(all -> all, each)
        .sequence(sum.retry(RetryPolicy.attempts(2)))
        .build();
    TimelineRecorder timelines = new TimelineRecorder(1, 100);
    List<RecordedEvent> events = record(() -> {
      try (FaasFlow flow =
          FaasFlow.builder().listener(new JfrListener()).listener(timelines).build()) {
        assertThat(flow.run(workflow, 3)).isEqualTo(2);
      }
    });
    RunTimeline timeline = timelines.timelines().get(0);
    assertThat(of(events, RUN)).singleElement().satisfies(run -> {
      assertThat(run.getString("run")).isEqualTo(timeline.run().toString());
      assertThat(run.getString("workflow")).isEqualTo("numbers");
      assertThat(run.getString("status")).isEqualTo("COMPLETED");
      assertThat(run.getDuration()).isPositive();
    });
    List<RecordedEvent> attempts = of(events, ATTEMPT);
    assertThat(attempts)
        .extracting(one -> one.getString("task") + one.getString("instance") + " "
            + one.getInt("attempt") + " " + one.getString("outcome"))
        .containsExactlyInAnyOrder(
            "split 1 COMPLETED",
            "each[0] 1 COMPLETED",
            "each[1] 1 COMPLETED",
            "sum 1 FAILED",
            "sum 2 COMPLETED");
    for (RecordedEvent one : attempts) {
      assertThat(one.getString("run")).isEqualTo(timeline.run().toString());
      assertThat(one.getString("function")).isEqualTo(one.getString("task"));
      assertThat(one.getString("worker")).isEqualTo("worker-1");
    }
    assertThat(attempts)
        .extracting(one -> one.getString("failure"))
        .containsOnlyOnce("java.lang.IllegalStateException: " + again);
  }

  @Test
  void attempt_inARecording_hasTheTimesAndSizeOfItsEvent() throws IOException {
    RunEvent.Site site = new RunEvent.Site(1, "t", "f", List.of(4, 2), "worker-9");
    List<RecordedEvent> events = record(() -> new JfrListener()
        .on(new RunEvent.Attempted(
            new RunId(7, 8), site, 3, RunEvent.Outcome.TIMED_OUT, 100, 350, 1_350, 77, null)));
    assertThat(events).singleElement().satisfies(one -> {
      assertThat(one.getString("function")).isEqualTo("f");
      assertThat(one.getString("instance")).isEqualTo("[4, 2]");
      assertThat(one.getDuration("queued")).isEqualTo(Duration.ofNanos(250));
      assertThat(one.getDuration("took")).isEqualTo(Duration.ofNanos(1_000));
      assertThat(one.getLong("outputBytes")).isEqualTo(77);
      assertThat(one.getString("outcome")).isEqualTo("TIMED_OUT");
      assertThat(one.getString("failure")).isNull();
    });
  }
}
