package io.faasflow;

import io.faasflow.store.CountingStores;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Fallbacks on workers with stores of their own. */
class OwnStoresFallbackTest extends SeveralWorkersFallbackTest {
  @RegisterExtension
  final CountingStores stores = new CountingStores();

  @Override
  FaasFlow.Builder builder() {
    return super.builder().stores(stores);
  }
}
