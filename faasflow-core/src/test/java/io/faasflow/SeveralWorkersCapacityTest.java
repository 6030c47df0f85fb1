package io.faasflow;

import io.faasflow.partition.HashSpread;

/** What runs at the same time keeps a worker's capacity, with three workers. */
class SeveralWorkersCapacityTest extends CapacityTest {
  @Override
  FaasFlow.Builder builder() {
    return super.builder().workers(3).partitioner(new HashSpread());
  }
}
