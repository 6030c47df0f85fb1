package io.faasflow.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.faasflow.container.ContainerUsage;
import io.faasflow.observe.RunTimeline.Data;
import io.faasflow.observe.RunTimeline.Direction;
import io.faasflow.observe.RunTimeline.Entry;
import io.faasflow.observe.RunTimeline.InContainers;
import io.faasflow.observe.RunTimeline.State;
import io.faasflow.run.RemoteFailureException;
import io.faasflow.run.RunId;
import io.faasflow.run.RunStatus;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TimelineJsonTest {
  private static Entry entry(State state, int attempt, @Nullable Throwable failure) {
    return new Entry(
        new RunEvent.Site(3, "täsk \"1\"\n", "function", List.of(7, 0), "worker-2"),
        attempt,
        state,
        Duration.ofNanos(1),
        Duration.ofNanos(2 + attempt),
        Duration.ofDays(3),
        failure);
  }

  private static RunTimeline timeline(List<Entry> entries, List<Data> data) {
    return new RunTimeline(
        new RunId(0x0190_0000_0000_7000L, 0x8000_0000_0000_0000L),
        "orders",
        RunStatus.TIMED_OUT,
        Duration.ofDays(3),
        entries,
        17,
        data,
        List.of(
            new InContainers(
                "a", 4, new ContainerUsage(Duration.ofNanos(5), OptionalLong.of(1L << 33), 6, 7)),
            new InContainers("b", 1, ContainerUsage.NONE)));
  }

  @Test
  void timeline_writtenAndRead_isTheSame() {
    List<Entry> entries = new ArrayList<>();
    for (State state : State.values()) {
      entries.add(entry(state, entries.size(), null));
    }
    RunTimeline timeline = timeline(
        entries,
        List.of(
            new Data("a", Direction.SAVED, "heap", 3, 1L << 40, Duration.ofMillis(5)),
            new Data("a", Direction.FETCHED, "redis", 1, 0, Duration.ZERO)));
    String json = TimelineJson.write(timeline);
    assertThat(json)
        .contains("\"status\" : \"timed_out\"", "\"state\" : \"not_undone\"")
        .contains("\"took\" : " + Duration.ofDays(3).toNanos());
    assertThat(TimelineJson.read(json)).isEqualTo(timeline);
  }

  @Test
  void failure_writtenAndRead_isItsTypeAndText() {
    String json = TimelineJson.write(
        timeline(List.of(entry(State.FAILED, 1, new IOException("boom"))), List.of()));
    RunTimeline read = TimelineJson.read(json);
    assertThat(read.entries().get(0).failure())
        .isInstanceOfSatisfying(
            RemoteFailureException.class,
            failure -> assertThat(failure.type()).isEqualTo("java.io.IOException"))
        .hasMessage("java.io.IOException: boom");
    assertThat(TimelineJson.write(read)).as("again").isEqualTo(json);
  }

  @Test
  void somethingElse_read_saysWhatIsWrong() {
    String good = TimelineJson.write(timeline(List.of(entry(State.FAILED, 1, null)), List.of()));
    assertWrong("no json", "This is not JSON: ");
    assertWrong("[]", "'entries' must be a list, but there is none");
    assertWrong("", "'entries' must be a list");
    assertWrong(good.replace("\"failed\"", "\"sad\""), "'state' must be one of [completed, failed");
    assertWrong(good.replace("\"attempt\" : 1", "\"attempt\" : 1.5"), "'attempt' must be a whole");
    assertWrong(good.replace("\"orders\"", "{}"), "'workflow' must be a text, was {}");
    assertWrong("[".repeat(5_000), "This is not JSON: ");
    assertThat(TimelineJson.read(good.replace("\"dropped\"", "\"new\" : {}, \"dropped\""))
            .dropped())
        .as("unknown fields")
        .isEqualTo(17);
  }

  private static void assertWrong(String json, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TimelineJson.read(json))
        .withMessageContaining(message);
  }
}
