package io.faasflow;

import io.faasflow.engine.SchedulePattern;
import io.faasflow.partition.HashSpread;

/** What a workflow does when a task has failed, with a master. */
class MasterSideOnFailureTest extends OnFailureTest {
  @Override
  FaasFlow.Builder builder() {
    return super.builder()
        .workers(3)
        .partitioner(new HashSpread())
        .pattern(SchedulePattern.MASTER_SIDE);
  }
}
