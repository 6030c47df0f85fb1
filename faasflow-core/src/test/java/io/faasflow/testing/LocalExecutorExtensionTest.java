package io.faasflow.testing;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.faasflow.LocalExecutor;
import io.faasflow.workflow.Workflow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

class LocalExecutorExtensionTest {
  private static final Workflow<Integer, Integer> WORKFLOW = Workflow.<Integer>builder("plus")
      .sequence(task("plus", (Integer x) -> x + 1))
      .build();

  /** Run by the tests below, not by the build: it is not a top-level or static test that it finds. */
  @TestMethodOrder(MethodOrderer.MethodName.class)
  static class Sample {
    static final ThreadLocal<List<LocalExecutor>> SEEN = ThreadLocal.withInitial(ArrayList::new);

    @RegisterExtension
    final LocalExecutorExtension executors =
        LocalExecutorExtension.of(() -> LocalExecutor.builder().seed(5).workers(2));

    @BeforeEach
    void stub(LocalExecutor executor) {
      executor.stub("plus", x -> 7);
      SEEN.get().add(executor);
    }

    @Test
    void a_passes(LocalExecutor executor) {
      assertThat(SEEN.get()).last().isSameAs(executor);
      assertThat(executor.run(WORKFLOW, 1).output()).hasValue(7);
    }

    @Test
    @Seed(17)
    void b_failsAfterARun(LocalExecutor executor) {
      assertThat(executor.run(WORKFLOW, 1).output()).hasValue(8);
    }

    @Test
    void c_failsBeforeARun() {
      throw new IllegalStateException("before");
    }
  }

  @ExtendWith(LocalExecutorExtension.class)
  @Seed(23)
  static class SampleOfAClass {
    @Test
    void seed_ofTheClass(LocalExecutor executor) {
      Sample.SEEN.get().add(executor);
    }
  }

  private static Map<String, TestExecutionResult> execute(
      Class<?> sample, Map<String, String> settings) {
    Sample.SEEN.remove();
    Map<String, TestExecutionResult> results = new LinkedHashMap<>();
    LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
        .selectors(selectClass(sample))
        .configurationParameters(settings)
        .build();
    LauncherFactory.create().execute(request, new TestExecutionListener() {
      @Override
      public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (test.isTest()) {
          results.put(test.getDisplayName().replaceAll("\\(.*", ""), result);
        }
      }
    });
    return results;
  }

  private static List<Long> seeds() {
    return Sample.SEEN.get().stream().map(LocalExecutor::seed).toList();
  }

  @Test
  void executor_ofEachTest_isItsOwnAndClosedAfterwards() {
    Map<String, TestExecutionResult> results = execute(Sample.class, Map.of());
    assertThat(results).containsOnlyKeys("a_passes", "b_failsAfterARun", "c_failsBeforeARun");
    assertThat(results.get("a_passes").getThrowable()).isEmpty();
    assertThat(seeds()).containsExactly(5L, 17L, 5L);
    assertThat(Sample.SEEN.get())
        .doesNotHaveDuplicates()
        .allSatisfy(executor -> assertThatIllegalStateException()
            .isThrownBy(() -> executor.run(WORKFLOW, 1))
            .withMessageContaining("is closed"));
  }

  @Test
  void failure_afterARun_carriesItsTimeline() {
    Map<String, TestExecutionResult> results = execute(Sample.class, Map.of());
    Throwable failure = results.get("b_failsAfterARun").getThrowable().orElseThrow();
    assertThat(failure).isInstanceOf(AssertionError.class);
    assertThat(failure.getSuppressed())
        .singleElement()
        .satisfies(note -> assertThat(note)
            .asString()
            .contains("the last run of the test's executor:")
            .contains("'plus' completed", "worker-", "seed 17"));
    assertThat(results.get("c_failsBeforeARun").getThrowable().orElseThrow())
        .hasMessage("before")
        .hasNoSuppressedExceptions();
  }

  @Test
  void seed_ofTheConfiguration_countsMost() {
    execute(Sample.class, Map.of(LocalExecutorExtension.SEED, "31"));
    assertThat(seeds()).containsExactly(31L, 31L, 31L);
    execute(SampleOfAClass.class, Map.of());
    assertThat(seeds()).containsExactly(23L);
  }
}
