package io.faasflow.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FlowClockTest {
  @Test
  void virtual_advance_actsInOrderEachAtItsTime() {
    VirtualClock clock = new VirtualClock(Instant.parse("2026-01-01T00:00:00Z"));
    List<String> seen = new ArrayList<>();
    clock.schedule(Duration.ofHours(2), () -> seen.add("b " + clock.instant()));
    clock.schedule(Duration.ofHours(1), () -> {
      seen.add("a " + clock.instant());
      clock.schedule(Duration.ofMinutes(30), () -> seen.add("nested " + clock.instant()));
    });
    clock.schedule(Duration.ofHours(2), () -> seen.add("c " + clock.instant()));
    clock.schedule(Duration.ofHours(1), () -> seen.add("never")).cancel();
    clock.advance(Duration.ofMinutes(59));
    assertThat(seen).isEmpty();
    clock.advance(Duration.ofMinutes(61));
    assertThat(seen)
        .containsExactly(
            "a 2026-01-01T01:00:00Z",
            "nested 2026-01-01T01:30:00Z",
            "b 2026-01-01T02:00:00Z",
            "c 2026-01-01T02:00:00Z");
    assertThat(clock.nanos()).isEqualTo(Duration.ofHours(2).toNanos());
  }

  @Test
  void virtual_advanceToNext_goesStepByStep() {
    VirtualClock clock = new VirtualClock();
    List<Long> seen = new ArrayList<>();
    clock.schedule(Duration.ofSeconds(Long.MAX_VALUE), () -> seen.add(clock.nanos()));
    clock.schedule(Duration.ofNanos(5), () -> seen.add(clock.nanos()));
    clock.schedule(Duration.ofNanos(-5), () -> seen.add(clock.nanos()));
    while (clock.advanceToNext()) {
      // until nothing is left
    }
    assertThat(seen).containsExactly(0L, 5L, Long.MAX_VALUE);
  }

  @Test
  void system_schedule_actsAfterItsTimeAndSurvivesFailures() throws Exception {
    try (FlowClock clock = FlowClock.system()) {
      CountDownLatch acted = new CountDownLatch(2);
      clock.schedule(Duration.ZERO, () -> {
        throw new IllegalStateException("is logged");
      });
      clock.schedule(Duration.ofSeconds(Long.MIN_VALUE), acted::countDown);
      long start = clock.nanos();
      clock.schedule(Duration.ofMillis(5), acted::countDown);
      clock.schedule(Duration.ofMillis(1), () -> acted.countDown()).cancel();
      acted.await();
      assertThat(clock.nanos() - start).isGreaterThanOrEqualTo(5_000_000);
    }
  }

  @Test
  void schedule_onAClosedClock_isRefused() {
    for (FlowClock clock : List.of(FlowClock.system(), new VirtualClock())) {
      clock.close();
      clock.close();
      assertThatThrownBy(() -> clock.schedule(Duration.ZERO, () -> {}))
          .isInstanceOf(RejectedExecutionException.class);
    }
  }
}
