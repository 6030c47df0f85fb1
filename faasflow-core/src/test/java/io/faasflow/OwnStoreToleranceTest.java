package io.faasflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.store.CountingStores;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tolerant foreach steps on a worker with a store of its own. */
class OwnStoreToleranceTest extends ToleranceTest {
  private final CountingStores stores = new CountingStores();

  @Override
  FaasFlow.Builder builder() {
    return super.builder().stores(stores);
  }

  /** When the runtime is closed, and so after what the class above does. */
  @RegisterExtension
  final AfterEachCallback nothingIsLeft = context -> {
    assertThat(stores.live()).isZero();
  };
}
