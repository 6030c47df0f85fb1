package io.faasflow;

import io.faasflow.partition.HashSpread;

/** Fallbacks on several workers. */
class SeveralWorkersFallbackTest extends FallbackTest {
  @Override
  FaasFlow.Builder builder() {
    return super.builder().workers(3).partitioner(new HashSpread());
  }
}
