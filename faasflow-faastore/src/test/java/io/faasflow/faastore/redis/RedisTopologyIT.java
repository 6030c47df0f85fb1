package io.faasflow.faastore.redis;

import static io.faasflow.faastore.redis.RedisProcess.PASSWORD;
import static io.faasflow.faastore.redis.RedisTierTest.await;
import static io.faasflow.faastore.redis.RedisTierTest.bytes;
import static io.faasflow.faastore.redis.RedisTierTest.done;
import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.faastore.ObjectKey;
import io.faasflow.faastore.Payload;
import io.faasflow.faastore.RemoteTierException;
import io.faasflow.run.RunId;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.cluster.models.partitions.ClusterPartitionParser;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A master that sentinels watch over, which dies; and a cluster of three nodes, of which one does. */
@Timeout(400)
class RedisTopologyIT {
  private static final String TYPE = "application/octet-stream";
  private static final int[] SIZES = {0, 1_000, 1_000_000, 9_000_000};

  private static RunId run(int number) {
    return new RunId(1L << 16, number);
  }

  private static void useAll(RedisTier tier, int runs) throws IOException {
    for (int i = 0; i < runs; i++) {
      for (int size : SIZES) {
        ObjectKey key = new ObjectKey(run(i), "o" + size);
        byte[] bytes = bytes(size + i, size);
        done(tier.put(key, Payload.of(TYPE, bytes), 1));
        assertThat(done(tier.get(key)).orElseThrow().toByteArray()).isEqualTo(bytes);
        assertThat(done(tier.stream(key)).orElseThrow().toByteArray()).isEqualTo(bytes);
        done(tier.put(key, Payload.of(TYPE, bytes), 1));
      }
      done(tier.release(new ObjectKey(run(i), "o9000000")));
      done(tier.release(new ObjectKey(run(i), "o1000")));
    }
    for (int i = 0; i < runs; i++) {
      done(tier.releaseRun(run(i)));
    }
  }

