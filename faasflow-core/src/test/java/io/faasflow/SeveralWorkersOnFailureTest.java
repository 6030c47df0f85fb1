package io.faasflow;

import io.faasflow.partition.HashSpread;

/** What a workflow does when a task has failed, with three workers. */
class SeveralWorkersOnFailureTest extends OnFailureTest {
  @Override
  FaasFlow.Builder builder() {
    return super.builder().workers(3).partitioner(new HashSpread());
  }
}
