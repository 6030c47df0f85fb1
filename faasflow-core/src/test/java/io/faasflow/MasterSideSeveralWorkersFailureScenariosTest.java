package io.faasflow;

/** Failures with a master and several workers. */
class MasterSideSeveralWorkersFailureScenariosTest extends FailureScenariosTest {
  @Override
  FaasFlow.Builder builder() {
    return withMaster(several());
  }
}
