package io.faasflow.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of starts and removals where there are no threads. */
class ErrandsTest {
  private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
  private final AtomicInteger failures = new AtomicInteger();
  private final Errands errands = new Errands(2, this::thread, timer);

  @AfterEach
  void stop() {
    errands.shutdown();
    timer.shutdownNow();
  }

  /** A thread as on a machine that has no room for so many more. */
  private Thread thread(Runnable task) {
    return new Thread(task) {
      @Override
      public synchronized void start() {
        if (failures.getAndDecrement() > 0) {
          throw new OutOfMemoryError("unable to create native thread");
        }
        super.start();
      }
    };
  }

  @Test
  void execute_whereNoThreadCanBeStarted_isDoneOnceThereIsOne() throws Exception {
    failures.set(4);
    List<CompletableFuture<Thread>> done = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      CompletableFuture<Thread> one = new CompletableFuture<>();
      done.add(one);
      errands.execute(() -> assertThat(one.complete(Thread.currentThread())).isTrue());
    }
    for (CompletableFuture<Thread> one : done) {
      assertThat(one.get(60, TimeUnit.SECONDS)).isNotSameAs(Thread.currentThread());
    }
  }

  @Test
  void execute_afterTheEnd_isDoneAtOnce() {
    errands.shutdown();
    List<Thread> by = new ArrayList<>();
    errands.execute(() -> by.add(Thread.currentThread()));
    timer.shutdownNow();
    failures.set(1);
    errands.execute(() -> by.add(Thread.currentThread()));
    assertThat(by).containsExactly(Thread.currentThread(), Thread.currentThread());
  }
}
