package io.faasflow.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {
  private static final RetryPolicy THREE = RetryPolicy.attempts(3);

  @Test
  void retries_byDefault_everyExceptionAndNoError() {
    assertThat(THREE.retries(new IOException())).isTrue();
    assertThat(THREE.retries(new IllegalStateException())).isTrue();
    assertThat(THREE.retries(new StackOverflowError())).isFalse();
    assertThat(THREE.retries(new AssertionError())).isFalse();
  }

  @Test
  void retries_byNames_subclassesAndImplementationsToo() {
    RetryPolicy policy = THREE.on(IOException.class).notOn(FileNotFoundException.class);
    assertThat(policy.retries(new IOException())).isTrue();
    assertThat(policy.retries(new java.net.ConnectException())).isTrue();
    assertThat(policy.retries(new FileNotFoundException())).isFalse();
    assertThat(policy.retries(new UncheckedIOException(new IOException()))).isFalse();
    assertThat(THREE.on(AssertionError.class).retries(new AssertionError())).isTrue();
    RetryPolicy byInterface = new RetryPolicy(
        2,
        Duration.ZERO,
        1,
        Duration.ZERO,
        0,
        Set.of("java.io.Serializable"),
        Set.of(),
        Optional.empty());
    assertThat(byInterface.retries(new RuntimeException())).isTrue();
    assertThat(THREE.when(e -> "again".equals(e.getMessage())).retries(new IOException("again")))
        .isTrue();
    assertThat(THREE.when(e -> false).retries(new IOException())).isFalse();
  }

  @Test
  void delayAfter_growsToItsLimitAndChanceStaysWithinItsShare() {
    RetryPolicy policy =
        THREE.backoff(Duration.ofMillis(10), 3, Duration.ofMillis(80)).jitter(0.5);
    assertThat(policy.delayAfter(1, 0.5)).isEqualTo(Duration.ofMillis(10));
    assertThat(policy.delayAfter(2, 0.5)).isEqualTo(Duration.ofMillis(30));
    assertThat(policy.delayAfter(3, 0.5)).isEqualTo(Duration.ofMillis(80));
    assertThat(policy.delayAfter(1_000_000, 0.5)).isEqualTo(Duration.ofMillis(80));
    assertThat(policy.delayAfter(1, 0)).isEqualTo(Duration.ofMillis(5));
    assertThat(policy.delayAfter(1, 1)).isEqualTo(Duration.ofMillis(15));
    assertThat(THREE.fixedDelay(Duration.ZERO).delayAfter(7, 0.9)).isZero();
  }

  @Test
  void constructor_outOfRange_namesWhatIsWrong() {
    assertThatThrownBy(() -> RetryPolicy.attempts(0)).hasMessageContaining("attempts");
    assertThatThrownBy(() -> THREE.jitter(1.1)).hasMessageContaining("jitter");
    assertThatThrownBy(() -> THREE.jitter(Double.NaN)).hasMessageContaining("jitter");
    assertThatThrownBy(() -> THREE.backoff(Duration.ofSeconds(2), 2, Duration.ofSeconds(1)))
        .hasMessageContaining("maxDelay");
    assertThatThrownBy(() -> THREE.backoff(Duration.ofSeconds(-2), 2, Duration.ofSeconds(1)))
        .hasMessageContaining("delay");
    assertThatThrownBy(() -> THREE.backoff(Duration.ZERO, 0.5, Duration.ZERO))
        .hasMessageContaining("factor");
    assertThatThrownBy(() -> TaskPolicy.NONE.withTimeout(Duration.ZERO))
        .hasMessageContaining("timeout must be above zero");
    assertThatThrownBy(() -> TaskPolicy.NONE.withTotalTimeout(Duration.ofNanos(-1)))
        .hasMessageContaining("totalTimeout must be above zero");
  }

  @Test
  void or_fillsWhatIsOpen() {
    TaskPolicy own = TaskPolicy.NONE.withTimeout(Duration.ofSeconds(1));
    TaskPolicy defaults = TaskPolicy.NONE.withTimeout(Duration.ofSeconds(2)).withRetry(THREE);
    assertThat(own.or(defaults)).isEqualTo(own.withRetry(THREE));
  }
}
