package io.faasflow.faastore.redis;

/** The contract, where values are compressed that are worth it. */
class CompressedRedisTierContractTest extends RedisTierContractTest {
  @Override
  RedisTier.Builder builder() {
    return super.builder().compression(Compression.SAMPLED_LZ4);
  }
}
