package io.faasflow;

import io.faasflow.engine.SchedulePattern;
import io.faasflow.partition.HashSpread;

/** Fallbacks with a master. */
class MasterSideFallbackTest extends FallbackTest {
  @Override
  FaasFlow.Builder builder() {
    return super.builder()
        .workers(3)
        .partitioner(new HashSpread())
        .pattern(SchedulePattern.MASTER_SIDE);
  }
}
