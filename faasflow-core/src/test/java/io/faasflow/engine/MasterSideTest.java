package io.faasflow.engine;

class MasterSideTest extends SeveralWorkersTest {
  MasterSideTest() {
    super(SchedulePattern.MASTER_SIDE);
  }
}
