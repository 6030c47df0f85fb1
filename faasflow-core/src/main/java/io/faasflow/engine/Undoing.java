package io.faasflow.engine;

import io.faasflow.function.RetryPolicy;
import io.faasflow.observe.LogContext;
import io.faasflow.run.RunId;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Undoes what was done in a run that did not complete: one after the other, the last first. Each is
 * tried as often as its task may be, and may take as long as an attempt of its task; what cannot be
 * undone is told, and the rest goes on.
 *
 * <p>At any time one thread has it: the one that runs it, or the clock's that offers it again. A thread
 * whose call has expired has it no more.
 */
final class Undoing {
  private static final Logger LOG = LoggerFactory.getLogger(Undoing.class);

  /**
   * Goes on with it on a thread for functions. A new one each time: a thread that looked for work, and
   * found that this one was taken, may still be about to remove it from the queue.
   */
  private static final class Turn extends SingleWork {
    private static final long serialVersionUID = 1L;

    private final transient Undoing undoing;
    private final transient @Nullable UndoCall expired; // of the first that is left

    Turn(Undoing undoing, @Nullable UndoCall expired) {
      this.undoing = undoing;
      this.expired = expired;
    }

    @Override
    void run(int piece, Drainer drainer) {
      undoing.goOn(expired, drainer);
    }
  }

  private final WorkerEngine engine;
  private final Deque<Effects.Effect> left = new ArrayDeque<>();
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private final Consumer<List<Throwable>> whenDone;
  private final AtomicBoolean told = new AtomicBoolean();
  private int attempt = 1; // of the first that is left

  /**
   * @param whenDone takes what could not be undone; called once
   */
  Undoing(WorkerEngine engine, List<Effects.Effect> effects, Consumer<List<Throwable>> whenDone) {
    this.engine = engine;
    this.whenDone = whenDone;
    left.addAll(Effects.Effect.lastFirst(effects));
  }

  /** For what nobody waits for. */
  static void late(WorkerEngine engine, List<Effects.Effect> effects) {
    if (!effects.isEmpty()) {
      new Undoing(engine, effects, failures -> {}).begin();
    }
  }

  /** Goes on, or begins. */
  void begin() {
    engine.offer(new Turn(this, null));
  }

  private void goOn(@Nullable UndoCall late, Drainer drainer) {
    drainer.leave(); // interrupts of the run are not meant for this
    boolean goesOn = late == null || ended(late, late.timedOut());
    while (goesOn && !left.isEmpty()) {
      UndoCall call = new UndoCall(engine, left.getFirst(), attempt, drainer, this::expire);
      Throwable failure = call.make();
      if (!call.end()) {
        return; // another thread has this
      }
      goesOn = ended(call, failure);
    }
    if (goesOn) {
      done();
    }
  }

  /** On the clock's thread, which has this now: what comes next may call user code. */
  private void expire(UndoCall call) {
    engine.offer(new Turn(this, call));
  }

  /** False when the next is to be undone later, and not by this thread. */
  private boolean ended(UndoCall call, @Nullable Throwable failure) {
    Effects.Effect effect = call.effect();
    tell(effect, call.startNanos(), failure);
    if (failure != null && triesAgain(effect, failure)) {
      return false;
    }
    if (failure != null) {
      warn(effect, failure);
      failures.add(failure);
    }
    left.removeFirst();
    attempt = 1;
    return true;
  }

  private void warn(Effects.Effect effect, Throwable failure) {
    RunState run = effect.run();
    RunId id = run.ref.id();
    String task = effect.code().node.name();
    LogContext.about(
        id,
        run.deployment.workflow(),
        task,
        effect.instance(),
        attempt,
        () -> LOG.warn("What {} did in run {} was not undone", task, id, failure));
  }

  private void tell(Effects.Effect effect, long start, @Nullable Throwable failure) {
    Observation observation = effect.run().observation;
    if (observation != null) {
      observation.compensated(effect, attempt, start, failure);
    }
  }

  private boolean triesAgain(Effects.Effect effect, Throwable failure) {
    RetryPolicy retry =
        effect.code().policy == null ? null : effect.code().policy.retry().orElse(null);
    if (retry == null || attempt >= retry.maxAttempts() || !retries(retry, failure)) {
      return false;
    }
    Duration wait = retry.delayAfter(attempt, 0.5);
    attempt++;
    try {
      engine.clock().schedule(wait, this::begin);
      return true;
    } catch (RejectedExecutionException e) {
      attempt--;
      return false; // the runtime is closed
    }
  }

  private static boolean retries(RetryPolicy retry, Throwable failure) {
    try {
      return retry.retries(failure);
    } catch (Throwable e) {
      return false;
    }
  }

  private void done() {
    if (told.compareAndSet(false, true)) {
      whenDone.accept(failures);
    }
  }

  /** Nobody waits any longer; what is being undone goes on by itself. */
  void giveUp(String reason) {
    if (told.compareAndSet(false, true)) {
      failures.add(new IllegalStateException("Not everything was undone in time: " + reason));
      whenDone.accept(failures);
    }
  }
}
