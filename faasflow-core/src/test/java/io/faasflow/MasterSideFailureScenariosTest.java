package io.faasflow;

/** Failures with a master and one worker. */
class MasterSideFailureScenariosTest extends FailureScenariosTest {
  @Override
  FaasFlow.Builder builder() {
    return withMaster(FaasFlow.builder());
  }
}
