package io.faasflow;

import io.faasflow.store.CountingStores;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tolerant foreach steps on a worker with a store of its own. */
class OwnStoreToleranceTest extends ToleranceTest {
  @RegisterExtension
  final CountingStores stores = new CountingStores();

  @Override
  FaasFlow.Builder builder() {
    return super.builder().stores(stores);
  }
}
