package io.faasflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.function.RetryPolicy;
import io.faasflow.partition.HashSpread;
import io.faasflow.run.RunStatus;
import io.faasflow.store.DataKey;
import io.faasflow.store.ForwardingStore;
import io.faasflow.store.InHeapStore;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Compensation on several workers. */
class SeveralWorkersCompensationTest extends CompensationTest {
  /** Fails once, when it is asked for the n-th time. */
  private static final class MoodyStore extends ForwardingStore {
    private final AtomicInteger left;

    MoodyStore(int n) {
      super(new InHeapStore());
      left = new AtomicInteger(n);
    }

    @Override
    public Optional<Stored> fetch(DataKey key) {
      if (left.decrementAndGet() == 0) {
        throw new IllegalStateException("not now");
      }
      return super.fetch(key);
    }
  }

  @Test
  void compensation_whereAFetchHasFailed_isNeverGivenNothing() throws Exception {
    List<String> undone = Collections.synchronizedList(new ArrayList<>());
    TaskBuilder each = name -> Task.<Integer, Integer>task(name, x -> x + 1)
        .retry(RetryPolicy.attempts(name.endsWith("2") ? 3 : 1).fixedDelay(Duration.ofNanos(1)))
        .compensate((input, output, context) -> undone.add(name + " " + input));
    Workflow<Integer, Object> workflow = Workflow.<Integer>builder("saga")
        .sequence(each.task("a1"))
        .sequence(each.task("b2"))
        .sequence(each.task("c1"))
        .sequence(each.task("d2"))
        .sequence(Task.<Integer, Object>task("fails", x -> {
          throw new IllegalStateException("boom");
        }))
        .build();
    for (int n = 1; n <= 12; n++) {
      try (FaasFlow flow = builder().store(new MoodyStore(n)).build()) {
        assertThat(flow.start(workflow, 0).result().status()).isEqualTo(RunStatus.FAILED);
      }
    }
    assertThat(undone).contains("d2 3", "c1 2", "b2 1", "a1 0").noneMatch(x -> x.contains("null"));
  }

  private interface TaskBuilder {
    Task<Integer, Integer> task(String name);
  }

  @Override
  FaasFlow.Builder builder() {
    return super.builder().workers(3).partitioner(new HashSpread());
  }
}
