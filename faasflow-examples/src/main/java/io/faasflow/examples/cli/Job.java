package io.faasflow.examples.cli;

import io.faasflow.function.FunctionRegistry;
import io.faasflow.workflow.Workflow;
import java.time.Duration;

/**
 * A workflow with all that a run of it needs. Immutable.
 *
 * @param workflow what to run
 * @param input what it takes
 * @param functions the functions that it names
 * @param report prints what it gives
 * @param <I> what the workflow takes
 * @param <O> what it gives
 */
record Job<I, O>(
    Workflow<I, O> workflow, I input, FunctionRegistry functions, Report<? super O> report) {

  /**
   * Prints the output of a run.
   *
   * @param <O> the output
   */
  @FunctionalInterface
  interface Report<O> {
    /**
     * Prints.
     *
     * @param output what the run gave
     * @param time how long it took
     */
    void print(O output, Duration time, Terminal terminal);
  }
}
