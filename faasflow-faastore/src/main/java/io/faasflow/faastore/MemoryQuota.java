package io.faasflow.faastore;

import io.faasflow.store.WorkerStore.FunctionShare;
import java.util.List;
import java.util.OptionalLong;

/**
 * How many bytes the outputs of one workflow may take of a worker's memory. Immutable.
 *
 * <p>Where functions are given memory of their own, in containers say, what they do not use of it is
 * paid for already: {@link #provisioned}. Functions that are Java code share the heap, for which there is
 * {@link #fixed}.
 */
public abstract class MemoryQuota {
  MemoryQuota() {}

  /**
   * So much, whatever the functions are.
   *
   * @param bytes 0 or more
   */
  public static MemoryQuota fixed(long bytes) {
    checkNotNegative("bytes", bytes);
    return new MemoryQuota() {
      @Override
      long bytes(List<FunctionShare> functions, FunctionMemory seen) {
        return bytes;
      }

      @Override
      public String toString() {
        return bytes + " bytes";
      }
    };
  }

  /**
   * For each function of the workflow on the worker: the memory that its task declares, less the 99th
   * percentile of {@linkplain FaaStore#observed what it was seen to use} lately, less a reserve, times its
   * instances. A function that declares none, or was never seen, adds nothing.
   *
   * @param reserveBytes of each instance; 0 or more
   */
  public static MemoryQuota provisioned(long reserveBytes) {
    checkNotNegative("reserveBytes", reserveBytes);
    return new MemoryQuota() {
      @Override
      long bytes(List<FunctionShare> functions, FunctionMemory seen) {
        double sum = 0; // of longs that may be as large as they can be
        for (FunctionShare share : functions) {
          OptionalLong use = seen.use(share.function());
          if (use.isPresent()) {
            double free = (double) share.memoryBytes() - use.getAsLong() - reserveBytes;
            sum += Math.max(0, free) * share.instances();
          }
        }
        return (long) sum;
      }

      @Override
      public String toString() {
        return "what is provisioned and unused, less " + reserveBytes + " bytes an instance";
      }
    };
  }

  private static void checkNotNegative(String what, long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException(what + " must be 0 or more, was " + bytes);
    }
  }

  abstract long bytes(List<FunctionShare> functions, FunctionMemory seen);
}
