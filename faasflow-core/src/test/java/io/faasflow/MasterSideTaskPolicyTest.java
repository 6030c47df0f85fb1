package io.faasflow;

import io.faasflow.engine.SchedulePattern;
import io.faasflow.partition.HashSpread;

/** Retries and timeouts with a master. */
class MasterSideTaskPolicyTest extends TaskPolicyTest {
  @Override
  FaasFlow.Builder builder() {
    return super.builder()
        .workers(3)
        .partitioner(new HashSpread())
        .pattern(SchedulePattern.MASTER_SIDE);
  }
}
