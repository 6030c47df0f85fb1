package io.faasflow.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.faasflow.container.ContainerUsage;
import io.faasflow.run.RunId;
import io.faasflow.run.RunStatus;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class TimelineRecorderTest {
  private static final long START = 1_000_000_000L;

  private static RunId run(long number) {
    return new RunId(0x7000L | number << 16, 0x8000_0000_0000_0000L);
  }

  private static RunEvent.Site site(String task, Integer... instance) {
    return new RunEvent.Site(1, task, task, List.of(instance), "worker-1");
  }

  private static RunEvent started(long run) {
    return new RunEvent.RunStarted(run(run), START, "orders", 1);
  }

  private static RunEvent ended(long run, long nanos) {
    return new RunEvent.RunEnded(run(run), START + nanos, "orders", RunStatus.COMPLETED, null);
  }

  private static RunEvent attempted(long run, RunEvent.Site site, long from, long to) {
    return new RunEvent.Attempted(
        run(run),
        site,
        1,
        RunEvent.Outcome.COMPLETED,
        START + from,
        START + from,
        START + to,
        RunEvent.UNKNOWN_BYTES,
        null);
  }

  @Test
  void timeline_ofARun_isSortedByStart() {
    TimelineRecorder recorder = new TimelineRecorder(10, 10);
    recorder.on(started(1));
    recorder.on(attempted(1, site("b", 2), 3_000, 4_500_000));
    recorder.on(attempted(1, site("a"), 0, 2_000));
    recorder.on(new RunEvent.Skipped(run(1), site("c"), START + 3_000_000));
    recorder.on(new RunEvent.Attempted(
        run(1),
        site("d"),
        2,
        RunEvent.Outcome.TIMED_OUT,
        START + 4_000_000,
        START + 5_000_000,
        START + Duration.ofMinutes(90).toNanos(),
        RunEvent.UNKNOWN_BYTES,
        new IOException("100%\nmore")));
    RunTimeline running = recorder.timeline(run(1)).orElseThrow();
    assertThat(running.status()).isEqualTo(RunStatus.RUNNING);
    assertThat(running.took()).isEqualTo(Duration.ofMinutes(90));
    recorder.on(ended(1, Duration.ofHours(2).toNanos()));
    RunTimeline timeline = recorder.timeline(run(1)).orElseThrow();
    assertThat(timeline.text())
        .isEqualTo("run " + run(1) + " of 'orders' completed after 2h\n" + """
                 start    took          task  attempt  worker    outcome
                 0        0.002ms       a     1        worker-1  completed
                 0.003ms  4.497ms       b[2]  1        worker-1  completed
                 3.000ms  -             c     -        worker-1  skipped
                 5.000ms  1h29m59.995s  d     2        worker-1  timed out: java.io.IOException: 100%
               """);
    assertThat(timeline).hasToString(timeline.text());
    assertThat(timeline.entries("d")).singleElement().satisfies(d -> {
      assertThat(d.ready()).isEqualTo(Duration.ofMillis(4));
      assertThat(d.attempt()).isEqualTo(2);
      assertThat(d.state()).isEqualTo(RunTimeline.State.TIMED_OUT);
    });
  }

  @Test
  void recorder_beyondItsBounds_keepsTheLastRunsAndTheFirstEntries() {
    TimelineRecorder recorder = new TimelineRecorder(2, 3);
    recorder.on(started(1));
    recorder.on(started(2));
    for (int i = 0; i < 5; i++) {
      recorder.on(attempted(2, site("item", i), i, i + 1));
    }
    recorder.on(ended(2, 10));
    recorder.on(started(3));
    assertThat(recorder.timelines())
        .as("the one that has ended went first")
        .extracting(RunTimeline::run)
        .containsExactly(run(1), run(3));
    recorder.on(attempted(2, site("late"), 1, 2));
    recorder.on(started(4));
    assertThat(recorder.timelines())
        .as("none has ended")
        .extracting(RunTimeline::run)
        .containsExactly(run(3), run(4));
    for (int i = 0; i < 5; i++) {
      recorder.on(attempted(4, site("item", i), i, i + 1));
    }
    RunTimeline timeline = recorder.timeline(run(4)).orElseThrow();
    assertThat(timeline.entries()).hasSize(3);
    assertThat(timeline.dropped()).isEqualTo(2);
    assertThat(timeline.text()).endsWith("and 2 more that were not kept\n");
    assertThat(recorder.timeline(run(1))).isEmpty();
  }

  @Test
  void containers_areAddedUpByTask() {
    TimelineRecorder recorder = new TimelineRecorder(1, 1);
    recorder.on(started(1));
    recorder.on(contained(site("a", 1), 5_000_000, 300, 1, 10));
    recorder.on(contained(site("b"), 1, -1, 0, 0));
    recorder.on(contained(site("a", 2), 2_000_000, 200, 2, 20));
    recorder.on(contained(site("a", 2), 0, -1, 3, 30));
    recorder.on(ended(1, 10_000));
    assertThat(recorder.timeline(run(1)).orElseThrow().text())
        .isEqualTo("run " + run(1) + " of 'orders' completed after 0.010ms\n" + """
                 start  took  task  attempt  worker  outcome
                 in containers  calls  cpu      memory  received  sent
                 a              3      7.000ms  300     6         60
                 b              1      0.000ms  -       0         0
               """);
  }

  private static RunEvent contained(
      RunEvent.Site site, long cpu, long memory, long received, long sent) {
    return new RunEvent.Contained(
        run(1),
        site,
        1,
        START,
        new ContainerUsage(
            Duration.ofNanos(cpu),
            memory < 0 ? OptionalLong.empty() : OptionalLong.of(memory),
            received,
            sent));
  }

  @Test
  void compensationAndData_areKept() {
    TimelineRecorder recorder = new TimelineRecorder(1, 10);
    recorder.on(started(1));
    recorder.on(attempted(1, site("a", 1), 0, 1_000));
    for (int i = 1; i <= 2; i++) {
      recorder.on(new RunEvent.Saved(
          run(1), site("a", i), START, START + 2_000_000, 500, "memory", "there is room"));
    }
    recorder.on(new RunEvent.Saved(
        run(1), site("a", 3), START, START + 1_000_000, RunEvent.UNKNOWN_BYTES, "redis", ""));
    recorder.on(new RunEvent.Fetched(run(1), site("a", 3), START, START + 3_000_000, 70, "redis"));
    recorder.on(new RunEvent.Compensated(
        run(1), site("a", 1), 1, START + 5_000, START + 6_000, new IOException("no")));
    recorder.on(
        new RunEvent.Compensated(run(1), site("a", 1), 2, START + 7_000, START + 9_000, null));
    recorder.on(ended(1, 10_000));
    RunTimeline timeline = recorder.timeline(run(1)).orElseThrow();
    assertThat(timeline.text())
        .isEqualTo("run " + run(1) + " of 'orders' completed after 0.010ms\n" + """
                 start    took     task       attempt  worker    outcome
                 0        0.001ms  a[1]       1        worker-1  completed
                 0.005ms  0.001ms  undo a[1]  1        worker-1  not undone: java.io.IOException: no
                 0.007ms  0.002ms  undo a[1]  2        worker-1  undone
                 data of  way      tier    times  bytes  took
                 a        saved    memory  2      1000   4.000ms
                 a        saved    redis   1      -      1.000ms
                 a        fetched  redis   1      70     3.000ms
               """);
  }

  @Test
  void recorder_ofNothing_isRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> new TimelineRecorder(0, 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TimelineRecorder(1, 0))
        .withMessageContaining("0 entries");
  }
}
