package io.faasflow;

import io.faasflow.engine.SchedulePattern;
import io.faasflow.partition.HashSpread;

/** What a runtime does for one worker, it does with a master and three workers too. */
class MasterSideRuntimeTest extends RuntimeTest {
  @Override
  FaasFlow.Builder builder() {
    return FaasFlow.builder()
        .pattern(SchedulePattern.MASTER_SIDE)
        .workers(3)
        .partitioner(new HashSpread());
  }

  @Override
  int longChain() {
    return 100_000; // each task costs messages
  }
}
