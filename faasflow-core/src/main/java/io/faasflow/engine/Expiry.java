package io.faasflow.engine;

import io.faasflow.run.TaskTimeoutException;

/** A task whose time is up: what follows is for a thread that may call user code. */
final class Expiry extends Work {
  private static final long serialVersionUID = 1L;

  private final transient Frame frame;
  private final transient NodeCode code;
  private final transient TaskTimeoutException cause;
  private final int attempt;
  private final boolean isLast;

  Expiry(Frame frame, NodeCode code, int attempt, TaskTimeoutException cause, boolean isLast) {
    this.frame = frame;
    this.code = code;
    this.attempt = attempt;
    this.cause = cause;
    this.isLast = isLast;
  }

  @Override
  int take() {
    return compareAndSet(0, 1) ? attempt : -1;
  }

  @Override
  boolean isExhausted() {
    return get() != 0;
  }

  @Override
  void run(int piece, Drainer drainer) {
    drainer.attemptFailed(frame, code, attempt, cause, isLast);
  }
}
