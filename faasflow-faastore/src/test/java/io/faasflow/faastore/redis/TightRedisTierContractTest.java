package io.faasflow.faastore.redis;

/** The contract, where little may be on its way at a time, so that all have to wait for each other. */
class TightRedisTierContractTest extends RedisTierContractTest {
  @Override
  RedisTier.Builder builder() {
    return super.builder().maxBytesInFlight(1 << 20).chunks(100, 300_000);
  }
}
