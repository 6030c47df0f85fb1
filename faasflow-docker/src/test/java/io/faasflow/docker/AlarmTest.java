package io.faasflow.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AlarmTest {
  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

  /** Runs nothing by itself in the time of a test. */
  private static final class Timer extends ScheduledThreadPoolExecutor {
    private final Deque<Runnable> tasks = new ArrayDeque<>();

    Timer() {
      super(1);
      setRemoveOnCancelPolicy(true);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
      tasks.addLast(task);
      return super.schedule(task, 1, TimeUnit.DAYS);
    }
  }

  private final Timer timer = new Timer();
  private int rings;
  private final Alarm alarm = new Alarm(timer, () -> rings++);

  @AfterEach
  void close() {
    timer.shutdownNow();
  }

  private void look() {
    timer.tasks.removeFirst().run();
  }

  @Test
  void timeThatIsUp_rings_once() {
    alarm.set(System.nanoTime());
    look();
    assertThat(rings).isEqualTo(1);
    alarm.set(System.nanoTime() + MINUTE);
    look();
    assertThat(rings).isEqualTo(1);
  }

  @Test
  void whatIsDoneInTime_doesNotRing() {
    alarm.set(System.nanoTime());
    alarm.clear();
    look();
    assertThat(rings).isZero();
    assertThat(timer.tasks).isEmpty();
  }

  @Test
  void oneLook_isForAllThatComesUntilThen() {
    for (int i = 0; i < 100; i++) {
      alarm.set(System.nanoTime() + MINUTE);
      alarm.clear();
    }
    assertThat(timer.tasks).hasSize(1);
    alarm.set(System.nanoTime() + MINUTE);
    look(); // of the first, when the last one has time left
    assertThat(rings).isZero();
    assertThat(timer.tasks).hasSize(1);
  }

  @Test
  void nearerTime_isLookedAtInTime() {
    alarm.set(System.nanoTime() + MINUTE);
    alarm.clear();
    alarm.set(System.nanoTime());
    assertThat(timer.tasks).hasSize(2);
    assertThat(timer.getQueue()).hasSize(1);
    timer.tasks.removeFirst();
    look();
    assertThat(rings).isEqualTo(1);
  }

  @Test
  void cancelled_leavesNothing() {
    alarm.set(System.nanoTime());
    alarm.cancel();
    assertThat(timer.getQueue()).isEmpty();
    look(); // it may have begun
    assertThat(rings).isZero();
  }

  @Test
  void realTimer_ringsWhenTheTimeIsUp() throws InterruptedException {
    ScheduledThreadPoolExecutor real = new ScheduledThreadPoolExecutor(1);
    try {
      CountDownLatch rung = new CountDownLatch(1);
      Alarm watch = new Alarm(real, rung::countDown);
      long start = System.nanoTime();
      watch.set(start + TimeUnit.HOURS.toNanos(1));
      watch.clear();
      watch.set(start + TimeUnit.MILLISECONDS.toNanos(20));
      assertThat(rung.await(1, TimeUnit.MINUTES)).isTrue();
      assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(20_000_000);
    } finally {
      real.shutdownNow();
    }
  }
}
