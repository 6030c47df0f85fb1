package io.faasflow.engine;

/** A node that another worker has completed: what is behind it comes next. */
final class Completion extends Work {
  private static final long serialVersionUID = 1L;

  private final transient Frame frame;
  private final int node;

  Completion(Frame frame, int node) {
    this.frame = frame;
    this.node = node;
  }

  @Override
  int take() {
    return compareAndSet(0, 1) ? node : -1;
  }

  @Override
  boolean isExhausted() {
    return get() != 0;
  }

  @Override
  void run(int piece, Drainer drainer) {
    drainer.resume(frame, node, null);
  }
}
