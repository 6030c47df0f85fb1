package io.faasflow.bench;

import io.faasflow.FaasFlow;
import io.faasflow.observe.TimelineRecorder;
import io.faasflow.workflow.Workflow;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The engine's cost per function against a graph of {@code CompletableFuture}s written by hand, each
 * function asynchronous on a pool of two threads (the best of the rivals on two cores). Functions
 * are trivial, so that only the orchestration counts. One operation is one function.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 10, time = 1)
public class EngineBenchmark {
  private static final int POOL = 2;
  private static final int RUNS_KEPT = 16;
  private static final int MEBI = 1 << 20;

  /** With several, the plan keeps these graphs on one of them: a local trigger costs no message. */
  @Param("1")
  private int workers;

  private FaasFlow flow;
  private FaasFlow watched; // the same, with a timeline of each run
  private ExecutorService pool;
  private Workflow<Integer, Integer> chain;
  private Workflow<Integer, Integer> fanOut;
  private Workflow<Integer, Integer> layered;
  private Workflow<byte[], byte[]> payloadChain;
  private byte[] payload;

  @Setup
  public void setUp() {
    flow = FaasFlow.builder().workers(workers).build();
    TimelineRecorder timelines = new TimelineRecorder(RUNS_KEPT, Shapes.CHAIN * 2);
    watched = FaasFlow.builder().workers(workers).listener(timelines).build();
    pool = Executors.newFixedThreadPool(POOL);
    chain = Shapes.chain();
    fanOut = Shapes.fanOut();
    layered = Shapes.layered();
    payloadChain = Shapes.payloadChain();
    payload = new byte[10 * MEBI];
    check(flow.run(chain, 1), Shapes.chainByHand(1, pool).join());
    check(flow.run(fanOut, 1), Shapes.fanOutByHand(1, pool).join());
    check(flow.run(layered, 1), Shapes.layeredByHand(1, pool).join());
  }

  private static void check(int ours, int byHand) {
    if (ours != byHand) {
      throw new IllegalStateException("Ours gives " + ours + ", the rival " + byHand);
    }
  }

  @TearDown
  public void tearDown() {
    flow.close();
    watched.close();
    pool.shutdownNow();
  }

  @Benchmark
  @OperationsPerInvocation(Shapes.CHAIN)
  public Integer chain() {
    return flow.run(chain, 1);
  }

  @Benchmark
  @OperationsPerInvocation(Shapes.CHAIN)
  public Integer chainWithTimeline() {
    return watched.run(chain, 1);
  }

  @Benchmark
  @OperationsPerInvocation(Shapes.FAN)
  public Integer fanOutWithTimeline() {
    return watched.run(fanOut, 1);
  }

  @Benchmark
  @OperationsPerInvocation(Shapes.CHAIN)
  public Integer chainByHand() {
    return Shapes.chainByHand(1, pool).join();
  }

  @Benchmark
  @OperationsPerInvocation(Shapes.FAN)
  public Integer fanOut() {
    return flow.run(fanOut, 1);
  }

  @Benchmark
  @OperationsPerInvocation(Shapes.FAN)
  public Integer fanOutByHand() {
    return Shapes.fanOutByHand(1, pool).join();
  }

  @Benchmark
  @OperationsPerInvocation(Shapes.LAYERED)
  public Integer layered() {
    return flow.run(layered, 1);
  }

  @Benchmark
  @OperationsPerInvocation(Shapes.LAYERED)
  public Integer layeredByHand() {
    return Shapes.layeredByHand(1, pool).join();
  }

  @Benchmark
  @Threads(2)
  @BenchmarkMode(Mode.Throughput)
  @OperationsPerInvocation(Shapes.FAN)
  public Integer twoClients() {
    return flow.run(fanOut, 1);
  }

  @Benchmark
  @Threads(2)
  @BenchmarkMode(Mode.Throughput)
  @OperationsPerInvocation(Shapes.FAN)
  public Integer twoClientsByHand() {
    return Shapes.fanOutByHand(1, pool).join();
  }

  @Benchmark
  @OperationsPerInvocation(Shapes.CHAIN)
  public byte[] payloadOf10MiB() {
    return flow.run(payloadChain, payload);
  }

  @Benchmark
  @OperationsPerInvocation(Shapes.CHAIN)
  public byte[] payloadOf10MiBByHand() {
    return Shapes.payloadChainByHand(payload, pool).join();
  }
}
