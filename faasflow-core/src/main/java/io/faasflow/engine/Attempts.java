package io.faasflow.engine;

import io.faasflow.function.RetryPolicy;
import io.faasflow.function.TaskPolicy;
import io.faasflow.observe.LogContext;
import io.faasflow.run.RunId;
import io.faasflow.run.TaskTimeoutException;
import io.faasflow.time.FlowClock.Alarm;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The attempts of one task in one frame, where it has a {@link TaskPolicy}.
 *
 * <p>An attempt ends once: by the thread that runs it, or by an alarm that finds it running. Who
 * ends it, and nobody else, decides what comes next; the loser leaves everything alone. The monitor
 * guards all fields, and the node's status until the task is over: or a thread that is late could take
 * a node that is done for one that executes. While it is held, a drainer may be interrupted, and no
 * user code is called. {@code over} goes from false to true once, and may be read without it.
 */
final class Attempts {
  private static final Logger LOG = LoggerFactory.getLogger(Attempts.class);

  private final Frame frame;
  private final NodeCode code;
  private final TaskPolicy policy;
  private final long startNanos;
  private int number;
  private long attemptNanos; // when the attempt began, where somebody listens
  private boolean running;
  private volatile boolean over; // no attempt will begin any more
  private @Nullable Drainer drainer;
  private @Nullable Alarm attemptAlarm;
  private @Nullable Alarm totalAlarm;
  private @Nullable Map<Integer, FunctionThreads.StandIn>
      standIns; // by attempt: of those that are late

  Attempts(Frame frame, NodeCode code, TaskPolicy policy) {
    this.frame = frame;
    this.code = code;
    this.policy = policy;
    this.startNanos = frame.run.engine.clock().nanos();
  }

  private long now() {
    Observation observation = frame.run.observation;
    return observation == null ? 0 : observation.now();
  }

  /** Begins to count the time of the whole task. */
  void start() {
    policy.totalTimeout().ifPresent(total -> {
      Alarm alarm = frame.run.schedule(total, () -> expireAll(total));
      synchronized (this) {
        totalAlarm = alarm;
      }
    });
  }

  /** Begins an attempt on the calling drainer. Gives its number, or 0 when there is to be none. */
  int begin(Drainer by) {
    by.enter(this); // before it can be timed out
    int mine;
    synchronized (this) {
      if (over) {
        return 0;
      }
      mine = ++number;
      frame.executing(code.id);
      attemptNanos = now();
      running = true;
      drainer = by;
    }
    policy.timeout().ifPresent(timeout -> {
      Alarm alarm = frame.run.schedule(timeout, () -> expire(mine, timeout));
      boolean isWanted;
      synchronized (this) {
        isWanted = isRunning(mine); // else it is over, and the alarm of the next may be known
        attemptAlarm = isWanted ? alarm : attemptAlarm;
      }
      if (!isWanted) {
        alarm.cancel();
      }
    });
    return mine;
  }

  /**
   * How long to wait for the next attempt after one that failed; null: the policy has no other. Asks user
   * code.
   */
  @Nullable
  Duration waitAfter(int attempt, Throwable failure) {
    RetryPolicy retry = policy.retry().orElse(null);
    if (retry == null || attempt >= retry.maxAttempts()) {
      return null;
    }
    try {
      if (!retry.retries(failure)) {
        return null;
      }
    } catch (Throwable e) {
      String text = "The retry condition of {} failed, so that it is not tried again";
      about(attempt, () -> LOG.warn(text, code, e));
      return null;
    }
    Duration wait = retry.delayAfter(attempt, chance(attempt));
    boolean inTime = policy
        .totalTimeout()
        .map(total -> elapsed().plus(wait).compareTo(total) < 0)
        .orElse(true);
    return inTime ? wait : null;
  }

  /** From 0 to 1: different for each attempt, instance and run, the same when looked at again. */
  private double chance(int attempt) {
    RunId id = frame.run.ref.id();
    long seed = id.high() ^ Long.rotateLeft(id.low(), 17);
    seed = seed * 31 + frame.instancePath().hashCode();
    seed = seed * 31 + code.id;
    return new SplittableRandom(seed * 31 + attempt).nextDouble();
  }

