package io.faasflow;

/** Failures on several workers. */
class SeveralWorkersFailureScenariosTest extends FailureScenariosTest {
  @Override
  FaasFlow.Builder builder() {
    return several();
  }
}
