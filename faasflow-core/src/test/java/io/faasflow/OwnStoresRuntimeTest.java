package io.faasflow;

import io.faasflow.store.CountingStores;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Workers with stores of their own. */
class OwnStoresRuntimeTest extends SeveralWorkersRuntimeTest {
  @RegisterExtension
  final CountingStores stores = new CountingStores();

  @Override
  FaasFlow.Builder builder() {
    return super.builder().stores(stores);
  }
}
