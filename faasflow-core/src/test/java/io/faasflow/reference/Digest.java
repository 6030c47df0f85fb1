package io.faasflow.reference;

import io.faasflow.run.InstanceResult;
import io.faasflow.run.TaskFailure;
import io.faasflow.workflow.Outputs;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Values as numbers: equal ones for equal values. What time may decide does not count: which of several
 * failures a tolerated instance had, and on which worker a task ran.
 */
public final class Digest {
  private Digest() {}

  /** The number of a value of a random workflow, from 0. */
  public static long of(@Nullable Object value) {
    return hash(value) >>> 1;
  }

  private static long hash(@Nullable Object value) {
    if (value == null) {
      return 1;
    }
    if (value instanceof Outputs outputs) {
      return hash(outputs.asMap());
    }
    if (value instanceof Map<?, ?> map) {
      long sum = 2;
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        sum += mix(hash(entry.getKey()), hash(entry.getValue()));
      }
      return mix(2, sum);
    }
    if (value instanceof List<?> list) {
      long all = 3;
      for (Object one : list) {
        all = mix(all, hash(one));
      }
      return all;
    }
    if (value instanceof Optional<?> optional) {
      return mix(4, hash(optional.orElse(null)));
    }
    if (value instanceof InstanceResult.Completed<?> completed) {
      return mix(5, hash(completed.output()));
    }
    if (value instanceof InstanceResult.Failed<?>) {
      return 6;
    }
    if (value instanceof TaskFailure failure) {
      return mix(mix(7, Failure.of(failure).hashCode()), hash(failure.input()));
    }
    return mix(8, value.hashCode());
  }

  /** Another number for each pair. */
  public static long mix(long a, long b) {
    long z = a * 0x9E3779B97F4A7C15L + b;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
