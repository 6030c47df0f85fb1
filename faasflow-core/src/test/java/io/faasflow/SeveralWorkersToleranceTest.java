package io.faasflow;

import io.faasflow.partition.HashSpread;

/** Tolerant foreach steps on several workers. */
class SeveralWorkersToleranceTest extends ToleranceTest {
  @Override
  FaasFlow.Builder builder() {
    return super.builder().workers(3).partitioner(new HashSpread());
  }
}
