package io.faasflow.engine;

import io.faasflow.run.TaskTimeoutException;
import io.faasflow.time.FlowClock.Alarm;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One call of a compensation. It ends once: by the thread that makes it, or by an alarm that finds it
 * running. Who ends it, and nobody else, goes on with the {@link Undoing}.
 *
 * <p>The monitor guards all fields that change. The thread is interrupted while it is held, so only
 * within its call.
 */
final class UndoCall {
  private final WorkerEngine engine;
  private final Effects.Effect effect;
  private final int attempt;
  private final Drainer drainer;
  private final Consumer<UndoCall> whenExpired;
  private final Thread thread = Thread.currentThread();
  private final long startNanos;
  private final Optional<Duration> timeout;
  private @Nullable Alarm alarm;
  private boolean running = true;
  private FunctionThreads.@Nullable StandIn standIn; // while it goes on after its time

  /**
   * For the thread that makes it.
   *
   * @param whenExpired is told on the clock's thread that its time was up
   */
  UndoCall(
      WorkerEngine engine,
      Effects.Effect effect,
      int attempt,
      Drainer drainer,
      Consumer<UndoCall> whenExpired) {
    this.engine = engine;
    this.effect = effect;
    this.attempt = attempt;
    this.drainer = drainer;
    this.whenExpired = whenExpired;
    this.startNanos = engine.clock().nanos();
    this.timeout = Optional.ofNullable(effect.code().policy).flatMap(policy -> policy.timeout());
  }

  Effects.Effect effect() {
    return effect;
  }

  /** When it began, by the engine's clock. */
  long startNanos() {
    return startNanos;
  }

  /** What it failed for, when its time was up. */
  TaskTimeoutException timedOut() {
    return TaskTimeoutException.ofCompensation(effect.code().node.name(), timeout.orElseThrow());
  }

  /** What the compensation throws; null: it has undone what was done. */
  @Nullable
  Throwable make() {
    timeout.ifPresent(this::setAlarm);
    drainer.undoes(true);
    try {
      effect.code().undo(effect, attempt, this);
      return null;
    } catch (Throwable e) {
      return e;
    } finally {
      drainer.undoes(false);
    }
  }

  private void setAlarm(Duration time) {
    Alarm set;
    try {
      set = engine.clock().schedule(time, this::expire);
    } catch (RejectedExecutionException e) {
      return; // the runtime is closed, and waits for this for as long as it says
    }
    synchronized (this) {
      alarm = set;
    }
  }

  private void expire() {
    synchronized (this) {
      if (!running) {
        return;
      }
      running = false;
      standIn = engine.ready().standInFor(drainer);
      thread.interrupt();
    }
    whenExpired.accept(this);
  }

  /** The compensation has returned. For its thread; false when its time was up before. */
  boolean end() {
    Alarm pending;
    FunctionThreads.StandIn replaced;
    boolean won;
    synchronized (this) {
      won = running;
      running = false;
      pending = alarm;
      replaced = standIn;
    }
    boolean ignored = Thread.interrupted(); // what it leaves behind is not for what runs next
    if (pending != null) {
      pending.cancel();
    }
    if (replaced != null) {
      replaced.close();
    }
    return won;
  }

  synchronized boolean isRunning() {
    return running;
  }
}
