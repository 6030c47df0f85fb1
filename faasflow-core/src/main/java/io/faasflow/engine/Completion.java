package io.faasflow.engine;

/** A node that another worker has completed: what is behind it comes next. */
final class Completion extends SingleWork {
  private static final long serialVersionUID = 1L;

  private final transient Frame frame;
  private final int node;

  Completion(Frame frame, int node) {
    this.frame = frame;
    this.node = node;
  }

  @Override
  void run(int piece, Drainer drainer) {
    drainer.resume(frame, node, null);
  }
}
