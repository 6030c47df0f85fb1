package io.faasflow.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.faasflow.time.VirtualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StepsTest {
  private final VirtualClock clock = new VirtualClock();
  private final Steps steps = new Steps(clock, 1);
  private final List<String> log = new ArrayList<>();

  @AfterEach
  void close() {
    steps.close();
  }

  private void sleep(Duration time) {
    try {
      steps.sleep(time);
    } catch (InterruptedException e) {
      log.add("interrupted");
    }
  }

  @Test
  void run_withNothingLeft_saysWhetherItIsOver() {
    steps.execute(() -> log.add("step"));
    assertThat(steps.run(() -> false)).isFalse();
    assertThat(steps.run(() -> true)).isTrue();
    assertThat(log).containsExactly("step");
  }

  @Test
  void sleep_ofSeveral_wakesEachAtItsTimeWhileOthersRun() {
    for (int minutes : new int[] {5, 3, 1, 3}) {
      steps.execute(() -> {
        sleep(Duration.ofMinutes(minutes));
        log.add(minutes + " at " + clock.instant().getEpochSecond() / 60);
      });
    }
    assertThat(steps.run(() -> true)).isTrue();
    assertThat(log).containsExactly("1 at 1", "3 at 3", "3 at 3", "5 at 5");
  }

  @Test
  void sleep_ofTheCallerAmongOthers_endsOnTheCaller() {
    Thread caller = Thread.currentThread();
    List<Thread> threads = new ArrayList<>();
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 20; i++) {
        int seconds = i * 7 % 20;
        steps.execute(() -> {
          sleep(Duration.ofSeconds(seconds));
          sleep(Duration.ofSeconds(20 - seconds));
          threads.add(Thread.currentThread());
        });
      }
      assertThat(steps.run(() -> true)).isTrue();
      assertThat(Thread.currentThread()).isSameAs(caller);
    }
    assertThat(threads).hasSize(60).contains(caller);
    assertThat(clock.nanos()).isEqualTo(Duration.ofMinutes(1).toNanos());
  }

  @Test
  void sleep_interrupted_endsAtOnceAndClearsTheInterrupt() {
    List<Thread> sleepers = new ArrayList<>();
    steps.execute(() -> {
      sleepers.add(Thread.currentThread());
      sleep(Duration.ofHours(1));
      log.add("after " + clock.nanos() + " " + Thread.currentThread().isInterrupted());
    });
    AtomicBoolean done = new AtomicBoolean();
    steps.execute(() -> {
      sleep(Duration.ZERO);
      sleepers.get(0).interrupt();
      done.set(true);
    });
    assertThat(steps.run(done::get)).isTrue();
    assertThat(log).containsExactly("interrupted", "after 0 false");
  }

  @Test
  void interrupt_ofTheIdleCaller_reachesTheFunctionThatRuns() {
    Thread caller = Thread.currentThread();
    for (int i = 0; i < 2; i++) {
      steps.execute(() -> {
        boolean isCaller = Thread.currentThread() == caller;
        sleep(Duration.ofSeconds(isCaller ? 1 : 2));
        if (!isCaller) {
          caller.interrupt();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            log.add("reached");
          }
        }
      });
    }
    assertThat(steps.run(() -> true)).isTrue();
    assertThat(log).containsExactly("reached");
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void sleep_outsideOfAStep_isRefused() {
    assertThatIllegalStateException().isThrownBy(() -> steps.sleep(Duration.ofSeconds(1)));
  }

  @Test
  void run_inAStep_isRefused() {
    steps.execute(() -> {
      try {
        boolean ignored = steps.run(() -> true);
      } catch (IllegalStateException e) {
        log.add(String.valueOf(e.getMessage()));
      }
    });
    assertThat(steps.run(() -> true)).isTrue();
    assertThat(log).containsExactly("Steps are being run already");
  }

  @Test
  void run_ofAStepThatThrows_throwsOnTheCallerAlsoFromAnotherThread() {
    steps.execute(() -> sleep(Duration.ofHours(1)));
    steps.execute(() -> {
      sleep(Duration.ofMinutes(1));
      throw new IllegalArgumentException("broken");
    });
    assertThatIllegalStateException()
        .isThrownBy(() -> steps.run(() -> true))
        .withCauseInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void close_afterAStepThatThrew_endsSleepersToo() {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      steps.execute(() -> {
        threads.add(Thread.currentThread());
        sleep(Duration.ofHours(1));
      });
    }
    steps.execute(() -> {
      sleep(Duration.ofMinutes(1));
      throw new IllegalArgumentException("broken");
    });
    assertThatIllegalStateException().isThrownBy(() -> steps.run(() -> true));
    steps.close();
    assertThat(threads).hasSize(5);
    assertThat(threads).filteredOn(one -> one != Thread.currentThread()).noneMatch(Thread::isAlive);
    assertThat(log).hasSizeBetween(5, 6).containsOnly("interrupted");
  }
}
