package io.faasflow;

import io.faasflow.engine.SchedulePattern;
import io.faasflow.partition.HashSpread;

/** Compensation with a master. */
class MasterSideCompensationTest extends CompensationTest {
  @Override
  FaasFlow.Builder builder() {
    return super.builder()
        .workers(3)
        .partitioner(new HashSpread())
        .pattern(SchedulePattern.MASTER_SIDE);
  }
}
