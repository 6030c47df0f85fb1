package io.faasflow.bench;

import io.faasflow.FaasFlow;
import io.faasflow.observe.CallScopes;
import io.faasflow.observe.JfrListener;
import io.faasflow.observe.LogContext;
import io.faasflow.observe.TimelineRecorder;
import io.faasflow.workflow.Workflow;
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
 * What it costs a function to be observed: a chain of 100 trivial functions. One operation is one function.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
    value = 3,
    jvmArgsAppend = "-Dslf4j.provider=io.faasflow.bench.MdcProvider") // with an MDC that works
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 10, time = 1)
public class ObservingBenchmark {
  private static final int RUNS_KEPT = 16;

  /** Ways to observe. */
  public enum Way {
    NOTHING {
      @Override
      FaasFlow.Builder observe(FaasFlow.Builder builder) {
        return builder;
      }
    },
    TIMELINE {
      @Override
      FaasFlow.Builder observe(FaasFlow.Builder builder) {
        return builder.listener(new TimelineRecorder(RUNS_KEPT, Shapes.CHAIN * 2));
      }
    },
    JFR_NOT_RECORDING {
      @Override
      FaasFlow.Builder observe(FaasFlow.Builder builder) {
        return builder.listener(new JfrListener());
      }
    },
    RUNTIMES_REMEMBERED {
      @Override
      FaasFlow.Builder observe(FaasFlow.Builder builder) {
        return builder.rememberRuntimes();
      }
    },
    SCOPE_THAT_DOES_NOTHING {
      @Override
      FaasFlow.Builder observe(FaasFlow.Builder builder) {
        CallScopes.CallScope scope = failure -> {};
        return builder.around(call -> scope);
      }
    },
    LOG_CONTEXT {
      @Override
      FaasFlow.Builder observe(FaasFlow.Builder builder) {
        return builder.around(new LogContext());
      }
    };

    abstract FaasFlow.Builder observe(FaasFlow.Builder builder);
  }

  @Param
  private Way way;

  private FaasFlow flow;
  private Workflow<Integer, Integer> chain;

  @Setup
  public void setUp() {
    flow = way.observe(FaasFlow.builder()).build();
    chain = Shapes.chain();
  }

  @TearDown
  public void tearDown() {
    flow.close();
  }

  @Benchmark
  @OperationsPerInvocation(Shapes.CHAIN)
  public Integer chain() {
    return flow.run(chain, 1);
  }
}
