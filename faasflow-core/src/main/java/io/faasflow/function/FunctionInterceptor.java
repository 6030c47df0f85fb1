package io.faasflow.function;

import org.jspecify.annotations.Nullable;

/**
 * Stands between an engine and the functions that it calls: what tests use to replace, watch and
 * fail them. Asked once a task when a workflow is deployed, so that there is nothing to ask at a call.
 */
@FunctionalInterface
public interface FunctionInterceptor {
  /**
   * What is called in place of a task's function. It gets a context even where the original needs
   * none.
   *
   * @param task the task's name
   * @param function the name of its function
   * @param original the function; null where the registry lacks it
   * @return null: the function is missing
   */
  @Nullable
  ContextFunction<@Nullable Object, @Nullable Object> intercept(
      String task,
      String function,
      @Nullable ContextFunction<@Nullable Object, @Nullable Object> original);

  /**
   * What is called in place of what undoes a task. A compensation that is named is a function as well:
   * it is given to {@link #intercept} first, and this is around it.
   *
   * @param task the task's name
   */
  default CompensationFunction<@Nullable Object, @Nullable Object> interceptCompensation(
      String task, CompensationFunction<@Nullable Object, @Nullable Object> original) {
    return original;
  }
}
