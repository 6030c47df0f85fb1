package io.faasflow;

import io.faasflow.function.CompensationFunction;
import io.faasflow.function.ContextFunction;
import io.faasflow.function.FunctionContext;
import io.faasflow.function.FunctionInterceptor;
import io.faasflow.observe.CallScopes;
import io.faasflow.observe.CallScopes.CallScope;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens scopes around functions and compensations; further inside is what another interceptor makes of
 * them. What a scope throws is logged, and neither the call nor the other scopes notice.
 */
final class ScopedCalls implements FunctionInterceptor {
  private static final Logger LOG = LoggerFactory.getLogger(ScopedCalls.class);
  private static final CallScope NONE = failure -> {};

  private final List<CallScopes> scopes;
  private final @Nullable FunctionInterceptor inner;

  ScopedCalls(List<CallScopes> scopes, @Nullable FunctionInterceptor inner) {
    this.scopes = List.copyOf(scopes);
    this.inner = inner;
  }

  @Override
  public @Nullable ContextFunction<@Nullable Object, @Nullable Object> intercept(
      String task,
      String function,
      @Nullable ContextFunction<@Nullable Object, @Nullable Object> original) {
    ContextFunction<@Nullable Object, @Nullable Object> called =
        inner == null ? original : inner.intercept(task, function, original);
    if (called == null) {
      return null;
    }
    return (input, context) -> {
      if (context.isCompensation()) {
        return called.apply(input, context); // which has its scopes already
      }
      CallScope[] opened = open(context);
      Object output;
      try {
        output = called.apply(input, context);
      } catch (Throwable e) {
        close(opened, e, context);
        throw e;
      }
      close(opened, null, context);
      return output;
    };
  }

  @Override
  public CompensationFunction<@Nullable Object, @Nullable Object> interceptCompensation(
      String task, CompensationFunction<@Nullable Object, @Nullable Object> original) {
    CompensationFunction<@Nullable Object, @Nullable Object> called =
        inner == null ? original : inner.interceptCompensation(task, original);
    return (input, output, context) -> {
      CallScope[] opened = open(context);
      try {
        called.undo(input, output, context);
      } catch (Throwable e) {
        close(opened, e, context);
        throw e;
      }
      close(opened, null, context);
    };
  }

  private CallScope[] open(FunctionContext context) {
    CallScope[] opened = new CallScope[scopes.size()];
    for (int i = 0; i < opened.length; i++) {
      try {
        opened[i] = scopes.get(i).open(context);
      } catch (Throwable e) {
        opened[i] = NONE;
        warn(context, e);
      }
    }
    return opened;
  }

  private static void close(
      CallScope[] opened, @Nullable Throwable failure, FunctionContext context) {
    for (int i = opened.length - 1; i >= 0; i--) {
      try {
        opened[i].close(failure);
      } catch (Throwable e) {
        warn(context, e);
      }
    }
  }

  private static void warn(FunctionContext context, Throwable e) {
    LOG.warn(
        "What surrounds the calls of task '{}' failed in run {}",
        context.task(),
        context.runId(),
        e);
  }
}
