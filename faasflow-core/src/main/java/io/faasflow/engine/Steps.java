package io.faasflow.engine;

import io.faasflow.time.FlowClock;
import io.faasflow.time.VirtualClock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs engines one step at a time, in an order that a seed decides, in virtual time. An engine that
 * is given this in place of threads makes a step of each node that is ready, of each message (see
 * {@link #transport()}) and of each item of a foreach; {@link #run} draws the next one, and lets time
 * pass when there is none.
 *
 * <p>One step runs at any time, and as long as no function sleeps, all of them run on the thread that
 * calls {@link #run}. A function that {@linkplain #sleep sleeps} keeps its thread, while the steps go
 * on in another one. So a thread is running, or sleeping in a function, or idle in {@link #loop}; the
 * <em>turn</em> to run is handed from thread to thread, and who has it may touch all fields. Handing
 * over goes through a volatile field, which orders what both do.
 */
public final class Steps implements Executor, AutoCloseable {
  /** A thread that takes part. */
  private final class Turn {
    private final Thread thread;
    private volatile boolean mine;

    Turn(Thread thread) {
      this.thread = thread;
    }

    void give() {
      mine = true;
      LockSupport.unpark(thread);
    }

    /**
     * Waits for the turn in a function that sleeps. An interrupt stays pending, for whoever has the turn
     * to see it; until it has, this thread spins.
     */
    void awaitAsleep() {
      while (!mine) {
        if (thread.isInterrupted()) {
          Thread.onSpinWait();
        } else {
          LockSupport.park(this);
        }
      }
      mine = false;
    }

    /**
     * Waits for the turn outside of any function. An interrupt is for the function that runs meanwhile:
     * a test's timeout, say, that finds the function blocked.
     */
    void awaitIdle() {
      while (!mine) {
        Turn other = running;
        if (Thread.interrupted() && other != null && other != this) {
          other.thread.interrupt();
        }
        if (!mine) {
          LockSupport.park(this);
        }
      }
      mine = false;
    }
  }

  /** A function that lets time pass. */
  private record Sleeper(Turn turn, FlowClock.Alarm alarm) {}

  private static final Duration LONGEST_END = Duration.ofSeconds(5);

  private final VirtualClock clock;
  private final SplittableRandom chance;
  private final List<Runnable> ready = new ArrayList<>();
  private final List<Sleeper> sleepers = new ArrayList<>();
  private final Deque<Turn> idle = new ArrayDeque<>();
  private @Nullable Turn caller; // of run(); null: nobody runs steps
  private volatile @Nullable Turn running;
  private BooleanSupplier isOver = () -> true;
  private @Nullable Throwable failure;
  private boolean closed;
  private int threads;

  /**
   * @param clock moved on when nothing is ready; for this alone
   */
  public Steps(VirtualClock clock, long seed) {
    this.clock = Objects.requireNonNull(clock, "clock");
    this.chance = new SplittableRandom(seed);
  }

  /** A transport between workers that makes a step of each message. */
  public WorkerTransport transport() {
    DirectTransport direct = new DirectTransport();
    return new WorkerTransport() {
      @Override
      public void register(String worker, java.util.function.Consumer<Message> receiver) {
        direct.register(worker, receiver);
      }

      @Override
      public int send(String worker, Message message) {
        execute(() -> {
          int ignored = direct.send(worker, message);
        });
        return 0;
      }

      @Override
      public void close() {
        direct.close();
      }
    };
  }

  /** Adds a step. For the thread that calls {@link #run}, and for steps. */
  @Override
  public void execute(Runnable step) {
    ready.add(Objects.requireNonNull(step, "step"));
  }

  /** All pieces of a work become steps. */
  void add(WorkerEngine engine, Work work) {
    for (int next = work.take(); next >= 0; next = work.take()) {
      int piece = next;
      execute(() -> engine.ready().step(work, piece));
    }
  }

  /**
   * Runs steps, and lets time pass where there are none, until it is over and no step and no sleeping
   * function is left.
   *
   * @param until whether it is over
   * @return false when it is not over, but there is nothing to run and nothing to wait for
   * @throws IllegalStateException when steps are being run already
   */
  public boolean run(BooleanSupplier until) {
    if (caller != null) {
      throw new IllegalStateException("Steps are being run already");
    }
    Turn own = new Turn(Thread.currentThread());
    caller = own;
    running = own;
    isOver = until;
    try {
      loop(own);
      if (failure != null) {
        throw new IllegalStateException("A step has failed, which it must not", failure);
      }
      return until.getAsBoolean();
    } finally {
      caller = null;
      running = null;
      failure = null;
      idle.remove(own);
    }
  }

  /** Whether steps are being run. */
  public boolean isRunning() {
    return caller != null;
  }

  /** Has the turn when it begins and when it ends. */
  private void loop(Turn own) {
    boolean goesOn = true;
    while (goesOn && !closed && failure == null) {
      try {
        goesOn = next(own);
      } catch (RuntimeException | Error e) {
        failure = e;
      }
    }
    Turn first = caller;
    if (first != null && first != own && !closed) {
      idle.remove(first); // where it is, since no function sleeps any more
      handOver(own, first);
    }
  }

  private boolean next(Turn own) {
    for (Sleeper sleeper : sleepers) {
      if (sleeper.turn().thread.isInterrupted()) {
        sleeper.alarm().cancel();
        wake(own, sleeper.turn());
        return true;
      }
    }
    if (!ready.isEmpty()) {
      int index = chance.nextInt(ready.size());
      Runnable step = ready.get(index);
      Runnable last = ready.remove(ready.size() - 1);
      if (last != step) {
        ready.set(index, last);
      }
      step.run();
      return true;
    }
    if ((isOver.getAsBoolean() && sleepers.isEmpty()) || !clock.advanceToNext()) {
      return false;
    }
    clock.advance(Duration.ZERO); // what is due at the same time is ready at the same time
    return true;
  }

  /**
   * Lets virtual time pass in the calling function, while others run.
   *
   * @throws InterruptedException when the function is interrupted
   * @throws IllegalStateException when no step is running on this thread
   */
  public void sleep(Duration time) throws InterruptedException {
    Turn own = running;
    if (own == null || own.thread != Thread.currentThread()) {
      throw new IllegalStateException(
          "Only a function that is running can let time pass, on the" + " thread that called it");
    }
    if (Thread.interrupted()) {
      throw new InterruptedException("interrupted before it could sleep");
    }
    FlowClock.Alarm alarm = clock.schedule(time, () -> {
      execute(() -> {
        Turn now = Objects.requireNonNull(running);
        wake(now, own);
      });
    });
    sleepers.add(new Sleeper(own, alarm));
    Turn other = idle.poll();
    if (other == null) {
      other = start();
    }
    running = other;
    other.give();
    own.awaitAsleep();
    boolean woken = !sleepers.removeIf(sleeper -> sleeper.turn() == own);
    if (Thread.interrupted() || !woken) {
      throw new InterruptedException("interrupted while it slept");
    }
  }

  private void wake(Turn own, Turn sleeping) {
    if (!sleepers.removeIf(sleeper -> sleeper.turn() == sleeping)) {
      return; // an interrupt was faster
    }
    handOver(own, sleeping);
  }

  /** The thread has the turn, and is idle until it has it again. */
  private void handOver(Turn own, Turn to) {
    idle.add(own);
    running = to;
    to.give();
    own.awaitIdle();
  }

  private Turn start() {
    Turn[] made = new Turn[1];
    Thread thread = new Thread(
        () -> {
          Turn own = made[0];
          own.awaitIdle();
          while (!closed) {
            loop(own);
          }
        },
        "faasflow-steps-" + ++threads);
    thread.setDaemon(true);
    made[0] = new Turn(thread);
    thread.start();
    return made[0];
  }

  /**
   * Ends the threads that were needed. A function can sleep still only where a step has failed; it is
   * interrupted. A second call does nothing.
   */
  @Override
  public void close() {
    closed = true;
    List<Turn> turns = new ArrayList<>(idle);
    idle.clear();
    sleepers.forEach(sleeper -> turns.add(sleeper.turn()));
    // One after the other: each may touch what the next one does.
    for (Turn turn : turns) {
      if (turn.thread != Thread.currentThread()) {
        turn.give();
        join(turn.thread);
      }
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join(LONGEST_END.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the threads are daemons, and end as well without us
    }
  }
}
