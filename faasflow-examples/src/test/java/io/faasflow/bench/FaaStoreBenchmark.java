package io.faasflow.bench;

import static io.faasflow.workflow.Task.task;

import io.faasflow.FaasFlow;
import io.faasflow.faastore.FaaStore;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import io.faasflow.workflow.WorkflowBuilder;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What it costs to hand an output to the next function on the same worker: a chain of 100 functions, each of
 * which gives the array that it takes, per function; with FaaStore, and with the in-heap store.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 10, time = 1)
public class FaaStoreBenchmark {
  private static final int CHAIN = 100;
  private static final long LIMIT = 1L << 30;

  /** The size of the array. */
  @Param({"1024", "10485760"})
  private int bytes;

  private byte[] value;
  private Workflow<byte[], byte[]> chain;
  private FaaStore store;
  private FaasFlow withFaaStore;
  private FaasFlow inHeap;

  /** Makes the runtimes. */
  @Setup
  public void open() {
    value = new byte[bytes];
    WorkflowBuilder<byte[], byte[]> builder =
        Workflow.<byte[]>builder("chain").sequence(task("t0", x -> x));
    for (int i = 1; i < CHAIN; i++) {
      Task<byte[], byte[]> next = task("t" + i, x -> x);
      builder = builder.sequence(next);
    }
    chain = builder.build();
    store = FaaStore.builder().workerLimit(LIMIT).build();
    withFaaStore = FaasFlow.builder().stores(store).build();
    inHeap = FaasFlow.local();
    if (withFaaStore.run(chain, value) != value || store.usage().bytes() != 0) {
      throw new IllegalStateException("The array itself must come through, and nothing may stay");
    }
  }

  /** Closes them. */
  @TearDown
  public void close() {
    withFaaStore.close();
    inHeap.close();
    store.close();
  }

  /** Each output goes through FaaStore's memory. */
  @Benchmark
  @OperationsPerInvocation(CHAIN)
  public byte[] faaStore() {
    return withFaaStore.run(chain, value);
  }

  /** Frames hold the outputs. */
  @Benchmark
  @OperationsPerInvocation(CHAIN)
  public byte[] inHeap() {
    return inHeap.run(chain, value);
  }
}