  @Test
  void sentinel_masterDies_theReplicaGoesOn() throws Exception {
    List<AutoCloseable> all = new ArrayList<>();
    try {
      RedisProcess master = RedisProcess.inMemory();
      all.add(master);
      RedisProcess replica =
          RedisProcess.inMemory("--replicaof", "127.0.0.1", Integer.toString(master.port()));
      all.add(replica);
      await(() -> replica
          .<String>ask(connection -> connection.sync().info("replication"))
          .contains("master_link_status:up"));
      String configuration = "sentinel monitor main 127.0.0.1 " + master.port() + " 2\n"
          + "sentinel auth-pass main " + PASSWORD + "\n"
          + "sentinel down-after-milliseconds main 3000\n"
          + "sentinel failover-timeout main 5000\n"
          + "requirepass sentinel-" + PASSWORD + "\n"
          + "sentinel sentinel-pass sentinel-" + PASSWORD + "\n";
      List<RedisProcess> sentinels = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        RedisProcess sentinel = RedisProcess.launch(
            port -> List.of("--port", Integer.toString(port)), configuration, "--sentinel");
        sentinels.add(sentinel);
        all.add(sentinel);
      }
      await(() -> sentinels.stream().allMatch(RedisTopologyIT::knowsTheOthers));

      RedisTier tier = RedisTier.sentinel(
              "main", sentinels.stream().map(RedisProcess::address).toArray(String[]::new))
          .password(PASSWORD)
          .sentinelPassword("sentinel-" + PASSWORD)
          .timeout(Duration.ofSeconds(50))
          .connect();
      all.add(tier);
      useAll(tier, 3);

      // What the replica has is still there afterwards.
      ObjectKey kept = new ObjectKey(run(9), "kept");
      byte[] value = bytes(9, 2_000_000);
      done(tier.put(kept, Payload.of(TYPE, value), 1));
      long written = master.<Long>ask(c -> offset(c.sync().info("replication"), "master_repl"));
      await(() ->
          replica.<Long>ask(c -> offset(c.sync().info("replication"), "slave_repl")) >= written);

      master.kill();
      List<CompletableFuture<?>> meanwhile = IntStream.range(0, 20)
          .<CompletableFuture<?>>mapToObj(i ->
              tier.put(new ObjectKey(run(10), "o" + i), Payload.of(TYPE, bytes(i, i * 100_000)), 1))
          .toList();
      meanwhile.forEach(RedisTierTest::done);
      for (int i = 0; i < meanwhile.size(); i++) {
        assertThat(done(tier.get(new ObjectKey(run(10), "o" + i))).orElseThrow().toByteArray())
            .isEqualTo(bytes(i, i * 100_000));
      }
      assertThat(done(tier.get(kept)).orElseThrow().toByteArray()).isEqualTo(value);
      assertThat(replica.<String>ask(connection -> connection.sync().info("replication")))
          .contains("role:master");
      useAll(tier, 3);
    } finally {
      for (int i = all.size() - 1; i >= 0; i--) {
        all.get(i).close();
      }
    }
  }

  private static boolean knowsTheOthers(RedisProcess sentinel) {
    String found =
        sentinel.askAs("sentinel-" + PASSWORD, connection -> connection.sync().info("sentinel"));
    return found.contains("slaves=1,sentinels=3");
  }

  private static long offset(String info, String which) {
    return info.lines()
        .filter(line -> line.startsWith(which + "_offset:"))
        .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1).trim()))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void cluster_ofThreeNodes_spreadsValuesAndSurvivesARestart() throws Exception {
    List<RedisProcess> nodes = new ArrayList<>();
    try {
      for (int i = 0; i < 3; i++) {
        nodes.add(RedisProcess.inMemory(
            "--cluster-enabled", "yes",
            "--cluster-node-timeout", "2000",
            "--cluster-require-full-coverage", "yes",
            "--appendonly", "yes",
            "--appendfsync", "always"));
      }
      join(nodes);
      try (RedisTier tier = RedisTier.cluster(
              nodes.get(0).address(), nodes.get(1).address())
          .password(PASSWORD)
          .timeout(Duration.ofSeconds(50))
          .connect()) {
        useAll(tier, 10);
        await(() -> nodes.stream().allMatch(node -> size(node) == 0)); // chunks go a moment later

        ObjectKey large = new ObjectKey(run(1), "large");
        byte[] value = bytes(1, 20_000_000);
        for (int i = 1; i <= 6; i++) {
          done(tier.put(new ObjectKey(run(i), "large"), Payload.of(TYPE, value), 1));
        }
        assertThat(nodes).allSatisfy(node -> assertThat(size(node)).isPositive());

        nodes.get(1).kill();
        CompletableFuture<Optional<Payload>> read = tier.get(large);
        List<CompletableFuture<?>> puts = IntStream.range(0, 20)
            .<CompletableFuture<?>>mapToObj(i -> tier.put(
                new ObjectKey(run(20 + i), "o"), Payload.of(TYPE, bytes(i, i * 100_000)), 1))
            .toList();
        nodes.get(1).start();
        assertThat(done(read).orElseThrow().toByteArray()).isEqualTo(value);
        puts.forEach(RedisTierTest::done);
        for (int i = 0; i < puts.size(); i++) {
          assertThat(
                  done(tier.get(new ObjectKey(run(20 + i), "o"))).orElseThrow().toByteArray())
              .isEqualTo(bytes(i, i * 100_000));
        }
      }
    } finally {
      nodes.forEach(RedisProcess::close);
    }
  }

  @Test
  void cluster_slotsMoveWhileItIsUsed_nothingIsLost() throws Exception {
    List<RedisProcess> nodes = new ArrayList<>();
    try {
      for (int i = 0; i < 2; i++) {
        nodes.add(
            RedisProcess.inMemory("--cluster-enabled", "yes", "--cluster-node-timeout", "2000"));
      }
      join(nodes);
      try (RedisTier tier =
          RedisTier.cluster(nodes.get(0).address()).password(PASSWORD).connect()) {
        // All empty slots of the first node go to the second, with the client not being told.
        int slots = 16_384 / 2;
        String second = nodes.get(1).ask(connection -> connection.sync().clusterMyId());
        // So that the nodes agree: whose epoch is higher has the slots.
        nodes.get(1).<String>ask(connection -> connection.sync().clusterBumpepoch());
        AtomicInteger moved = new AtomicInteger();
        for (RedisProcess node : List.of(nodes.get(1), nodes.get(0))) {
          node.ask(connection -> {
            for (int slot = 0; slot < slots; slot++) {
              var unused = connection.async().clusterSetSlotNode(slot, second);
              moved.incrementAndGet();
            }
            return connection.sync().ping();
          });
        }
        assertThat(moved.get()).isEqualTo(2 * slots);
        await(() -> slots(nodes.get(0)) == 0 && slots(nodes.get(1)) == 16_384);
        useAll(tier, 20);
        assertThat(size(nodes.get(0))).isZero();
      }
    } finally {
      nodes.forEach(RedisProcess::close);
    }
  }

  /** How many slots a node says that it has. */
  private static long slots(RedisProcess node) {
    return ClusterPartitionParser.parse(
            node.<String>ask(connection -> connection.sync().clusterNodes()))
        .stream()
        .filter(one -> one.is(RedisClusterNode.NodeFlag.MYSELF))
        .mapToLong(one -> one.getSlots().size())
        .sum();
  }

  private static long size(RedisProcess node) {
    return node.<Long>ask(connection -> connection.sync().dbsize());
  }

  /** Makes a cluster of them, each with an equal share of the slots. */
  private static void join(List<RedisProcess> nodes) {
    int each = 16_384 / nodes.size();
    for (int i = 0; i < nodes.size(); i++) {
      int from = i * each;
      int to = i == nodes.size() - 1 ? 16_384 : from + each;
      nodes
          .get(i)
          .<String>ask(connection ->
              connection.sync().clusterAddSlots(IntStream.range(from, to).toArray()));
      if (i > 0) {
        RedisProcess first = nodes.get(0);
        nodes
            .get(i)
            .<String>ask(connection -> connection.sync().clusterMeet("127.0.0.1", first.port()));
      }
    }
    await(() -> nodes.stream().allMatch(node -> {
      try {
        return node.<String>ask(connection -> connection.sync().clusterInfo())
            .contains("cluster_state:ok");
      } catch (RedisCommandExecutionException | RemoteTierException notYet) {
        return false;
      }
    }));
    // Each knows of each, so that whichever is asked tells of all.
    await(() -> nodes.stream()
        .allMatch(node -> node.<String>ask(connection -> connection.sync().clusterNodes())
                .lines()
                .filter(line -> line.contains("connected"))
                .count()
            == nodes.size()));
  }
}
