package io.faasflow;

import io.faasflow.engine.SchedulePattern;
import io.faasflow.partition.HashSpread;

/** What runs at the same time keeps a worker's capacity, with a master. */
class MasterSideCapacityTest extends CapacityTest {
  @Override
  FaasFlow.Builder builder() {
    return super.builder()
        .workers(3)
        .partitioner(new HashSpread())
        .pattern(SchedulePattern.MASTER_SIDE);
  }
}
