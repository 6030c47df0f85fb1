package io.faasflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.run.RemoteFailureException;
import io.faasflow.run.TaskFailedException;
import io.faasflow.store.CountingStores;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A master and workers, each with a store of its own. */
class OwnStoresMasterSideRuntimeTest extends MasterSideRuntimeTest {
  @RegisterExtension
  final CountingStores stores = new CountingStores();

  @Override
  FaasFlow.Builder builder() {
    return super.builder().stores(stores);
  }

  /** Not a test here: exceptions do not travel between workers that share nothing, see below. */
  @Override
  void failure_ofAnError_failsTheRunAndLeavesTheThreadsAlive() {}

  /** As above. */
  @Override
  void failure_inANestedForeach_namesTaskInstanceAndCause() {}

  @Test
  void failure_onAnotherWorker_travelsAsText() {
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("fails")
        .sequence(Task.<Integer, Integer>task("divide", x -> Math.floorDiv(1, x)))
        .build();
    try (FaasFlow flow = builder().build()) {
      assertThatThrownBy(() -> flow.run(workflow, 0))
          .isInstanceOf(TaskFailedException.class)
          .hasMessageContaining("/ by zero")
          .cause()
          .isInstanceOfSatisfying(
              RemoteFailureException.class,
              failure -> assertThat(failure.type()).isEqualTo(ArithmeticException.class.getName()));
    }
  }
}
