package io.faasflow;

import io.faasflow.partition.HashSpread;

/** Compensation on several workers. */
class SeveralWorkersCompensationTest extends CompensationTest {
  @Override
  FaasFlow.Builder builder() {
    return super.builder().workers(3).partitioner(new HashSpread());
  }
}
