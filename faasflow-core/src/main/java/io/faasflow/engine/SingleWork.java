package io.faasflow.engine;

/** Work of one piece, which can be taken once. */
abstract class SingleWork extends Work {
  private static final long serialVersionUID = 1L;

  @Override
  final int take() {
    return compareAndSet(0, 1) ? 0 : -1;
  }

  @Override
  final boolean isExhausted() {
    return get() != 0;
  }
}