  /** The task is to wait for its next attempt. False when its time is up: there is to be none. */
  boolean awaitNext(int failed, Duration wait, Throwable failure) {
    synchronized (this) {
      if (over) {
        return false;
      }
      frame.ready(code.id);
    }
    if (LOG.isDebugEnabled()) {
      String text = "Attempt {} of {} in run {} failed; the next is in {}";
      about(failed, () -> LOG.debug(text, failed, code, frame.run.ref.id(), wait, failure));
    }
    return true;
  }

  /** Writes lines about an attempt that is over. */
  private void about(int attempt, Runnable lines) {
    RunState run = frame.run;
    LogContext.about(
        run.ref.id(),
        run.deployment.workflow(),
        code.node.name(),
        frame.instancePath(),
        attempt,
        lines);
  }

  /**
   * The function of an attempt has returned. For the drainer that runs it, which has left it.
   *
   * @param finished whether there is to be no other attempt
   * @return false when the attempt had been ended before, so that what it gave is of no use
   */
  boolean end(int attempt, boolean finished) {
    Alarm pending;
    Alarm pendingTotal = null;
    FunctionThreads.StandIn replaced;
    boolean won;
    synchronized (this) {
      won = running && number == attempt;
      pending = won ? attemptAlarm : null;
      replaced = won || standIns == null ? null : standIns.remove(attempt);
      if (won) {
        running = false;
        drainer = null;
        if (finished) {
          over = true;
          pendingTotal = totalAlarm;
        }
      }
    }
    cancel(pending);
    cancel(pendingTotal);
    if (replaced != null) {
      replaced.close();
    }
    return won;
  }

  private static void cancel(@Nullable Alarm alarm) {
    if (alarm != null) {
      alarm.cancel();
    }
  }

  /** No attempt will begin any more: the task has failed. False when that was so already. */
  boolean giveUp() {
    Alarm pending;
    synchronized (this) {
      if (over) {
        return false;
      }
      over = true;
      pending = totalAlarm;
    }
    cancel(pending);
    return true;
  }

  boolean isOver() {
    return over;
  }

  synchronized boolean isRunning(int attempt) {
    return running && number == attempt;
  }

  /** On the clock's thread: an attempt has taken too long. */
  private void expire(int attempt, Duration timeout) {
    long start;
    synchronized (this) {
      if (!running || number != attempt) {
        return;
      }
      start = attemptNanos;
      abandon();
    }
    offer(attempt, start, new TaskTimeoutException(code.node.name(), "timeout", timeout), false);
  }

  /** On the clock's thread: the task has taken too long, whether it runs or waits. */
  private void expireAll(Duration timeout) {
    int attempt;
    Long start = null;
    Alarm pending;
    synchronized (this) {
      if (over) {
        return;
      }
      over = true;
      pending = attemptAlarm;
      attempt = Math.max(1, number);
      if (running) {
        start = attemptNanos;
        abandon();
      }
    }
    cancel(pending);
    offer(
        attempt, start, new TaskTimeoutException(code.node.name(), "total timeout", timeout), true);
  }

  /** Interrupts the function, and lets another thread take the place of its own till it returns. */
  private void abandon() {
    running = false;
    Drainer busy = drainer;
    drainer = null;
    if (busy != null) {
      standIns = standIns == null ? new HashMap<>(2) : standIns;
      standIns.put(number, frame.run.engine.ready().standInFor(busy));
      busy.interrupt(this);
    }
  }

  private void offer(
      int attempt, @Nullable Long start, TaskTimeoutException cause, boolean isLast) {
    frame.run.engine.offer(new Expiry(frame, code, attempt, start, cause, isLast));
  }

  /** How long the task has taken so far. */
  Duration elapsed() {
    return Duration.ofNanos(frame.run.engine.clock().nanos() - startNanos);
  }
}
