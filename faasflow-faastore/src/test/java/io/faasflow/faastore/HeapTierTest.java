package io.faasflow.faastore;

/** The tier that stands in where there is none. */
class HeapTierTest extends RemoteTierContract {
  private HeapTier heap;

  @Override
  protected RemoteTier newTier() {
    heap = new HeapTier();
    return heap;
  }

  @Override
  protected long leftBehind() {
    return heap.runs();
  }

  /** Not a test here: its futures are complete when they are given out, so that none can be cancelled. */
  @Override
  void get_sameKeyAtATime_givesEachTheValue() {}
}
