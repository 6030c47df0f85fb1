package io.faasflow;

import io.faasflow.partition.HashSpread;

/** Retries and timeouts on several workers. */
class SeveralWorkersTaskPolicyTest extends TaskPolicyTest {
  @Override
  FaasFlow.Builder builder() {
    return super.builder().workers(3).partitioner(new HashSpread());
  }
}
