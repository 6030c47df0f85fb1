package io.faasflow.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.examples.cli.Cli.Outcome;
import io.faasflow.faastore.redis.RedisProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code bench data} over a real Redis. */
@Timeout(120)
class BenchDataRedisTest {
  private static final String PAIR = """
      functions:
      - {name: make, source: make, scale: 1, output: {a: {type: normal, size: 300000}}, next: {type: pass, nodes: [read]}}
      - {name: read, source: read, scale: 1, input: {a: {type: pass, value: {function: make, parameter: a}, size: 300000}}}
      """;

  @Test
  void data_redis_carriesWhatIsNotInMemory(@TempDir Path folder) throws Exception {
    Files.writeString(folder.resolve("pair.yaml"), PAIR);
    try (RedisProcess redis = RedisProcess.withoutPassword()) {
      Outcome outcome = new Cli(folder)
          .run(
              "bench",
              "data",
              "pair.yaml",
              "--redis=" + redis.address(),
              "--runs=2",
              "--warm-up=0",
              "--scale-runtime=0",
              "--scale-bytes=1",
              "--bandwidth=100",
              "--csv=out.csv");
      assertThat(outcome.exitCode()).as(outcome.err()).isZero();
      assertThat(outcome.out()).contains("remote tier: " + redis.address());
    }
    List<List<String>> csv = Files.readAllLines(folder.resolve("out.csv")).stream()
        .map(line -> List.of(line.split(",", -1)))
        .toList();
    int bytes = csv.get(0).indexOf("remote_bytes_median");
    assertThat(csv.get(1)).contains("remote only");
    assertThat(Long.parseLong(csv.get(1).get(bytes))).isBetween(600_000L, 610_000L);
    assertThat(csv.get(2)).contains("FaaStore");
    assertThat(csv.get(2).get(bytes)).isEqualTo("0");
  }

  @Test
  void data_redisThatIsNotThere_saysSo(@TempDir Path folder) throws Exception {
    Files.writeString(folder.resolve("pair.yaml"), PAIR);
    Outcome outcome = new Cli(folder).run("bench", "data", "pair.yaml", "--redis=127.0.0.1:1");
    assertThat(outcome.exitCode()).isNotZero();
    assertThat(outcome.err()).contains("127.0.0.1:1").doesNotContain("\tat ");
  }
}
