package io.faasflow.faastore.redis;

import io.faasflow.faastore.RemoteTier;
import io.faasflow.faastore.RemoteTierContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract, on one server, with values as they are. */
class RedisTierContractTest extends RemoteTierContract {
  private static RedisProcess redis;

  @BeforeAll
  static void startRedis() {
    redis = RedisProcess.inMemory();
  }

  @AfterAll
  static void stopRedis() {
    redis.close();
  }

  RedisTier.Builder builder() {
    return redis.tier();
  }

  @Override
  protected RemoteTier newTier() {
    redis.ask(connection -> connection.sync().flushall());
    return builder().connect();
  }

  @Override
  protected long leftBehind() {
    return redis.ask(connection -> connection.sync().dbsize());
  }
}
