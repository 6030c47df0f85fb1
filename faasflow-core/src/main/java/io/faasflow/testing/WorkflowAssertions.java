package io.faasflow.testing;

import io.faasflow.LocalRun;

/** Where AssertJ's assertions about runs begin. To be imported beside AssertJ's own. */
public final class WorkflowAssertions {
  private WorkflowAssertions() {}

  /** Begins assertions about a run. */
  public static <O> LocalRunAssert<O> assertThat(LocalRun<O> run) {
    return new LocalRunAssert<>(run);
  }
}
