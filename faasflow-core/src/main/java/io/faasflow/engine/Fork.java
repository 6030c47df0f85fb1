package io.faasflow.engine;

/** Nodes of one frame that are ready at the same time. */
final class Fork extends Work {
  private static final long serialVersionUID = 1L;

  private final transient Frame frame;
  private final transient int[] nodes;
  private final int end;
  private final boolean permitted;

  private Fork(Frame frame, int[] nodes, int begin, int end, boolean permitted) {
    this.frame = frame;
    this.nodes = nodes;
    this.end = end;
    this.permitted = permitted;
    setPlain(begin);
  }

  /** Some nodes; the array is not copied. */
  static Fork of(Frame frame, int[] nodes, int begin, int end) {
    return new Fork(frame, nodes, begin, end, false);
  }

  /** One node. */
  static Fork of(Frame frame, int node) {
    return new Fork(frame, new int[] {node}, 0, 1, false);
  }

  /** One node that has a permit of its function's limit already. */
  static Fork permitted(Frame frame, int node) {
    return new Fork(frame, new int[] {node}, 0, 1, true);
  }

  @Override
  int take() {
    // Checked first, so that many late comers cannot make the counter overflow.
    if (isExhausted()) {
      return -1;
    }
    int piece = getAndIncrement();
    return piece < end ? piece : -1;
  }

  @Override
  boolean isExhausted() {
    return get() >= end;
  }

  @Override
  void run(int piece, Drainer drainer) {
    drainer.execute(frame, nodes[piece], permitted);
  }
}
