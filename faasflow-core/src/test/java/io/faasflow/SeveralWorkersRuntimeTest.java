package io.faasflow;

import io.faasflow.partition.HashSpread;

/** What a runtime does for one worker, it does for three too. */
class SeveralWorkersRuntimeTest extends RuntimeTest {
  @Override
  FaasFlow.Builder builder() {
    return FaasFlow.builder().workers(3).partitioner(new HashSpread());
  }

  @Override
  int longChain() {
    return 100_000; // each task costs messages
  }
}
