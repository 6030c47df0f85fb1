package io.faasflow.docker;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.faasflow.FaasFlow;
import io.faasflow.container.ContainerImage;
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
 * answers, and through a Redis server that the functions themselves speak to. All in turns; prints medians
 * and the best of all, in milliseconds, by the functions' own clocks. A main program, for the guide's
 * chapter.
 */
final class HandoverMeasurements {
  private static final int ROUNDS = 20;
  private static final int PORT = 16_379;
  private static final PrintStream OUT = new PrintStream(System.out, true, UTF_8);

  /** Has the bytes, writes them to a file, gives it. */
  private static final String WRITE = """
      import time
      from faasflow import Blob
      data = bytes(range(256)) * 200_000
      def main(number):
          had = time.monotonic_ns()
          path = Blob.new_path()
          with open(path, "wb") as file:
              file.write(data)
          return {"had": had, "wrote": time.monotonic_ns(), "data": Blob(path=path)}
      """;

  /** Has every page of a file in memory. */
  private static final String MAP = """
      import time
      def main(given):
          view = given.pop("data").view()
          assert len(view) == 51_200_000 and sum(view[255::4096]) == 255 * 12_500
          return given | {"read": time.monotonic_ns()}
      """;

  private static final String GIVE = """
      import time
      data = bytes(range(256)) * 200_000
      def main(number):
          return {"had": time.monotonic_ns(), "data": data}
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
        FaasFlow withFiles = FaasFlow.builder().containers(files).build();
        FaasFlow without = FaasFlow.builder().containers(none).build()) {
      Workflow<Object, Map<String, Object>> file = workflow(image(WRITE), image(MAP));
      Workflow<Object, Map<String, Object>> request = workflow(image(GIVE), image(MAP));
      Workflow<Object, Map<String, Object>> server =
          workflow(image(SET).withNetwork(), image(GET).withNetwork());
      double[] written = new double[ROUNDS];
      double[] fromFile = new double[ROUNDS];
      double[] inRequests = new double[ROUNDS];
      double[] throughRedis = new double[ROUNDS];
      for (int i = -3; i < ROUNDS; i++) { // some to warm up
        Map<String, Object> times = withFiles.run(file, 0);
        keep(written, i, times, "had");
        keep(fromFile, i, times, "wrote");
        keep(inRequests, i, without.run(request, 0), "had");
        keep(throughRedis, i, withFiles.run(server, 0), "had");
      }
      print("a file, from when it is written", fromFile);
      print("a file, writing it included", written);
      print("in requests and answers", inRequests);
      print("through Redis", throughRedis);
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
        .sequence(Task.<Object, Map<String, Object>>named("from").image(from))
        .sequence(Task.<Map<String, Object>, Map<String, Object>>named("to").image(to))
        .build();
  }

  private static void keep(double[] times, int index, Map<String, Object> run, String from) {
    if (index >= 0) {
      times[index] = (((Number) run.get("read")).longValue() - ((Number) run.get(from)).longValue())
          / (double) TimeUnit.MILLISECONDS.toNanos(1);
    }
  }

  private static void print(String what, double[] times) {
    double[] sorted = times.clone();
    Arrays.sort(sorted);
    OUT.println(String.format(
        Locale.ROOT,
        "hand 50 MB over, %-43s %8.3f (%.3f)",
        what,
        sorted[sorted.length / 2],
        sorted[0]));
  }
}
