package io.faasflow.docker;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.faasflow.FaasFlow;
import io.faasflow.container.ContainerImage;
import io.faasflow.faastore.FaaStore;
import io.faasflow.faastore.MemoryQuota;
import io.faasflow.faastore.redis.RedisTier;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import redis.embedded.RedisServer;

/**
 * What it costs to hand 50 MB from one container to another of the same machine: as a file, in requests and
 * answers, and through a Redis server, which the functions or a store speak to. All in turns; prints medians
 * and the best of all, in milliseconds, by the functions' own clocks. A main program, for the guide's
 * chapter.
 */
final class HandoverMeasurements {
  private static final int ROUNDS = 20;
  private static final int PORT = 16_379;
  private static final PrintStream OUT = new PrintStream(System.out, true, UTF_8);

  /** Has the bytes, writes them to a file, gives it. When it did so is in the content type. */
  private static final String WRITE = """
      import time
      from faasflow import Blob
      data = bytes(range(256)) * 200_000
      def main(number):
          had = time.monotonic_ns()
          path = Blob.new_path()
          with open(path, "wb") as file:
              file.write(data)
          return Blob(path=path, content_type=f"a/b; had={had}; wrote={time.monotonic_ns()}")
      """;

  /** Maps a file, then reads something of every page. */
  private static final String MAP = """
      import time
      def main(blob):
          view = blob.view()
          mapped = time.monotonic_ns()
          assert len(view) == 51_200_000 and sum(view[255::4096]) == 255 * 12_500
          times = dict(time.split("=") for time in blob.content_type.split("; ")[1:])
          times = {name: int(value) for name, value in times.items()}
          return times | {"mapped": mapped, "read": time.monotonic_ns()}
      """;

  private static final String GIVE = """
      import time
      from faasflow import Blob
      data = bytes(range(256)) * 200_000
      def main(number):
          return Blob(data, content_type=f"a/b; had={time.monotonic_ns()}")
      """;

  private static final String CONNECT = """
      import socket, struct, time
      connection = socket.socket()
      with open("/proc/net/route") as routes:
          gateway = next(line.split()[2] for line in routes if line.split()[1] == "00000000")
      connection.connect((socket.inet_ntoa(struct.pack("<L", int(gateway, 16))), %d))
      answers = connection.makefile("rb", buffering=1 << 20)
      """.formatted(PORT);

  private static final String SET = CONNECT + """
      data = bytes(range(256)) * 200_000
      def main(number):
          had = time.monotonic_ns()
          connection.sendall(b"*3\\r\\n$3\\r\\nSET\\r\\n$1\\r\\nk\\r\\n$%d\\r\\n" % len(data))
          connection.sendall(data)
          connection.sendall(b"\\r\\n")
          assert answers.readline() == b"+OK\\r\\n"
          return {"had": had}
      """;

  private static final String GET = CONNECT + """
      buffer = bytearray(51_200_000)
      def main(given):
          connection.sendall(b"*2\\r\\n$3\\r\\nGET\\r\\n$1\\r\\nk\\r\\n")
          assert answers.readline() == b"$51200000\\r\\n"
          view, at = memoryview(buffer), 0
          while at < len(buffer):
              at += answers.readinto(view[at:])
          assert answers.read(2) == b"\\r\\n" and buffer[-1] == 255
          return given | {"read": time.monotonic_ns()}
      """;

  private HandoverMeasurements() {}

  /** Needs an engine, that of DOCKER_HOST, and its bridge. */
  public static void main(String[] args) throws Exception {
    RedisServer redis = RedisServer.newRedisServer()
        .port(PORT)
        .bind("0.0.0.0")
        .setting("protected-mode no")
        .setting("save \"\"")
        .setting("appendonly no")
        .build();
    redis.start();
    try (DockerBackend files = backend().build();
        DockerBackend none = backend().fileBytes(0).build();
        RedisTier tier = RedisTier.standalone("localhost:" + PORT).connect();
        FaaStore remote = FaaStore.builder()
            .remote("redis", tier)
            .quota(MemoryQuota.fixed(0))
            .writeBehind(0)
            .build();
        FaasFlow withFiles = FaasFlow.builder().containers(files).build();
        FaasFlow without = FaasFlow.builder().containers(none).build();
        FaasFlow stored = FaasFlow.builder().containers(files).stores(remote).build()) {
      var file = workflow(image(WRITE), image(MAP));
      var request = workflow(image(GIVE), image(MAP));
      var server = workflow(image(SET).withNetwork(), image(GET).withNetwork());
      double[] toMap = new double[ROUNDS];
      double[] toRead = new double[ROUNDS];
      double[] toWriteAndRead = new double[ROUNDS];
      double[] inRequests = new double[ROUNDS];
      double[] throughRedis = new double[ROUNDS];
      double[] throughStore = new double[ROUNDS];
      for (int i = -3; i < ROUNDS; i++) { // some to warm up
        Map<String, Object> times = withFiles.run(file, 0);
        keep(toMap, i, times, "wrote", "mapped");
        keep(toRead, i, times, "wrote", "read");
        keep(toWriteAndRead, i, times, "had", "read");
        keep(inRequests, i, without.run(request, 0), "had", "read");
        keep(throughRedis, i, withFiles.run(server, 0), "had", "read");
        keep(throughStore, i, stored.run(file, 0), "wrote", "mapped");
      }
      print("file: written, to mapped", toMap);
      print("file: written, to every page read", toRead);
      print("file: in memory, to every page read", toWriteAndRead);
      print("requests and answers: in memory, to in memory", inRequests);
      print("Redis, from the functions: in memory, to in memory", throughRedis);
      print("Redis, by FaaStore: written, to mapped", throughStore);
    } finally {
      redis.stop();
    }
  }

  private static DockerBackend.Builder backend() {
    return DockerBackend.builder().memoryBytes(1L << 30).maxAnswerBytes(100 << 20);
  }

  private static ContainerImage image(String source) {
    return ContainerImage.of("faasflow/python").withSource(source);
  }

  private static Workflow<Object, Map<String, Object>> workflow(
      ContainerImage from, ContainerImage to) {
    return Workflow.<Object>builder("handover")
        .sequence(Task.<Object, Object>named("from").image(from))
        .sequence(Task.<Object, Map<String, Object>>named("to").image(to))
        .build();
  }

  private static void keep(
      double[] times, int index, Map<String, Object> run, String from, String to) {
    if (index >= 0) {
      long nanos = ((Number) run.get(to)).longValue() - ((Number) run.get(from)).longValue();
      times[index] = nanos / (double) TimeUnit.MILLISECONDS.toNanos(1);
    }
  }

  private static void print(String what, double[] times) {
    double[] sorted = times.clone();
    Arrays.sort(sorted);
    OUT.println(String.format(
        Locale.ROOT, "50 MB, %-53s %8.3f (%.3f)", what, sorted[sorted.length / 2], sorted[0]));
  }
}
