package io.faasflow.engine;

class WorkerSideTest extends SeveralWorkersTest {
  WorkerSideTest() {
    super(SchedulePattern.WORKER_SIDE);
  }
}
