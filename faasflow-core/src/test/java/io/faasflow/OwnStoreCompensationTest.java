package io.faasflow;

import io.faasflow.store.CountingStores;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Compensations on a worker with a store of its own. */
class OwnStoreCompensationTest extends CompensationTest {
  @RegisterExtension
  final CountingStores stores = new CountingStores();

  @Override
  FaasFlow.Builder builder() {
    return super.builder().stores(stores);
  }
}
