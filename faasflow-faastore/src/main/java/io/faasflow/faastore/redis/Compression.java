package io.faasflow.faastore.redis;

/** What a {@link RedisTier} does to the bytes of values on their way to Redis. */
public enum Compression {
  /** Bytes go as they are. Best where the network is faster than about 300 MB/s, or a value is compressed already. */
  NONE,
  /**
   * LZ4, for each piece of a value that a sample of it says is worth it. Best where the network is
   * slow, or Redis short of memory.
   */
  SAMPLED_LZ4
}
