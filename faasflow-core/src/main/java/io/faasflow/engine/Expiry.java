package io.faasflow.engine;

import io.faasflow.observe.RunEvent;
import io.faasflow.run.TaskTimeoutException;
import org.jspecify.annotations.Nullable;

/** A task whose time is up: what follows is for a thread that may call user code. */
final class Expiry extends SingleWork {
  private static final long serialVersionUID = 1L;

  private final transient Frame frame;
  private final transient NodeCode code;
  private final transient TaskTimeoutException cause;
  private final int attempt;
  private final transient @Nullable Long start;
  private final boolean isLast;

  /**
   * @param start when the attempt began that was running; null: none was
   */
  Expiry(
      Frame frame,
      NodeCode code,
      int attempt,
      @Nullable Long start,
      TaskTimeoutException cause,
      boolean isLast) {
    this.frame = frame;
    this.code = code;
    this.attempt = attempt;
    this.start = start;
    this.cause = cause;
    this.isLast = isLast;
  }

  @Override
  void run(int piece, Drainer drainer) {
    Observation observation = frame.run.observation;
    if (observation != null && start != null && !frame.run.hasEnded()) {
      observation.attempted(frame, code, attempt, start, null, cause, RunEvent.Outcome.TIMED_OUT);
    }
    if (isLast && start == null) {
      frame.run.engine.admitPastWhatIsOver(); // it may be waiting for room, and holding others up
    }
    drainer.attemptFailed(frame, code, attempt, cause, isLast);
  }
}
