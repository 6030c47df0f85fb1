package io.faasflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.store.CountingStores;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Fallbacks on workers with stores of their own. */
class OwnStoresFallbackTest extends SeveralWorkersFallbackTest {
  private final CountingStores stores = new CountingStores();

  @Override
  FaasFlow.Builder builder() {
    return super.builder().stores(stores);
  }

  /** When the runtime is closed, and so after what the class above does. */
  @RegisterExtension
  final AfterEachCallback nothingIsLeft = context -> {
    assertThat(stores.misuses()).isEmpty();
    assertThat(stores.live()).isZero();
  };
}
