package io.faasflow.examples.experiment;

import io.faasflow.function.ContextFunction;
import io.faasflow.function.FunctionRegistry;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Measures how long functions take themselves, from the first to the last thing that they do.
 * Thread-safe; for one run at a time.
 */
final class FunctionTimer {
  private final Queue<Call> calls = new ConcurrentLinkedQueue<>();

  private record Call(String task, List<Integer> instance, long nanos) {}

  /** The same functions, measured. */
  FunctionRegistry around(FunctionRegistry functions) {
    FunctionRegistry.Builder measured = FunctionRegistry.builder();
    for (String name : functions.names()) {
      measured.registerContextual(name, around(functions.find(name).orElseThrow()));
    }
    return measured.build();
  }

  @SuppressWarnings("unchecked") // whoever calls the measured function knows what it takes
  private ContextFunction<Object, Object> around(ContextFunction<?, ?> any) {
    ContextFunction<Object, Object> function = (ContextFunction<Object, Object>) any;
    return (input, context) -> {
      long start = System.nanoTime();
      try {
        return function.apply(input, context);
      } finally {
        long nanos = System.nanoTime() - start;
        calls.add(new Call(context.task(), context.instance(), nanos));
      }
    };
  }

  /** The times since the last call of this, which are those of a run when none is active. */
  FunctionTimes take() {
    FunctionTimes times = new FunctionTimes();
    for (Call call = calls.poll(); call != null; call = calls.poll()) {
      times.add(call.task(), call.instance(), call.nanos());
    }
    return times;
  }
}
